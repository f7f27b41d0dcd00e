"""SKUs entered offline as products of their own, which the flagship lists as one product: all are linked, none is lost (R36)."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.models import Product, SyncRun, Variant
from app.extensions import Database
from app.flows.enter_offline_product import enter_offline_product
from tests.builders.flagships import MemoryFlagship, a_source, a_variant, sync
from tests.conftest import NOON


def enter(database: Database, brand_id: int, sku: str) -> None:
    with database.transaction(brand_id) as session:
        enter_offline_product(session, brand_id=brand_id, name=f"线下 {sku}", variants=[{"sku": sku, "price_minor": 9_900, "stock": 1}], now=NOON)


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
@pytest.mark.parametrize("offline", [(1, 2), (2, 3), (1, 3), (1, 2, 3)])
def test_whatever_the_flagship_names_first(database: Database, brand: Brand, order: tuple[int, ...], offline: tuple[int, ...]) -> None:
    for number in offline:
        enter(database, brand.id, f"SKU-{number}")
    source_id = a_source(database, brand.id)
    listed = MemoryFlagship([a_variant(number, group_id="ware", position=at) for at, number in enumerate(order)])
    run = sync(database, listed, brand_id=brand.id, source_id=source_id, now=NOON)
    with database.transaction(brand.id) as session:
        done = session.scalars(select(SyncRun).where(SyncRun.id == run.id)).one()
        linked = session.scalars(select(Product).where(Product.source_id == source_id)).one()
        variants = session.scalars(select(Variant).where(Variant.source_id == source_id).order_by(Variant.external_id)).all()
    assert (done.state, done.error_code) == ("succeeded", "")
    assert [(one.external_id, one.product_id) for one in variants] == [("x1", linked.id), ("x2", linked.id), ("x3", linked.id)]
