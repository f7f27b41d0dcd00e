"""Changes every so many minutes, everything daily in an hour of the brand's day; nobody is overtaken, trouble waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, SyncRun
from app.extensions import Database
from app.flows.connect_flagship import schedule_source
from app.flows.sync_flagship import queue_due
from app.kernel.errors import Refused
from tests.builders.flagships import a_flagship, a_source, work

EVE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai
"""Sources connected the day before."""


@pytest.fixture
def source(database: Database, brand: Brand) -> UUID:
    key = a_source(database, brand.id)
    with database.transaction(brand.id) as session:
        session.execute(update(FlagshipSource).values(created_at=EVE - timedelta(days=2)))
    return key


def schedule(database: Database, brand: Brand, source: UUID, minutes: int | None, hour: int | None) -> None:
    with database.transaction(brand.id) as session:
        schedule_source(session, brand_id=brand.id, source_id=source, changes_minutes=minutes, full_hour=hour)


def tick(database: Database, brand: Brand, now: datetime) -> list[str]:
    """What the tick started, worked to its end."""
    with database.transaction(brand.id) as session:
        count = queue_due(session, brand_id=brand.id, now=now)
        started = session.scalars(select(SyncRun).where(SyncRun.state == "queued")).all()
    assert count == len(started)
    for run in started:
        work(database, a_flagship(3), brand_id=brand.id, run_id=run.id, now=now)
    return [run.reads for run in started]


def test_nothing_is_asked_for_nothing_is_read(database: Database, brand: Brand, source: UUID) -> None:
    assert tick(database, brand, EVE) == []


def test_changes_every_thirty_minutes(database: Database, brand: Brand, source: UUID) -> None:
    schedule(database, brand, source, 30, None)
    assert tick(database, brand, EVE) == ["changes"]
    assert tick(database, brand, EVE + timedelta(minutes=29)) == []
    assert tick(database, brand, EVE + timedelta(minutes=30)) == ["changes"]


def test_everything_daily_at_three_in_the_brands_morning(database: Database, brand: Brand, source: UUID) -> None:
    schedule(database, brand, source, None, 3)
    three = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)  # 03:00 on the 23rd in Shanghai
    assert tick(database, brand, three - timedelta(minutes=1)) == ["full"]  # yesterday's is owed
    assert tick(database, brand, three) == ["full"]
    assert tick(database, brand, three + timedelta(hours=23)) == []
    assert tick(database, brand, three + timedelta(days=1)) == ["full"]


@pytest.mark.parametrize(("values", "minutes", "owed"), [
    ({"state": "previewed", "finished_at": None}, 60, []), ({"state": "previewed"}, 60, ["changes"]), ({"state": "failed"}, 10, []), ({"state": "failed"}, 40, ["changes"]),
    ({"state": "previewed", "finished_at": None}, 60 * 25, ["changes"]),
    ({"state": "previewed", "finished_at": None, "error_code": "many_would_be_removed"}, 60 * 25, [])])
def test_a_person_is_not_overtaken_and_trouble_waits(
        database: Database, brand: Brand, source: UUID, values: dict[str, str | None], minutes: int, owed: list[str]) -> None:
    schedule(database, brand, source, 5, None)
    tick(database, brand, EVE)
    with database.transaction(brand.id) as session:
        session.execute(update(SyncRun).values(**values))
    assert tick(database, brand, EVE + timedelta(minutes=minutes)) == owed


def test_who_has_to_be_let_in_again_is_not_asked(database: Database, brand: Brand, source: UUID) -> None:
    schedule(database, brand, source, 5, 3)
    with database.transaction(brand.id) as session:
        session.execute(update(FlagshipSource).values(authorisation_ended_at=EVE))
    assert tick(database, brand, EVE + timedelta(days=2)) == []


@pytest.mark.parametrize(("minutes", "hour", "field"), [(4, None, "changes_minutes"), (10_081, None, "changes_minutes"), (None, 24, "full_hour"), (None, -1, "full_hour")])
def test_a_schedule_has_bounds(database: Database, brand: Brand, source: UUID, minutes: int | None, hour: int | None, field: str) -> None:
    with pytest.raises(Refused) as refused:
        schedule(database, brand, source, minutes, hour)
    assert refused.value.field == field
