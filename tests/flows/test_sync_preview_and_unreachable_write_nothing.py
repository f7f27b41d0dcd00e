"""R36: a run shows a difference before it applies; a flagship that cannot be read leaves everything as it is."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.domain.brands.models import Brand
from app.domain.catalog.models import SyncItem, Variant
from app.extensions import Database
from app.flows.sync_flagship import apply_sync, cancel_sync
from app.kernel.errors import Conflict
from tests.builders.flagships import a_flagship, a_source, apply, sync
from tests.conftest import NOON


def prices(database: Database, brand_id: int) -> dict[str, int]:
    with database.transaction(brand_id) as session:
        return dict(session.execute(select(Variant.external_id, Variant.price_minor)).all())


def test_preview_writes_nothing_apply_writes_what_was_shown(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(3), a_source(database, brand.id)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    assert (run.state, run.counts["created"], prices(database, brand.id)) == ("previewed", 3, {})
    flagship.change("x1", price_minor=1)
    run = apply(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON)
    assert run.state == "succeeded"
    assert prices(database, brand.id) == {"x1": 10_100, "x2": 10_200, "x3": 10_300}


def test_a_row_that_changed_after_the_preview_is_a_conflict(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(2), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.change("x1", price_minor=9_000)
    flagship.change("x2", price_minor=9_000)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    with database.transaction(brand.id) as session:
        session.scalars(select(Variant).where(Variant.external_id == "x1")).one().price_minor = 8_000
    run = apply(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON)
    assert (run.state, run.counts["updated"], run.counts["conflicts"]) == ("partial", 1, 1)
    assert prices(database, brand.id) == {"x1": 8_000, "x2": 9_000}
    with database.transaction(brand.id) as session:
        assert session.scalars(select(SyncItem.code).where(SyncItem.run_id == run.id, SyncItem.outcome == "conflict")).one() == "changed_since_preview"


@pytest.mark.parametrize("stop_after", [0, 2, 4])
def test_a_flagship_that_stops_answering_fails_the_run_whole(database: Database, brand: Brand, stop_after: int) -> None:
    flagship, source = a_flagship(4), a_source(database, brand.id)
    flagship.stop_after = stop_after
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert (run.state, run.error_code, sum(run.counts.values())) == ("failed", "connection_failed", 0)
    assert prices(database, brand.id) == {}
    with database.transaction(brand.id) as session:
        assert session.scalar(select(func.count()).select_from(SyncItem).where(SyncItem.run_id == run.id)) == 0


def test_a_previewed_run_can_be_cancelled_and_then_not_applied(database: Database, brand: Brand) -> None:
    source = a_source(database, brand.id)
    run = sync(database, a_flagship(1), brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    with database.transaction(brand.id) as session:
        cancel_sync(session, brand_id=brand.id, run_id=run.id, now=NOON)
    with database.transaction(brand.id) as session, pytest.raises(Conflict):
        apply_sync(session, brand_id=brand.id, run_id=run.id, now=NOON)


def test_a_feed_that_lost_most_of_its_items_waits_for_a_confirmation(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(20), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.items = flagship.items[:9]
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    assert (run.state, run.error_code, run.error_data) == ("previewed", "many_would_be_removed", {"live": 20, "removed": 11})
    with database.transaction(brand.id) as session, pytest.raises(Conflict):
        apply_sync(session, brand_id=brand.id, run_id=run.id, now=NOON)
    run = apply(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON, confirmed=True)
    assert (run.state, run.counts["removed"], run.counts["unchanged"]) == ("succeeded", 11, 9)
