"""R36: what the flagship deletes leaves a tombstone and may come back; a run can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.actions import give_back, lock_field, rewrite_product
from app.domain.catalog.models import Product, ProductImage, Variant
from app.extensions import Database
from app.flows.sync_flagship import undo_sync
from app.kernel.errors import Conflict
from tests.builders.flagships import MemoryFlagship, a_flagship, a_source, a_variant, sync
from tests.conftest import NOON


def shelf(database: Database, brand_id: int) -> dict[str, tuple[Any, ...]]:
    with database.transaction(brand_id) as session:
        rows = session.execute(select(Variant, Product).join(Product, Product.id == Variant.product_id)).all()
        images = session.execute(select(ProductImage.variant_id, ProductImage.source_url).order_by(ProductImage.position)).all()
        return {variant.external_id: (variant.price_minor, variant.sku, variant.status, variant.tombstoned_at is None, variant.row_hash, product.title,
                                      product.status, [url for owner, url in images if owner == variant.id]) for variant, product in rows}


def undo(database: Database, brand_id: int, run_id: Any) -> str:
    with database.transaction(brand_id) as session:
        return undo_sync(session, brand_id=brand_id, run_id=run_id, now=NOON).state


def test_gone_leaves_a_tombstone_and_comes_back(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(2), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    there = shelf(database, brand.id)
    flagship.drop("x2")
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert run.counts["removed"] == 1
    assert shelf(database, brand.id)["x2"][2:4] == ("unpublished", False)
    assert shelf(database, brand.id)["x2"][6] == "unpublished"
    assert sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON).counts["removed"] == 0
    flagship.items.append(a_variant(2))
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert (run.counts["updated"], shelf(database, brand.id)) == (1, there)


def test_undo_restores_updates_creations_and_removals(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(3), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    before = shelf(database, brand.id)
    flagship.change("x1", price_minor=1, title="改名", images=("https://flagship.example/new.webp",), sku="NEW-1")
    flagship.drop("x2")
    flagship.items.append(a_variant(4))
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert [run.counts[key] for key in ("created", "updated", "removed")] == [1, 1, 1]
    assert undo(database, brand.id, run.id) == "undone"
    after = shelf(database, brand.id)
    assert after.pop("x4")[2:4] == ("unpublished", False)
    assert after == before
    again = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert [again.counts[key] for key in ("created", "updated", "removed", "unchanged")] == [0, 2, 1, 1]


def test_undo_leaves_alone_what_was_edited_since(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(1), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.change("x1", price_minor=1, title="来源改名")
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    with database.transaction(brand.id) as session:
        product = session.scalars(select(Product)).one()
        rewrite_product(session, brand_id=brand.id, product_id=product.id, values={"title": "品牌改名"}, now=NOON)
    undo(database, brand.id, run.id)
    assert (shelf(database, brand.id)["x1"][0], shelf(database, brand.id)["x1"][5]) == (10_100, "品牌改名")


def test_only_the_latest_written_run_can_be_undone(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(1), a_source(database, brand.id)
    first = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.change("x1", price_minor=5)
    second = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    with pytest.raises(Conflict) as refused:
        undo(database, brand.id, first.id)
    assert (refused.value.code, refused.value.data) == ("not_the_latest", {"number": second.number})
    assert undo(database, brand.id, second.id) == "undone"
    assert undo(database, brand.id, first.id) == "undone"


def titles(database: Database, brand_id: int) -> str:
    with database.transaction(brand_id) as session:
        return session.scalars(select(Product.title)).one()


@pytest.mark.parametrize("how", ["rewritten", "locked"])
def test_a_field_of_the_brand_stays_until_it_is_given_back(database: Database, brand: Brand, how: str) -> None:
    flagship, source = MemoryFlagship([a_variant(1)]), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    with database.transaction(brand.id) as session:
        product_id = session.scalars(select(Product.id)).one()
        if how == "rewritten":
            rewrite_product(session, brand_id=brand.id, product_id=product_id, values={"title": "品牌标题"}, now=NOON)
        else:
            lock_field(session, brand_id=brand.id, product_id=product_id, field="title", now=NOON)
    ours = titles(database, brand.id)
    flagship.change("x1", title="来源新标题")
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert (run.counts["skipped"], titles(database, brand.id)) == (1, ours)
    assert sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON).counts["unchanged"] == 1
    with database.transaction(brand.id) as session:
        give_back(session, brand_id=brand.id, product_id=product_id, field="title", now=NOON)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert (run.counts["updated"], titles(database, brand.id)) == (1, "来源新标题")


def test_a_run_that_wrote_nothing_is_in_no_undos_way(database: Database, brand: Brand) -> None:
    """Else a schedule would take the undo away within minutes. One that wrote has to be undone first."""
    flagship, source = a_flagship(2), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    before = shelf(database, brand.id)
    flagship.change("x1", price_minor=1)
    first = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.change("x2", price_minor=2)
    second = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON).counts["unchanged"] == 2
    with pytest.raises(Conflict) as refused:
        undo(database, brand.id, first.id)
    assert (refused.value.code, refused.value.data["number"]) == ("not_the_latest", second.number)
    assert undo(database, brand.id, second.id) == undo(database, brand.id, first.id) == "undone"
    assert shelf(database, brand.id) == before
