"""The run's own record while it works: every entry is a short transaction, so that a page sees it move."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.people.actors import Actor
from app.domain.people.audit import act_as
from app.kernel.db import driver, dump_json, gather, insert_rows

BATCH = 1000
COUNTED_AS = {"conflict": "conflicts"}
NO_COUNTS = {"created": 0, "updated": 0, "unchanged": 0, "removed": 0, "skipped": 0, "failed": 0, "conflicts": 0}
PULSE = """
UPDATE sync_runs SET step = cast(:step AS varchar), done = :done, total = :total, counts = cast(:counts AS jsonb), heartbeat_at = clock_timestamp(),
  step_started_at = CASE WHEN step = cast(:step AS varchar) THEN coalesce(step_started_at, clock_timestamp()) ELSE clock_timestamp() END
WHERE brand_id = :brand_id AND id = :run_id AND state = 'running' RETURNING id"""

STATISTICS = "SELECT take_catalogue_statistics()"
FORMER = """DELETE FROM sync_items WHERE brand_id = %(brand)s AND run_id = %(run)s AND part = %(part)s AND external_id = ANY(%(ids)s)
RETURNING outcome"""

Watch = Callable[[str, int, int], None]
"""Told the step, done and total at every mark: the progress bar of the command line."""


class Stopped(Exception):
    """Somebody cancelled the run, or it is no longer ours."""


@dataclass(slots=True)
class Journal:
    """`started` is the moment the run was given; later moments are that plus the time that has passed."""

    database: Transactions
    brand_id: int
    run_id: UUID
    source_id: UUID
    requested_by: str
    started: datetime
    watch: Watch | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict(NO_COUNTS))
    _since: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self.started + timedelta(seconds=time.monotonic() - self._since)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with self.database.transaction(self.brand_id) as session:
            act_as(session, Actor("system", "sync", self.requested_by or "sync"))
            yield session

    def take_statistics(self) -> None:
        """So that the planner knows the brand as it is now (migration 0021); by itself, as it keeps other takers waiting."""
        with self.transaction() as session:
            driver(session).execute(STATISTICS)

    def pulse(self, step: str, *, done: int, total: int) -> None:
        with self.transaction() as session:
            self.mark(session, step, done=done, total=total)

    def mark(self, session: Session, step: str, *, done: int, total: int) -> None:
        """Inside another transaction of the run. Raises Stopped."""
        values = {"step": step, "done": done, "total": total, "counts": dump_json(self.counts), "brand_id": self.brand_id, "run_id": self.run_id}
        if session.execute(text(PULSE), values).first() is None:
            raise Stopped(self.run_id)
        if self.watch:
            self.watch(step, done, total)

    def record(self, session: Session, items: Sequence[Mapping[str, Any]], *, replaced: Collection[str], part: int, step: str, done: int, total: int) -> None:
        """Write down what became of some items; of those `replaced` the word of before, in this part of the reading, goes."""
        former = driver(session).execute(FORMER, {"brand": self.brand_id, "run": self.run_id, "part": part, "ids": list(replaced)}) if replaced else ()
        for (outcome,) in former:
            self.counts[COUNTED_AS.get(outcome, outcome)] -= 1
        for item in items:
            self.counts[COUNTED_AS.get(item["outcome"], item["outcome"])] += 1
        gather(session, insert_rows("sync_items", items))
        self.mark(session, step, done=done, total=total)

    def recount(self, session: Session) -> None:
        """Counts as the items say, which is what the result is held to."""
        rows = session.execute(text("SELECT outcome, count(*) FROM sync_items WHERE brand_id = :brand AND run_id = :run AND code <> 'held' GROUP BY outcome"),
                               {"brand": self.brand_id, "run": self.run_id})
        self.counts = dict(NO_COUNTS) | {COUNTED_AS.get(outcome, outcome): count for outcome, count in rows}
