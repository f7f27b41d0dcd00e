"""On a preview a person chooses: these items, without those, of an outcome, these fields. The rest is skipped, or left for later, and stays news."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, Product, SyncItem, SyncRun, Variant
from app.extensions import Database
from app.flows.sync_flagship import apply_sync, undo_sync
from app.flows.sync_flagship.choosing import Choice
from tests.builders.flagships import a_flagship, a_source, a_variant, sync, work
from tests.conftest import NOON

PRICES = {"x1": 10_100, "x2": 10_200, "x3": 10_300}


@pytest.mark.parametrize(("choice", "after"), [
    ({}, {"x1": 1, "x2": 10_200, "x4": 10_400}),
    ({"only": ["x1"]}, {**PRICES, "x1": 1}),
    ({"without": ["x1", "x3"]}, {**PRICES, "x4": 10_400}),
    ({"outcomes": ["created"]}, {**PRICES, "x4": 10_400}),
    ({"outcomes": ["removed"]}, {"x1": 10_100, "x2": 10_200}),
    ({"fields": ["price_minor"]}, {**PRICES, "x1": 1}),
    ({"outcomes": ["created", "updated"], "without": ["x4"]}, {**PRICES, "x1": 1}),
    ({"only": []}, PRICES),
])
def test_only_what_is_chosen(database: Database, brand: Brand, choice: dict[str, Any], after: dict[str, int]) -> None:
    """x1 changes its price, x2 its stock, x3 is gone, x4 is new."""
    source, flagship = a_source(database, brand.id), a_flagship(3)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.change("x1", price_minor=1)
    flagship.change("x2", stock=77)
    flagship.drop("x3")
    flagship.items.append(a_variant(4))
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    with database.transaction(brand.id) as session:
        ids = dict(session.execute(select(SyncItem.external_id, SyncItem.id).where(SyncItem.run_id == run.id)).all())
        named = {key: [ids[one] for one in value] if key in ("only", "without") else value for key, value in choice.items()}
        apply_sync(session, brand_id=brand.id, run_id=run.id, now=NOON, choice=Choice(**named), in_background=False)
    done = work(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON)
    with database.transaction(brand.id) as session:
        live = session.scalars(select(Variant).where(Variant.tombstoned_at.is_(None)))
        assert {one.external_id: one.price_minor for one in live} == after
        left = session.scalars(select(SyncItem.code).where(SyncItem.run_id == run.id, SyncItem.outcome == "skipped")).all()
        news = session.scalars(select(FlagshipSource.read_at)).one()
    assert done.state == "succeeded" and sum(done.counts.values()) == 4
    assert set(left) <= {"not_chosen"} and bool(left) == bool(choice)
    assert news == NOON  # the first sync's: what was left out is heard of again
    again = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert again.counts["created"] + again.counts["updated"] + again.counts["removed"] == len(left)


def test_of_an_item_only_the_chosen_fields(database: Database, brand: Brand) -> None:
    """x1 changes price, stock, title and barcode: the price is written, the rest is told again by the next reading, and again by another."""
    source, flagship = a_source(database, brand.id), a_flagship(2)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.change("x1", price_minor=9_900, stock=3, title="新名字", barcode="6901234567892")
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    with database.transaction(brand.id) as session:
        apply_sync(session, brand_id=brand.id, run_id=run.id, now=NOON, choice=Choice(fields=["price_minor"]), in_background=False)
    done = work(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON)
    assert (done.state, done.counts["updated"], done.counts["unchanged"]) == ("succeeded", 1, 1)
    assert kept(database, brand) == (9_900, 10, "", "行李箱 1 号")
    item = item_of(database, brand, done)
    assert item.applied and item.code == "partly_chosen"
    assert {change["field"]: change["result"] for change in item.changes} == {"price_minor": "write", "stock": "later", "title": "later", "barcode": "later"}
    again = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    assert {change["field"] for change in item_of(database, brand, again).changes} == {"stock", "title", "barcode"}
    with database.transaction(brand.id) as session:
        apply_sync(session, brand_id=brand.id, run_id=again.id, now=NOON, in_background=False)
    work(database, flagship, brand_id=brand.id, run_id=again.id, now=NOON)
    assert kept(database, brand) == (9_900, 3, "6901234567892", "新名字")


def test_what_was_left_comes_back_even_if_the_shop_goes_back(database: Database, brand: Brand) -> None:
    """10100 with 10 pieces becomes 9900 with 3; of that 9900 is written; the shop goes back to 10100 with 10, which it was hashed as."""
    source, flagship = a_source(database, brand.id), a_flagship(1)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.change("x1", price_minor=9_900, stock=3)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    with database.transaction(brand.id) as session:
        apply_sync(session, brand_id=brand.id, run_id=run.id, now=NOON, choice=Choice(fields=["price_minor"]), in_background=False)
    work(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON)
    flagship.change("x1", price_minor=10_100, stock=10)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert kept(database, brand)[:2] == (10_100, 10)


def test_an_undo_takes_back_only_what_was_written(database: Database, brand: Brand) -> None:
    source, flagship = a_source(database, brand.id), a_flagship(1)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.change("x1", price_minor=9_900, stock=3)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    with database.transaction(brand.id) as session:
        apply_sync(session, brand_id=brand.id, run_id=run.id, now=NOON, choice=Choice(fields=["stock"]), in_background=False)
    work(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON)
    assert kept(database, brand)[:2] == (10_100, 3)
    with database.transaction(brand.id) as session:
        undo_sync(session, brand_id=brand.id, run_id=run.id, now=NOON)
    assert kept(database, brand)[:2] == (10_100, 10)


def test_a_field_that_changes_after_it_was_shown_stops_the_item(database: Database, brand: Brand) -> None:
    """But one that was not chosen may change meanwhile."""
    source, flagship = a_source(database, brand.id), a_flagship(2)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    for one in ("x1", "x2"):
        flagship.change(one, price_minor=9_900, barcode="6901234567892", weight_g=700)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    with database.transaction(brand.id) as session:
        apply_sync(session, brand_id=brand.id, run_id=run.id, now=NOON, choice=Choice(fields=["price_minor"]), in_background=False)
        first, second = session.scalars(select(Variant).order_by(Variant.external_id)).all()
        first.weight_g, second.price_minor = 650, 9_000
    done = work(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON)
    assert (done.state, done.counts["updated"], done.counts["conflicts"]) == ("partial", 1, 1)
    with database.transaction(brand.id) as session:
        found = session.scalars(select(Variant).order_by(Variant.external_id)).all()
        assert [(one.price_minor, one.weight_g) for one in found] == [(9_900, 650), (9_000, None)]


def kept(database: Database, brand: Brand) -> tuple[int, int, str, str]:
    """Price, stock, barcode and title of x1."""
    with database.transaction(brand.id) as session:
        one, title = session.execute(select(Variant, Product.title).join(Product, Product.id == Variant.product_id).where(Variant.external_id == "x1")).one()
        return one.price_minor, one.stock, one.barcode, title


def item_of(database: Database, brand: Brand, run: SyncRun) -> SyncItem:
    with database.transaction(brand.id) as session:
        return session.scalars(select(SyncItem).where(SyncItem.run_id == run.id, SyncItem.external_id == "x1")).one()
