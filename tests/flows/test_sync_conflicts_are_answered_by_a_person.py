"""R36: ambiguity waits for a person and writes nothing; offline SKUs are linked when the flagship lists them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.domain.brands.models import Brand
from app.domain.catalog.models import Product, SyncItem, SyncRun, Variant
from app.domain.catalog.sync_queries import count_conflicts
from app.extensions import Database
from app.flows.enter_offline_product import enter_offline_product
from app.flows.sync_flagship import undo_sync
from app.flows.sync_flagship.resolving import resolve_conflict
from app.kernel.errors import Conflict, Refused
from tests.builders.flagships import MemoryFlagship, a_source, a_variant, apply, sync
from tests.conftest import NOON


def offline(database: Database, brand_id: int, *variants: dict[str, Any], name: str = "门店专供箱") -> list[UUID]:
    with database.transaction(brand_id) as session:
        rows = [{"price_minor": 500, "stock": 3, **row} for row in variants]
        product = enter_offline_product(session, brand_id=brand_id, name=name, description="手写描述", variants=rows, now=NOON)
        return list(session.scalars(select(Variant.id).where(Variant.product_id == product.id).order_by(Variant.position)))


def conflict_of(database: Database, brand_id: int, run_id: UUID) -> SyncItem:
    with database.transaction(brand_id) as session:
        return session.scalars(select(SyncItem).where(SyncItem.run_id == run_id, SyncItem.outcome == "conflict")).one()


def test_an_offline_sku_is_linked_price_from_the_source_words_from_the_brand(database: Database, brand: Brand) -> None:
    [ours] = offline(database, brand.id, {"sku": "A"})
    flagship, source = MemoryFlagship([a_variant(1, sku="A", title="旗舰店标题")]), a_source(database, brand.id)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert (run.state, run.counts["updated"]) == ("succeeded", 1)
    with database.transaction(brand.id) as session:
        variant, product = session.execute(select(Variant, Product).join(Product, Product.id == Variant.product_id)).one()
        assert (variant.id, variant.external_id, variant.price_minor, variant.source_id) == (ours, "x1", 10_100, source)
        assert (product.title, product.owners["title"], product.origin, product.external_id) == ("门店专供箱", "brand", "flagship", "g1")
    assert sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON).counts["unchanged"] == 1


def test_undoing_a_link_makes_it_an_offline_product_again(database: Database, brand: Brand) -> None:
    offline(database, brand.id, {"sku": "A"})
    run = sync(database, MemoryFlagship([a_variant(1, sku="A")]), brand_id=brand.id, source_id=a_source(database, brand.id), now=NOON)
    with database.transaction(brand.id) as session:
        undo_sync(session, brand_id=brand.id, run_id=run.id, now=NOON)
    with database.transaction(brand.id) as session:
        variant, product = session.execute(select(Variant, Product).join(Product, Product.id == Variant.product_id)).one()
        assert (variant.source_id, variant.external_id, variant.price_minor, variant.status) == (None, "", 500, "published")
        assert (product.source_id, product.origin, product.owners, product.status) == (None, "offline", {}, "published")


@pytest.mark.parametrize("mode", ["apply", "preview"])
def test_two_with_the_same_barcode_wait_for_a_person(database: Database, brand: Brand, mode: str) -> None:
    one, two = offline(database, brand.id, {"sku": "A", "barcode": "690"}, {"sku": "B", "barcode": "690"})
    flagship, source = MemoryFlagship([a_variant(1, sku="NEW", barcode="690")]), a_source(database, brand.id)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON, mode=mode)
    item = conflict_of(database, brand.id, run.id)
    assert (item.code, set(item.reason_data["rivals"])) == ("barcode_ambiguous", {str(one), str(two)})
    with database.transaction(brand.id) as session:
        assert session.scalar(select(func.count()).select_from(Variant).where(Variant.source_id.is_not(None))) == 0
        with pytest.raises(Refused):
            resolve_conflict(session, brand_id=brand.id, run_id=run.id, item_id=item.id, variant_id=UUID(int=9), now=NOON)
        resolve_conflict(session, brand_id=brand.id, run_id=run.id, item_id=item.id, variant_id=two, now=NOON)
    if mode == "preview":
        apply(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON)
    with database.transaction(brand.id) as session:
        assert session.scalars(select(Variant.external_id).where(Variant.id == two)).one() == "x1"
        assert session.scalars(select(SyncRun.state)).one() == "succeeded"
        with pytest.raises(Conflict):
            resolve_conflict(session, brand_id=brand.id, run_id=run.id, item_id=item.id, variant_id=one, now=NOON)
    assert sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON).counts["unchanged"] == 1


def test_none_of_them_makes_a_new_one(database: Database, brand: Brand) -> None:
    offline(database, brand.id, {"sku": "A", "barcode": "690"}, {"sku": "B", "barcode": "690"})
    flagship, source = MemoryFlagship([a_variant(1, sku="NEW", barcode="690")]), a_source(database, brand.id)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    with database.transaction(brand.id) as session:
        resolve_conflict(session, brand_id=brand.id, run_id=run.id, item_id=conflict_of(database, brand.id, run.id).id, variant_id=None, now=NOON)
    with database.transaction(brand.id) as session:
        assert session.scalar(select(func.count()).select_from(Variant)) == 3
        assert session.scalars(select(SyncRun.counts)).one()["created"] == 1


@pytest.mark.parametrize(("values", "code"), [({"sku": "SKU-1"}, "sku_repeated")])
def test_a_sku_listed_twice_is_a_conflict_not_a_crash(database: Database, brand: Brand, values: dict[str, Any], code: str) -> None:
    flagship, source = MemoryFlagship([a_variant(1), a_variant(2, **values)]), a_source(database, brand.id)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert (run.state, run.counts["created"], run.counts["conflicts"]) == ("partial", 1, 1)
    assert conflict_of(database, brand.id, run.id).code == code


@pytest.mark.parametrize(("values", "code"), [
    ({"title": "长" * 301}, "too_long"), ({"sku": "S" * 121}, "too_long"),
    ({"price_minor": 0}, "price_out_of_range"), ({"price_minor": 10**13}, "price_out_of_range")])
def test_what_no_shop_can_hold_fails_alone(database: Database, brand: Brand, values: dict[str, Any], code: str) -> None:
    flagship, source = MemoryFlagship([a_variant(1), a_variant(2, **values)]), a_source(database, brand.id)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert (run.state, run.counts["created"], run.counts["failed"]) == ("partial", 1, 1)
    with database.transaction(brand.id) as session:
        assert session.scalars(select(SyncItem.code).where(SyncItem.outcome == "failed")).one() == code


def test_a_conflict_about_what_is_listed_no_more_is_over(database: Database, brand: Brand) -> None:
    """A later reading of everything has the last word; one that failed has none."""
    offline(database, brand.id, {"sku": "A", "barcode": "6901"}, {"sku": "B", "barcode": "6901"})
    flagship, source = MemoryFlagship([a_variant(1), a_variant(2, sku="", barcode="6901")]), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)

    def waiting() -> int:
        with database.transaction(brand.id) as session:
            return count_conflicts(session, brand_id=brand.id)

    assert waiting() == 1
    flagship.stop_after = 1
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert waiting() == 1
    flagship.stop_after = None
    flagship.drop("x2")
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert waiting() == 0
