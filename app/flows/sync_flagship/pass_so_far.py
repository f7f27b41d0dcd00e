"""What one pass over a flagship has seen so far: the later word about an id counts, and a word can be taken back (R36).

Rows of a part that was whole before (a checkpoint lies between) are replaced only at the next checkpoint: a reading that is
cut off goes on from the last one and must find everything that was listed up to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.catalog.matching import Known, Shelf
from app.domain.catalog.ports import ListedGroup
from app.domain.catalog.rules import Record
from app.kernel.db import driver, gather, insert_rows
from app.kernel.on_disk import OnDisk
from app.kernel.write_behind import Behind

from .comparing import item
from .journal import Journal

HELD = "held"
LISTED_SO_FAR = """
SELECT i.external_id, i.part, i.position, i.sku, coalesce(i.listed->>'group_id', p.external_id, ''), i.code, CASE WHEN i.code = 'held' THEN i.listed END
FROM sync_items i LEFT JOIN variants v ON v.brand_id = i.brand_id AND v.id = i.variant_id
LEFT JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id
WHERE i.brand_id = %(brand)s AND i.run_id = %(run)s ORDER BY i.part, (i.listed->>'leads' = 'true') DESC NULLS LAST, i.position"""
AFTER = "DELETE FROM sync_items WHERE brand_id = :brand AND run_id = :run AND part >= :parts"
REPLACED = "DELETE FROM sync_items WHERE brand_id = %(brand)s AND run_id = %(run)s AND part < %(part)s AND external_id = ANY(%(ids)s)"
KEEP = "UPDATE sync_runs SET cursor = :cursor, parts = :parts WHERE brand_id = :brand AND id = :run AND state = 'running'"
WHOLE = "DELETE FROM sync_items WHERE brand_id = :brand AND run_id = :run AND code = 'held'"
Wanted = tuple[Record, Known | None, str]
"""A listed record, ours that it is (None: new), and how it was matched."""


class Batch(NamedTuple):
    """What is written down at once; of the ids `replaced` the former row of this part goes first."""

    settled: list[Record]
    wanted: list[Wanted]
    replaced: set[str]
    part: int


@dataclass(slots=True)
class Reading:
    """`held`: unknown external ids that may still be one of ours. `gone` and `groups`: what a flagship named as no longer listed.

    `seen` is external id → its product, `part_of` → the part it was listed in, if not the first; `leaders` product → the id that speaks for it,
    `new_skus` SKU → id.
    `expected` is how many there will be, as far as we know: as many as last time; 0: nobody knows before the end.
    They lie on disk: a catalogue may have any size. `whole` False for a reading of changes, which says nothing of the rest. `sold_there`:
    pieces by external id that the flagship has taken out of its stock for orders of ours, and that are still reserved here.
    """

    journal: Journal
    behind: Behind
    shelf: Shelf
    expected: int
    whole: bool = True
    ignored: frozenset[str] = frozenset()
    place: int = 0
    sold_there: Mapping[str, int] = field(default_factory=dict)
    seen: OnDisk[str] = field(default_factory=OnDisk)
    part_of: OnDisk[int] = field(default_factory=OnDisk)
    leaders: OnDisk[str] = field(default_factory=OnDisk)
    new_skus: OnDisk[str] = field(default_factory=OnDisk)
    held: dict[str, Record] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    claimed: set[UUID] = field(default_factory=set)
    settled: list[Record] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    buffered: set[str] = field(default_factory=set)
    replaced_now: set[str] = field(default_factory=set)
    replaced_before: set[str] = field(default_factory=set)
    part: int = 0
    done: int = 0
    last_position: int = 0
    beat: float = 0.0

    @property
    def total(self) -> int:
        """For whoever watches; 0: not known yet."""
        return max(self.expected, self.done) if self.expected else 0

    def see(self, external_id: str, group: str) -> None:
        """It is listed, whatever was said of it before."""
        self.take_back(external_id)
        self._see(external_id, group, self.part)

    def _see(self, external_id: str, group: str, part: int) -> None:
        self.seen[external_id] = group
        if part:
            self.part_of[external_id] = part

    def take_back(self, external_id: str) -> None:
        """What was noted of it in this pass does not count any more."""
        group = self.seen.pop(external_id)
        if group is None:
            return
        part = self.part_of.pop(external_id) or 0
        if self.leaders.get(group) == external_id:
            self.leaders.pop(group)
        if external_id in self.buffered:
            self.buffered.discard(external_id)
            self.settled = [row for row in self.settled if row["external_id"] != external_id]
            self.wanted = [one for one in self.wanted if one[0]["external_id"] != external_id]
            return
        held = self.held.pop(external_id, None)
        self.done -= held is None
        if held is None or external_id in self.noted:
            self.noted.discard(external_id)
            (self.replaced_now if part == self.part else self.replaced_before).add(external_id)

    def removed(self, external_id: str) -> None:
        self.take_back(external_id)
        self.gone.add(external_id)

    def only(self, group: ListedGroup) -> None:
        """Of this product exactly these are still listed."""
        for external_id in self.seen.keys_of(group.group_id) - group.external_ids:
            self.take_back(external_id)
        self.groups[group.group_id] = group.external_ids

    def batch(self) -> Batch:
        """What waited is handed over; what comes waits anew."""
        batch = Batch(self.settled, self.wanted, self.replaced_now, self.part)
        self.settled, self.wanted, self.replaced_now, self.buffered = [], [], set(), set()
        return batch

    def keep(self, cursor: str) -> None:
        """A checkpoint: everything up to here is written down for good, and a reading that is cut off goes on from `cursor`."""
        journal = self.journal
        self.behind.wait()
        fresh = [record for key, record in self.held.items() if key not in self.noted]
        rows = [{**item(journal.brand_id, journal.run_id, position=record["position"], outcome="conflict", external_id=record["external_id"],
                        sku=record["sku"], code=HELD, listed=record), "part": self.part} for record in fresh]
        with journal.transaction() as session:
            gather(session, insert_rows("sync_items", rows))
            self._replace(session)
            session.execute(text(KEEP), {"cursor": cursor, "parts": self.part + 1, "brand": journal.brand_id, "run": journal.run_id})
        self.noted |= {record["external_id"] for record in fresh}
        self.part += 1

    def finish(self) -> None:
        """Read to its end: what only served to go on is dropped, and with it the way back."""
        journal = self.journal
        self.behind.wait()
        with journal.transaction() as session:
            self._replace(session)
            session.execute(text(WHOLE), {"brand": journal.brand_id, "run": journal.run_id})
            session.execute(text(KEEP), {"cursor": "", "parts": 0, "brand": journal.brand_id, "run": journal.run_id})
            journal.recount(session)
            journal.mark(session, "comparing", done=self.done, total=self.done)

    def _replace(self, session: Session) -> None:
        ids, self.replaced_before = list(self.replaced_before), set()
        if ids:
            driver(session).execute(REPLACED, {"brand": self.journal.brand_id, "run": self.journal.run_id, "part": self.part, "ids": ids})

    def go_on(self, session: Session, parts: int) -> None:
        """Take up what an earlier worker had read; `parts` 0: nothing, from the start."""
        values = {"brand": self.journal.brand_id, "run": self.journal.run_id}
        session.execute(text(AFTER), {**values, "parts": parts})
        self.part = parts
        for external_id, part, position, sku, group, code, listed in driver(session).cursor().stream(LISTED_SO_FAR, values) if parts else ():
            self.last_position = max(self.last_position, position)
            self.done += code != HELD
            if not external_id:
                continue
            self._see(external_id, group, part)
            self.leaders.setdefault(group, external_id)
            if code == HELD:
                self.held[external_id] = listed
                self.noted.add(external_id)
            elif sku:
                self.new_skus.setdefault(sku, external_id)
        self.journal.recount(session)
