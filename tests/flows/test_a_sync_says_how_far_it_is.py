"""Progress is honest: a flagship read for the first time has no total before its end, later ones count on as many as last time; a slow one moves too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from app.domain.brands.models import Brand
from app.extensions import Database
from app.flows.sync_flagship import queue_sync, run_sync
from tests.builders.flagships import MemoryFlagship, a_flagship, a_source
from tests.conftest import NOON

Beats = list[tuple[str, int, int]]


def watched(database: Database, brand: Brand, source: Any, flagship: MemoryFlagship) -> Beats:
    seen: Beats = []
    with database.transaction(brand.id) as session:
        run_id = queue_sync(session, brand_id=brand.id, source_id=source, mode="apply", now=NOON, in_background=False).id
    run_sync(database, brand_id=brand.id, run_id=run_id, flagship=flagship, now=NOON, watch=lambda *beat: seen.append(beat))
    return seen


def test_the_total_of_a_first_reading_is_known_at_its_end(database: Database, brand: Brand) -> None:
    flagship, source = a_flagship(2500), a_source(database, brand.id)
    seen = watched(database, brand, source, flagship)
    assert {total for step, _, total in seen if step == "fetching"} == {0}
    assert {beat for beat in seen if beat[0] == "comparing"} == {("comparing", 2500, 2500)}
    flagship.items = flagship.items[:2400]
    again = watched(database, brand, source, flagship)
    assert again[0] == ("fetching", 0, 2500) and {total for step, _, total in again if step == "fetching"} == {2500}


class Slow(MemoryFlagship):
    """Four goods in two seconds."""

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[Any]:
        for one in super().list_items(currency=currency, cursor=cursor):
            time.sleep(0.5)
            yield one


def test_a_slow_flagship_is_seen_to_move(database: Database, brand: Brand) -> None:
    """Written down by the clock, not only by the batch of a thousand."""
    seen = watched(database, brand, a_source(database, brand.id), Slow(a_flagship(4).items))
    assert {done for step, done, _ in seen if step == "fetching"} & {1, 2, 3}


def test_what_a_flagship_names_twice_counts_once(database: Database, brand: Brand) -> None:
    """Named again in the same batch, and after it was written down."""
    flagship = a_flagship(1200)
    flagship.items = [*flagship.items[:5], *flagship.items, *flagship.items[:20]]
    seen = watched(database, brand, a_source(database, brand.id), flagship)
    assert {beat for beat in seen if beat[0] == "comparing"} == {("comparing", 1200, 1200)}
