"""SKUs that exist only offline live in the same catalogue (R36); what cannot be is refused at its field."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.actions import change_variant, set_product_status
from app.domain.catalog.models import Product, Variant
from app.domain.catalog.queries import products_page
from app.extensions import Database
from app.flows.enter_offline_product import enter_offline_product
from app.kernel.errors import Conflict, Invalid, Refused
from tests.builders.flagships import a_flagship, a_source, sync
from tests.conftest import NOON

GOOD: dict[str, Any] = {"sku": "A", "price_minor": 12_900, "stock": 3, "options": {"颜色": "雾蓝"}, "barcode": "6901"}


def enter(database: Database, brand_id: int, *variants: dict[str, Any], name: str = "门店专供箱", **more: Any) -> Product:
    with database.transaction(brand_id) as session:
        return enter_offline_product(session, brand_id=brand_id, name=name, variants=list(variants), now=NOON, **more)


def test_it_is_on_sale_at_once(database: Database, brand: Brand) -> None:
    product = enter(database, brand.id, GOOD, {**GOOD, "sku": "B"}, category="箱包")
    assert (product.origin, product.status, product.source_id) == ("offline", "published", None)
    with database.transaction(brand.id) as session:
        page = products_page(session, brand_id=brand.id, now=NOON, origin="offline")
        assert [(row.product.title, row.variant_count, row.stock, row.price_from_minor) for row in page.items] == [("门店专供箱", 2, 6, 12_900)]
        assert products_page(session, brand_id=brand.id, now=NOON, q="b%").total == 0
        assert products_page(session, brand_id=brand.id, now=NOON, q="门店").total == 1


@pytest.mark.parametrize(("change", "field"), [
    ({"price_minor": 0}, "variants.0.price"), ({"price_minor": -1}, "variants.0.price"), ({"price_minor": 10**13}, "variants.0.price"),
    ({"price_minor": None}, "variants.0.price"), ({"price_minor": True}, "variants.0.price"), ({"price_minor": 1.5}, "variants.0.price"),
    ({"stock": -1}, "variants.0.stock"), ({"stock": 10**12}, "variants.0.stock"), ({"list_price_minor": 0}, "variants.0.list_price"),
    ({"sku": "S" * 121}, "variants.0.sku"), ({"sku": 5}, "variants.0.sku"), ({"barcode": "1" * 41}, "variants.0.barcode"),
    ({"options": {"a": ""}}, "variants.0.options"),
    ({"options": {str(n): "x" for n in range(6)}}, "variants.0.options"), ({"options": ["x"]}, "variants.0.options"),
])
def test_each_wrong_value_is_named(database: Database, brand: Brand, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        enter(database, brand.id, {**GOOD, **change})
    assert refused.value.field == field


def test_several_wrong_values_are_told_together(database: Database, brand: Brand) -> None:
    with pytest.raises(Invalid) as invalid:
        enter(database, brand.id, {**GOOD, "stock": -1}, {**GOOD, "price_minor": 0}, name=" ", status="sold")
    assert [one.field for one in invalid.value.errors] == ["name", "status", "variants.0.stock", "variants.1.price", "variants.1.sku"]


def test_no_variant_is_refused(database: Database, brand: Brand) -> None:
    with pytest.raises(Refused, match="至少要有一个规格"):
        enter(database, brand.id)


def test_a_sku_the_brand_has_is_a_conflict_another_brands_is_not(database: Database, brand: Brand) -> None:
    enter(database, brand.id, GOOD)
    with pytest.raises(Conflict) as conflict:
        enter(database, brand.id, {**GOOD, "sku": "NEW"}, GOOD)
    assert (conflict.value.code, conflict.value.field) == ("sku_taken", "variants.1.sku")


def test_a_synced_price_is_the_sources_an_offline_one_is_ours(database: Database, brand: Brand) -> None:
    enter(database, brand.id, GOOD)
    sync(database, a_flagship(1), brand_id=brand.id, source_id=a_source(database, brand.id), now=NOON)
    with database.transaction(brand.id) as session:
        ids = dict(session.execute(select(Variant.sku, Variant.id)).all())
        assert change_variant(session, brand_id=brand.id, variant_id=ids["A"], values={"price_minor": 1, "stock": 0}, now=NOON).price_minor == 1
        with pytest.raises(Refused) as refused:
            change_variant(session, brand_id=brand.id, variant_id=ids["SKU-1"], values={"price_minor": 1}, now=NOON)
        assert refused.value.code == "owned_by_source"
        assert not change_variant(session, brand_id=brand.id, variant_id=ids["SKU-1"], values={"commissionable": False}, now=NOON).commissionable


def test_what_the_brand_took_down_the_sync_leaves_down(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(1), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    with database.transaction(brand.id) as session:
        product = session.scalars(select(Product)).one()
        set_product_status(session, brand_id=brand.id, product_id=product.id, status="unpublished", now=NOON)
    flagship.change("x1", price_minor=1)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    with database.transaction(brand.id) as session:
        assert session.scalars(select(Product.status)).one() == "unpublished"
