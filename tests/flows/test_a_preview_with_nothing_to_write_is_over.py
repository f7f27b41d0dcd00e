"""Who looks and finds everything as it is has nothing left to do: the preview is over, stock is confirmed, and nothing waits for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, Variant
from app.extensions import Database
from app.flows.sync_flagship import cancel_sync
from app.kernel.errors import Conflict
from tests.builders.flagships import a_flagship, a_source, apply, sync
from tests.conftest import NOON

LATER = NOON + timedelta(hours=1)


def test_it_is_finished_and_confirms_what_is_here(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(3), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    with database.transaction(brand.id) as session:
        before = session.execute(select(Variant.id, Variant.price_minor, Variant.stock).order_by(Variant.id)).all()
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=LATER, mode="preview")
    assert (run.state, run.counts["unchanged"], run.finished_at is not None, run.step) == ("previewed", 3, True, "comparing")
    with database.transaction(brand.id) as session:
        found = session.scalars(select(FlagshipSource)).one()
        assert (found.read_at, found.confirmed_at) == (LATER, LATER)
        assert session.execute(select(Variant.id, Variant.price_minor, Variant.stock).order_by(Variant.id)).all() == before
        with pytest.raises(Conflict):
            cancel_sync(session, brand_id=brand.id, run_id=run.id, now=LATER)


def test_one_difference_and_it_waits(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(3), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.change("x1", price_minor=1)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=LATER, mode="preview")
    assert (run.state, run.finished_at) == ("previewed", None)
    with database.transaction(brand.id) as session:
        assert session.scalars(select(FlagshipSource.read_at)).one() == NOON


def test_it_may_be_written_all_the_same(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(1), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=LATER, mode="preview")
    assert (apply(database, flagship, brand_id=brand.id, run_id=run.id, now=LATER).state, run.counts["unchanged"]) == ("succeeded", 1)
