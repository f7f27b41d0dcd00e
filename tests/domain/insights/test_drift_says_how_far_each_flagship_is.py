"""What differs by the newest comparison, and how old the last reading that was written whole is."""

from __future__ import annotations

from datetime import timedelta

from app.domain.brands.models import Brand
from app.domain.insights.drift import Drift, drift
from app.extensions import Database
from tests.builders.flagships import a_flagship, a_source, apply, sync
from tests.conftest import NOON


def seen(database: Database, brand: Brand) -> list[Drift]:
    with database.transaction(brand.id) as session:
        return drift(session, brand_id=brand.id, now=NOON)


def test_from_never_read_to_the_same(database: Database, brand: Brand) -> None:
    source, flagship = a_source(database, brand.id), a_flagship(10)
    only = seen(database, brand)[0]
    assert (only.source_id, only.read_at, only.live, only.differing, only.same_percent) == (source, None, 0, 0, 0)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    only = seen(database, brand)[0]
    assert (only.read_at, only.live, only.differing, only.same_percent) == (NOON, 10, 0, 100)
    flagship.change("x1", price_minor=1)
    flagship.drop("x2")
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON + timedelta(hours=1), mode="preview")
    only = seen(database, brand)[0]
    assert (only.read_at, only.live, only.differing, only.same_percent) == (NOON, 10, 2, 80)
    apply(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON + timedelta(hours=2))
    only = seen(database, brand)[0]
    assert (only.read_at, only.live, only.differing, only.same_percent) == (NOON + timedelta(hours=1), 9, 0, 100)
