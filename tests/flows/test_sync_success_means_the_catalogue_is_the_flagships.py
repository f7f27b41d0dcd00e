"""R36: whatever moves, breaks or dies while a flagship is read, when a run reports success the catalogue equals the flagship."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, SyncItem, SyncRun, Variant
from app.extensions import Database
from app.flows.sync_flagship import queue_sync, resume_sync, run_sync
from tests.builders.flagships import a_source
from tests.builders.moving_flagship import Killed, MovingFlagship, breaks, dies, moves
from tests.conftest import NOON

MOVE = st.tuples(st.sampled_from(["nothing", "create", "reprice", "restock", "drop", "breaks", "dies"]), st.integers(1, 12), st.integers(1, 9_999))
READINGS = st.lists(st.tuples(st.sampled_from(["full", "changes"]), st.lists(MOVE, max_size=8)), min_size=1, max_size=4)
_marks = itertools.count(1)


def shop_of(numbers: range, **values: Any) -> MovingFlagship:
    shop = MovingFlagship(clock=NOON, **values)
    for number in numbers:
        shop.put(number)
    return shop


def until_it_succeeds(database: Database, brand_id: int, source: UUID, shop: MovingFlagship, reads: str = "full") -> SyncRun:
    """As worker, rescue and people do: dead runs are taken up again, broken ones gone on with, or asked for anew."""
    shop.clock += timedelta(minutes=1)
    run_id = None
    for _ in range(40):
        with database.transaction(brand_id) as session:
            if run_id is not None:
                resume_sync(session, brand_id=brand_id, run_id=run_id, now=shop.clock, in_background=False)
            else:
                run_id = queue_sync(session, brand_id=brand_id, source_id=source, mode="apply", reads=reads, now=shop.clock, in_background=False).id
        try:
            state = run_sync(database, brand_id=brand_id, run_id=run_id, flagship=shop, now=shop.clock)
        except Killed:
            continue
        with database.transaction(brand_id) as session:
            run = session.get_one(SyncRun, (brand_id, run_id))
            if state == "previewed":  # most of a tiny catalogue is gone: a person says yes
                raise AssertionError("too much gone for a test")
            if state != "failed":
                return run
            run_id = run_id if run.cursor else None
    raise AssertionError("never succeeded")


def catalogue(database: Database, brand_id: int, source: UUID) -> dict[str, tuple[int, int | None]]:
    with database.transaction(brand_id) as session:
        rows = session.scalars(select(Variant).where(Variant.source_id == source, Variant.tombstoned_at.is_(None)))
        return {row.external_id: (row.price_minor, row.stock) for row in rows}


def accounted(database: Database, brand_id: int, run: SyncRun) -> None:
    with database.transaction(brand_id) as session:
        items = session.execute(select(SyncItem.external_id, func.count()).where(SyncItem.run_id == run.id).group_by(SyncItem.external_id)).all()
    assert all(count == 1 for _, count in items) and sum(run.counts.values()) == len(items)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=READINGS, by_group=st.booleans())
def test_success_means_equal(database: Database, brand: Brand, readings: list[tuple[str, list[Any]]], by_group: bool) -> None:
    mark = next(_marks)
    source = a_source(database, brand.id, f"来源 {mark}")
    shop = MovingFlagship(clock=NOON, by_group=by_group, mark=f"M{mark}")
    for number in range(1, 9):
        shop.put(number)
    for reads, plan in readings:
        shop.plan = iter([moves(name, number, value) for name, number, value in plan])
        run = until_it_succeeds(database, brand.id, source, shop, reads)
        shop.plan = iter(())
        assert run.state == "succeeded", (run.state, run.counts)
        assert catalogue(database, brand.id, source) == shop.prices()
        accounted(database, brand.id, run)


@pytest.mark.parametrize("end", [dies, breaks])
def test_a_reading_cut_off_goes_on_from_its_checkpoint(database: Database, brand: Brand, end: Any) -> None:
    source, shop = a_source(database, brand.id), shop_of(range(1, 13))
    shop.plan = iter([moves("nothing", 0, 0)] * 2 + [end])
    run = until_it_succeeds(database, brand.id, source, shop)
    assert shop.answers == ["page after 0", "page after 3", "page after 6", "page after 9", "page after 12", "changes"]
    assert (run.state, run.counts["created"]) == ("succeeded", 12) and catalogue(database, brand.id, source) == shop.prices()
    accounted(database, brand.id, run)


def test_what_was_listed_before_the_cut_and_is_gone_after_it_is_gone(database: Database, brand: Brand) -> None:
    source, shop = a_source(database, brand.id), shop_of(range(1, 13))
    until_it_succeeds(database, brand.id, source, shop)
    shop.plan = iter([moves("nothing", 0, 0), moves("drop", 2, 0), dies, moves("reprice", 1, 77)])
    run = until_it_succeeds(database, brand.id, source, shop)
    assert (run.counts["removed"], run.counts["updated"], run.counts["unchanged"]) == (1, 1, 10)
    assert catalogue(database, brand.id, source) == shop.prices()


def test_a_reading_of_changes_removes_only_what_it_heard_of(database: Database, brand: Brand) -> None:
    source, shop = a_source(database, brand.id), shop_of(range(1, 13))
    shop.clock += timedelta(hours=1)
    until_it_succeeds(database, brand.id, source, shop)
    shop.take_away(5)
    shop.put(6, price_minor=4_200)
    run = until_it_succeeds(database, brand.id, source, shop, "changes")
    assert (run.reads, run.counts["removed"], run.counts["updated"], sum(run.counts.values())) == ("changes", 1, 1, 2)
    assert catalogue(database, brand.id, source) == shop.prices()
    with database.transaction(brand.id) as session:
        places = dict(session.execute(select(Variant.external_id, Variant.position)).all())
        assert places["x6"] == 6  # its place in the list of changes says nothing
        assert session.scalars(select(FlagshipSource.read_at)).one() == run.started_at


def test_without_an_earlier_reading_changes_means_everything(database: Database, brand: Brand) -> None:
    source, shop = a_source(database, brand.id), shop_of(range(1, 5))
    run = until_it_succeeds(database, brand.id, source, shop, "changes")
    assert (run.reads, run.counts["created"]) == ("full", 4)


@pytest.mark.parametrize(("tamper", "lost"), [
    ({}, set()),
    ({"cursor": "12:9"}, {"x7", "x8", "x9"}),
    ({"parts": 0}, {"x1", "x2", "x3", "x4", "x5", "x6"}),
], ids=["as it is", "a cursor written before its rows", "rows that do not belong to the cursor"])
def test_cursor_and_rows_of_a_checkpoint_are_one(database: Database, brand: Brand, tamper: dict[str, Any], lost: set[str]) -> None:
    """Twin: they are written in one transaction. Were one of them ahead of the other, goods that the shop still lists would be taken down."""
    source, shop = a_source(database, brand.id), shop_of(range(1, 13))
    until_it_succeeds(database, brand.id, source, shop)
    shop.plan = iter([moves("nothing", 0, 0)] * 2 + [dies])
    with database.transaction(brand.id) as session:
        run_id = queue_sync(session, brand_id=brand.id, source_id=source, mode="apply", now=shop.clock, in_background=False).id
    with pytest.raises(Killed):
        run_sync(database, brand_id=brand.id, run_id=run_id, flagship=shop, now=shop.clock)
    with database.transaction(brand.id) as session:
        run = session.get_one(SyncRun, (brand.id, run_id))
        assert (run.cursor, run.parts) == ("12:6", 2)
        for name, value in tamper.items():
            setattr(run, name, value)
        session.flush()
        resume_sync(session, brand_id=brand.id, run_id=run_id, now=shop.clock, in_background=False)
    assert run_sync(database, brand_id=brand.id, run_id=run_id, flagship=shop, now=shop.clock) == "succeeded"
    assert shop.prices().keys() - catalogue(database, brand.id, source).keys() == lost
