"""Reading a flagship to its end: every item becomes an entry of the run; the catalogue is only looked at (R36)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.domain.catalog.current import current, known_variants
from app.domain.catalog.matching import Known, Shelf, shared_claims
from app.domain.catalog.ports import ListedVariant, UnreadableItem
from app.domain.catalog.rules import Record, refuse_unfit, row_hash
from app.kernel.errors import Refused, msgid

from .comparing import KEPT, compare, item
from .journal import BATCH, Journal, Stopped

FIELDS = ("external_id", "group_id", "title", "price_minor", "currency", "position", "sku", "barcode", "title_en", "description",
          "category", "vendor", "link", "list_price_minor", "stock", "weight_g", "published")
Wanted = tuple[Record, Known | None, str]
"""A listed record, ours that it is (None: new), and how it was matched."""


@dataclass(slots=True)
class Reading:
    """What one pass over the source has seen so far. `held`: unknown external ids that may still be one of ours."""

    journal: Journal
    shelf: Shelf
    expected: int
    seen: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    new_skus: set[str] = field(default_factory=set)
    held: list[Record] = field(default_factory=list)
    claimed: set[UUID] = field(default_factory=set)
    settled: list[Record] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    done: int = 0
    last_position: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """`live` variants of the source before, `removed` of them no longer listed."""

    live: int
    removed: int


def read_listing(journal: Journal, items: Iterable[ListedVariant | UnreadableItem]) -> Read:
    """Account for every listed item, then for ours that are no longer listed. Raises Stopped, FlagshipUnreachable."""
    reading = _begin(journal)
    for listed in items:
        _take(reading, listed)
        if len(reading.settled) + len(reading.wanted) >= BATCH:
            _flush(reading, "fetching")
    _flush(reading, "fetching")
    reading.expected = reading.done
    _match_held(reading)
    return _account_for_missing(reading)


def _begin(journal: Journal) -> Reading:
    with journal.transaction() as session:
        session.execute(text("DELETE FROM sync_items WHERE brand_id = :brand AND run_id = :run"), {"brand": journal.brand_id, "run": journal.run_id})
        shelf = Shelf.of(journal.source_id, known_variants(session, brand_id=journal.brand_id, source_id=journal.source_id))
        journal.mark(session, "fetching", done=0, total=0)
    return Reading(journal, shelf, expected=len(shelf.by_external))


def _take(reading: Reading, listed: ListedVariant | UnreadableItem) -> None:
    reading.last_position = max(reading.last_position, listed.position)
    if listed.external_id:
        reading.seen.add(listed.external_id)
    if isinstance(listed, UnreadableItem):
        _settle(reading, outcome="failed", position=listed.position, external_id=listed.external_id, code=listed.code,
                reason=listed.reason, data=dict(listed.data))
        return
    record = _record(listed)
    try:
        refuse_unfit(record)
    except Refused as refusal:
        _settle(reading, record, outcome="failed", code=refusal.code, reason=refusal.message, data=refusal.data)
        return
    record["leads"] = record["group_id"] not in reading.groups
    reading.groups.add(record["group_id"])
    record["hash"] = row_hash(record, leads=record["leads"])
    _place(reading, record)


def _place(reading: Reading, record: Record) -> None:
    """Known and the same, known and different, or unknown."""
    known = reading.shelf.by_external.get(record["external_id"])
    if known is None:
        if reading.shelf.maybe_ours(sku=record["sku"], barcode=record["barcode"]):
            reading.held.append(record)
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
    sku = record["sku"]
    if sku and (known is None or known.sku != sku):
        if sku in reading.new_skus:
            _settle(reading, record, outcome="conflict", code="sku_repeated", reason=msgid("同一个 SKU 在来源里出现了不止一次"))
            return
        reading.new_skus.add(sku)
    reading.wanted.append((record, known, matched_by))


def _match_held(reading: Reading) -> None:
    """Now that all external ids of the source are known: the lower rungs of the ladder."""
    matches = [(record, reading.shelf.match(sku=record["sku"], barcode=record["barcode"], listed=reading.seen)) for record in reading.held]
    shared = shared_claims((record["position"], match.variant.id) for record, match in matches if match.variant)
    for record, match in matches:
        if match.code:
            _settle(reading, record, outcome="conflict", code=match.code, reason=match.reason, data={"rivals": [str(one) for one in match.rivals]},
                    keep=match.code == "barcode_ambiguous")
        elif record["position"] in shared and match.variant:
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


def _account_for_missing(reading: Reading) -> Read:
    live = [known for known in reading.shelf.by_external.values() if not known.tombstoned]
    gone = [known for known in live if known.external_id not in reading.seen and known.id not in reading.claimed]
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


def _flush(reading: Reading, step: str) -> None:
    """Compare what waits with our rows and write the batch down."""
    journal = reading.journal
    rows = list(reading.settled)
    if reading.wanted:
        with journal.transaction() as session:
            here = current(session, brand_id=journal.brand_id, source_id=journal.source_id,
                           ids=[known.id for _, known, _ in reading.wanted if known],
                           groups={record["group_id"] for record, _, _ in reading.wanted})
        for record, known, matched_by in reading.wanted:
            ours = here.variants.get(known.id) if known else None
            found = compare(record, ours, here, source_id=journal.source_id)
            rows.append(item(journal.brand_id, journal.run_id, position=record["position"], external_id=record["external_id"],
                             sku=record["sku"], title=record["title"], matched_by=matched_by, outcome=found.outcome, listed=record,
                             changes=found.changes, before=found.before, variant_id=known.id if known else None,
                             code="kept_by_owner" if found.outcome == "skipped" else "", reason=KEPT if found.outcome == "skipped" else ""))
    reading.settled, reading.wanted = [], []
    reading.done += len(rows)
    journal.record(rows, step=step, done=reading.done, total=max(reading.expected, reading.done))


def _record(listed: ListedVariant) -> Record:
    return {**{name: getattr(listed, name) for name in FIELDS}, "options": dict(listed.options), "images": list(listed.images)}


__all__ = ["Read", "Stopped", "read_listing"]
