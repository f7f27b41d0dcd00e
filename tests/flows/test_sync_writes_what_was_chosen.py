"""On a preview a person chooses: these items, without those, of an outcome, changing a field. The rest is skipped and stays news."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, SyncItem, Variant
from app.extensions import Database
from app.flows.sync_flagship import apply_sync
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
