"""Reading a flagship to its end: every item becomes an entry of the run; the catalogue is only looked at (R36)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from app.domain.catalog.current import current, furthest_place, ignored_listings, known_variants, live_in_groups
from app.domain.catalog.matching import Known, Shelf, shared_claims
from app.domain.catalog.ports import Checkpoint, ListedGroup, ListedVariant, RemovedItem, UnreadableItem
from app.domain.catalog.ports import Read as Said
from app.domain.catalog.rules import Record, refuse_unfit, row_hash
from app.domain.fulfilment.queries import sold_there
from app.kernel.errors import Refused, msgid
from app.kernel.write_behind import Behind, write_behind

from .comparing import IGNORED, KEPT, compare, item
from .journal import BATCH, Journal, Stopped
from .pass_so_far import Batch, Reading, Wanted

A_BEAT = 1.0
"""A slow flagship's items are written down every second, so that a page sees it move; a fast one's by the batch."""


@dataclass(frozen=True, slots=True)
class Read:
    """`live` variants of the source before, `removed` of them no longer listed."""

    live: int
    removed: int


def read_listing(journal: Journal, items: Iterable[Said], *, whole: bool = True, parts: int = 0) -> Read:
    """Account for every listed item, then for ours that are no longer listed. Raises Stopped, FlagshipUnreachable.

    `whole` False: only changes are listed, and gone is only what is named so. `parts` are whole from an earlier try.
    """
    with write_behind() as behind:
        reading = _begin(journal, behind, whole=whole, parts=parts)
        for said in items:
            _hear(reading, said)
            if len(reading.settled) + len(reading.wanted) >= BATCH or time.monotonic() >= reading.beat:
                _flush(reading, "fetching")
        _flush(reading, "fetching")
        reading.expected = reading.done
        _match_held(reading)
        read = _account_for_missing(reading)
        reading.finish()
    return read


def _begin(journal: Journal, behind: Behind, *, whole: bool, parts: int) -> Reading:
    with journal.transaction() as session:
        shelf = Shelf.of(journal.source_id, known_variants(session, brand_id=journal.brand_id, source_id=journal.source_id))
        ignored = ignored_listings(session, brand_id=journal.brand_id, source_id=journal.source_id)
        live = sum(not known.tombstoned for known in shelf.by_external.values())
        reading = Reading(journal, behind, shelf, expected=live if whole else 0, whole=whole, ignored=ignored, beat=time.monotonic() + A_BEAT)
        reading.place = 0 if whole else furthest_place(session, brand_id=journal.brand_id, source_id=journal.source_id)
        reading.sold_there = sold_there(session, brand_id=journal.brand_id, source_id=journal.source_id, before=journal.started)
        reading.go_on(session, parts)
        journal.mark(session, "fetching", done=reading.done, total=reading.total)
    return reading


def _hear(reading: Reading, said: Said) -> None:
    if isinstance(said, ListedVariant | UnreadableItem):
        _take(reading, said)
    elif isinstance(said, RemovedItem):
        reading.removed(said.external_id)
    elif isinstance(said, ListedGroup):
        reading.only(said)
    elif isinstance(said, Checkpoint) and reading.whole:
        _flush(reading, "fetching")
        reading.keep(said.cursor)


def _take(reading: Reading, listed: ListedVariant | UnreadableItem) -> None:
    reading.last_position = max(reading.last_position, listed.position)
    if listed.external_id:
        reading.see(listed.external_id, listed.group_id if isinstance(listed, ListedVariant) else "")
    if isinstance(listed, UnreadableItem):
        _settle(reading, outcome="failed", position=listed.position, external_id=listed.external_id, code=listed.code,
                reason=listed.reason, data=dict(listed.data))
        return
    record = _record(listed)
    if record["stock"] is not None:
        record["stock"] += reading.sold_there.get(listed.external_id, 0)
    if listed.external_id in reading.ignored:
        _settle(reading, record, outcome="skipped", code="ignored", reason=IGNORED)
        return
    try:
        refuse_unfit(record)
    except Refused as refusal:
        _settle(reading, record, outcome="failed", code=refusal.code, reason=refusal.message, data=refusal.data)
        return
    record["leads"] = reading.leaders.setdefault(record["group_id"], record["external_id"]) == record["external_id"]
    record["hash"] = row_hash(record, leads=record["leads"])
    _place(reading, record)


def _place(reading: Reading, record: Record) -> None:
    """Known and the same, known and different, or unknown. Among changes a place in the list means nothing: ours stays."""
    known = reading.shelf.by_external.get(record["external_id"])
    if not reading.whole:
        record["amends"] = True
        record["position"] += reading.place
    if known is None:
        if reading.shelf.maybe_ours(sku=record["sku"], barcode=record["barcode"]):
            reading.held[record["external_id"]] = record
        else:
            _want(reading, record, None, "")
    elif known.row_hash == record["hash"] and not known.tombstoned:
        _settle(reading, record, outcome="unchanged", matched_by="external_id", variant_id=known.id, keep=False)
    elif record["sku"] != known.sku and reading.shelf.sku_taken(record["sku"], by_other_than=known.id):
        _settle(reading, record, outcome="conflict", code="sku_taken", reason=msgid("SKU 已属于来源里的另一件商品"), matched_by="external_id",
                variant_id=known.id)
    else:
        _want(reading, record, known, "external_id")


def _want(reading: Reading, record: Record, known: Known | None, matched_by: str) -> None:
    sku, external_id = record["sku"], record["external_id"]
    if sku and (known is None or known.sku != sku):
        holder = reading.new_skus.get(sku)
        if holder not in (None, external_id) and holder in reading.seen:
            _settle(reading, record, outcome="conflict", code="sku_repeated", reason=msgid("同一个 SKU 在来源里出现了不止一次"))
            return
        reading.new_skus[sku] = external_id
    reading.wanted.append((record, known, matched_by))
    reading.buffered.add(external_id)


def _match_held(reading: Reading) -> None:
    """Now that all external ids of the source are known: the lower rungs of the ladder."""
    listed = StillListed(reading)
    matches = [(record, reading.shelf.match(sku=record["sku"], barcode=record["barcode"], listed=listed)) for record in reading.held.values()]
    shared = shared_claims((record["external_id"], match.variant.id) for record, match in matches if match.variant)
    for record, match in matches:
        if match.code:
            _settle(reading, record, outcome="conflict", code=match.code, reason=match.reason, data={"rivals": [str(one) for one in match.rivals]},
                    keep=match.code == "barcode_ambiguous")
        elif record["external_id"] in shared and match.variant:
            _settle(reading, record, outcome="conflict", code="claimed_twice", reason=msgid("来源里不止一件商品对应云店的同一个 SKU"),
                    data={"rivals": [str(match.variant.id)]}, keep=True)
        else:
            _want(reading, record, match.variant, match.by)
        if match.variant:
            reading.claimed.add(match.variant.id)
        for rival in match.rivals:
            reading.claimed.add(rival)
        if len(reading.settled) + len(reading.wanted) >= BATCH:
            _flush(reading, "comparing")
    _flush(reading, "comparing")


@dataclass(frozen=True, slots=True)
class StillListed:
    """External ids that are somebody's. Among changes silence means: as before."""

    reading: Reading

    def __contains__(self, external_id: object) -> bool:
        reading = self.reading
        return external_id in reading.seen or (not reading.whole and external_id in reading.shelf.by_external and external_id not in reading.gone)


def _gone(reading: Reading, live: list[Known]) -> list[Known]:
    """Ours that the source lists no more; among changes only those it named, themselves or with their product."""
    if not reading.whole:
        journal = reading.journal
        with journal.transaction() as session:
            of_groups = live_in_groups(session, brand_id=journal.brand_id, source_id=journal.source_id, groups=list(reading.groups))
        named = reading.gone | of_groups.difference(*reading.groups.values())
        live = [known for known in live if known.external_id in named]
    return [known for known in live if known.external_id not in reading.seen and known.id not in reading.claimed]


def _account_for_missing(reading: Reading) -> Read:
    live = [known for known in reading.shelf.by_external.values() if not known.tombstoned]
    gone = _gone(reading, live)
    journal = reading.journal
    for start in range(0, len(gone), BATCH):
        part = gone[start:start + BATCH]
        with journal.transaction() as session:
            rows = current(session, brand_id=journal.brand_id, source_id=journal.source_id, ids=[known.id for known in part], groups=[]).variants
        for known in part:
            reading.last_position += 1
            now = rows[known.id]
            reading.settled.append(item(
                journal.brand_id, journal.run_id, position=reading.last_position, outcome="removed", external_id=known.external_id,
                sku=known.sku, title=now.title, matched_by="external_id", variant_id=known.id, code="not_listed", reason=msgid("旗舰店已不再列出"),
                changes=[{"field": "listed", "old": now.fields["status"], "new": "removed", "owner": "source", "result": "write"}],
                before={"variant": {**now.fields, **now.rest}, "product": None}))
        _flush(reading, "comparing")
    return Read(len(live), len(gone))


def _settle(reading: Reading, record: Record | None = None, *, keep: bool = False, **facts: Any) -> None:
    journal = reading.journal
    if record is not None:
        facts |= {"position": record["position"], "external_id": record["external_id"], "sku": record["sku"], "title": record["title"],
                  "listed": record if keep else None}
    reading.settled.append(item(journal.brand_id, journal.run_id, **facts))
    if facts["external_id"]:
        reading.buffered.add(facts["external_id"])


def _flush(reading: Reading, step: str) -> None:
    """What waits is compared with our rows and written down, while the reading goes on."""
    batch = reading.batch()
    reading.done += len(batch.settled) + len(batch.wanted)
    reading.beat = time.monotonic() + A_BEAT
    reading.behind.do(partial(_write_down, reading.journal, batch, step, done=reading.done, total=reading.total))


def _write_down(journal: Journal, batch: Batch, step: str, *, done: int, total: int) -> None:
    with journal.transaction() as session:
        rows = [*batch.settled, *_compared(session, journal, batch.wanted)]
        for row in rows:
            row["part"] = batch.part
        journal.record(session, rows, replaced=batch.replaced, part=batch.part, step=step, done=done, total=total)


def _compared(session: Session, journal: Journal, wanted: Sequence[Wanted]) -> Iterator[Record]:
    if not wanted:
        return
    here = current(session, brand_id=journal.brand_id, source_id=journal.source_id, ids=[known.id for _, known, _ in wanted if known],
                   groups={record["group_id"] for record, _, _ in wanted})
    for record, known, matched_by in wanted:
        found = compare(record, here.variants.get(known.id) if known else None, here, source_id=journal.source_id)
        yield item(journal.brand_id, journal.run_id, position=record["position"], external_id=record["external_id"],
                   sku=record["sku"], title=record["title"], matched_by=matched_by, outcome=found.outcome, listed=record,
                   changes=found.changes, before=found.before, variant_id=known.id if known else None,
                   code="kept_by_owner" if found.outcome == "skipped" else "", reason=KEPT if found.outcome == "skipped" else "")


def _record(listed: ListedVariant) -> Record:
    record: Record = dict(zip(listed._fields, listed, strict=True))
    record["options"], record["images"] = dict(listed.options), list(listed.images)
    return record


__all__ = ["Read", "Stopped", "read_listing"]
