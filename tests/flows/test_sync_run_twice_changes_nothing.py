"""R36: repeatable. The second reading of the same flagship finds every item unchanged and writes no row."""

from __future__ import annotations

from sqlalchemy import func, select

from app.domain.brands.models import Brand
from app.domain.catalog.models import Product, SyncItem, Variant
from app.extensions import Database
from tests.builders.flagships import a_flagship, a_source, sync
from tests.conftest import NOON


def snapshot(database: Database, brand_id: int) -> list[tuple[object, ...]]:
    with database.transaction(brand_id) as session:
        variants = session.execute(select(Variant.external_id, Variant.price_minor, Variant.stock, Variant.status, Variant.row_hash, Variant.updated_at)
                                   .order_by(Variant.external_id)).all()
        products = session.execute(select(Product.external_id, Product.title, Product.status, Product.updated_at).order_by(Product.external_id)).all()
        return [tuple(row) for row in (*variants, *products)]


def test_first_sync_creates_second_changes_nothing(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(7), a_source(database, brand.id)
    first = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert (first.state, first.counts["created"], first.done, first.total) == ("succeeded", 7, 7, 7)
    before = snapshot(database, brand.id)
    second = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert second.state == "succeeded"
    assert second.counts == {"created": 0, "updated": 0, "unchanged": 7, "removed": 0, "skipped": 0, "failed": 0, "conflicts": 0}
    assert snapshot(database, brand.id) == before


def test_one_price_is_one_update(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(3), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.change("x2", price_minor=9_900)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert (run.counts["updated"], run.counts["unchanged"]) == (1, 2)
    with database.transaction(brand.id) as session:
        changes = session.scalars(select(SyncItem.changes).where(SyncItem.run_id == run.id, SyncItem.outcome == "updated")).one()
        assert changes == [{"field": "price_minor", "old": 10_200, "new": 9_900, "owner": "source", "result": "write"}]
        assert session.scalar(select(Variant.price_minor).where(Variant.external_id == "x2")) == 9_900


def test_the_place_in_the_file_is_no_change(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(3), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.items = [item._replace(position=4 - item.position) for item in reversed(flagship.items)]
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert run.counts["unchanged"] == 3


def test_variants_of_a_group_are_one_product_named_without_their_options(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(2), a_source(database, brand.id)
    flagship.change("x1", group_id="g", title="登机箱 雾蓝 20 寸", options={"颜色": "雾蓝", "尺寸": "20 寸"})
    flagship.change("x2", group_id="g", title="登机箱 燕麦 20 寸", options={"颜色": "燕麦", "尺寸": "20 寸"})
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    with database.transaction(brand.id) as session:
        product = session.scalars(select(Product)).one()
        assert (product.title, product.category, product.vendor, product.status) == ("登机箱", "箱包 > 登机箱", "远途", "published")
        assert session.scalar(select(func.count()).select_from(Variant).where(Variant.product_id == product.id)) == 2
