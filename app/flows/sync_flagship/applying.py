"""Writing what the comparison found, batch by batch; each batch is one transaction that also marks its items (R36)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.catalog.bulk import update_rows
from app.domain.catalog.current import Current, VariantNow, current
from app.domain.catalog.models import SyncItem
from app.domain.catalog.rules import same_intent
from app.flows.fetch_pictures import ask_for_pictures
from app.kernel.db import driver
from app.kernel.errors import msgid

from .comparing import KEPT, compare
from .journal import BATCH, Journal
from .products import settle_products
from .writing import Write, take_down, write_variants

WAITING = """SELECT id FROM sync_items WHERE run_id = %(run)s AND brand_id = %(brand)s AND NOT applied
AND (listed IS NOT NULL OR outcome = 'removed') AND outcome NOT IN ('conflict', 'failed') AND code <> 'not_chosen' ORDER BY position, id"""
BATCH_OF = """SELECT id, position, outcome, changes, listed, variant_id FROM sync_items
WHERE brand_id = %(brand)s AND id = ANY(%(ids)s) ORDER BY position, id"""
SKU_HOLDERS = "SELECT sku, id FROM variants WHERE brand_id = %(brand)s AND sku = ANY(%(skus)s)"
WRITTEN = """SELECT id, variant_id, external_id FROM sync_items
WHERE brand_id = %(brand)s AND run_id = %(run)s AND outcome IN ('created', 'updated')"""
PICTURES_LEFT = "SELECT EXISTS (SELECT FROM product_images WHERE brand_id = :brand AND state <> 'stored' AND source_url <> '')"
CHANGED = msgid("从预览到写入之间，云店里的这件商品有了变化，请重新同步")


@dataclass(frozen=True, slots=True)
class Item:
    id: UUID
    position: int
    outcome: str
    changes: list[dict[str, Any]]
    listed: dict[str, Any] | None
    variant_id: UUID | None


def apply_items(journal: Journal) -> None:
    """Write every item that waits. Killed and called again it goes on with the batch it had not finished. Raises Stopped."""
    with journal.transaction() as session:
        journal.recount(session)
        values = {"run": journal.run_id, "brand": journal.brand_id}
        waiting = [row[0] for row in driver(session).execute(WAITING, values)]
        written = driver(session).execute("SELECT count(*) FROM sync_items WHERE run_id = %(run)s AND brand_id = %(brand)s AND applied",
                                          values).fetchall()[0][0]
        total = written + len(waiting)
        journal.mark(session, "applying", done=written, total=total)
    for start in range(0, len(waiting), BATCH):
        ids = waiting[start:start + BATCH]
        with journal.transaction() as session:
            _apply_batch(session, journal, ids)
            journal.mark(session, "applying", done=written + start + len(ids), total=total)


def check_items(journal: Journal) -> None:
    """The last step: products follow their variants, every item written is really there, and the counts are the items'."""
    with journal.transaction() as session:
        journal.mark(session, "checking", done=0, total=0)
        settle_products(session, brand_id=journal.brand_id, source_id=journal.source_id, now=journal.now())
        update_rows(session, SyncItem, _missing(session, journal), brand_id=journal.brand_id)
        journal.recount(session)
        total = sum(journal.counts.values())
        journal.mark(session, "checking", done=total, total=total)
        if session.scalar(text(PICTURES_LEFT), {"brand": journal.brand_id}):
            session.execute(text("UPDATE product_images SET state = 'waiting' WHERE brand_id = :brand AND state = 'failed'"), {"brand": journal.brand_id})
            ask_for_pictures(session, brand_id=journal.brand_id)


def _missing(session: Session, journal: Journal) -> list[dict[str, Any]]:
    """Items said to be written whose variant is not there; compared here, because no statistics help the planner yet."""
    values = {"brand": journal.brand_id, "run": journal.run_id, "source": journal.source_id}
    there = set(driver(session).execute("SELECT id, external_id FROM variants WHERE brand_id = %(brand)s AND source_id = %(source)s", values))
    written = driver(session).execute(WRITTEN, values)
    return [{"id": item_id, "outcome": "failed", "code": "check_failed", "reason": msgid("写入后核对不上")}
            for item_id, variant_id, external_id in written if (variant_id, external_id) not in there]


def _apply_batch(session: Session, journal: Journal, ids: Sequence[UUID]) -> None:
    items = [Item(*row) for row in driver(session).execute(BATCH_OF, {"brand": journal.brand_id, "ids": list(ids)})]
    listed = [one for one in items if one.listed is not None]
    here = current(session, brand_id=journal.brand_id, source_id=journal.source_id, lock=True,
                   ids=[one.variant_id for one in items if one.variant_id], groups={one.listed["group_id"] for one in listed if one.listed})
    skus = [one.listed["sku"] for one in listed if one.listed and one.listed["sku"]]
    holders = dict(driver(session).execute(SKU_HOLDERS, {"brand": journal.brand_id, "skus": skus}).fetchall())
    writes, results = [], []
    for one in listed:
        result = _recheck(one, here, holders, journal)
        if isinstance(result, Write):
            writes.append(result)
        else:
            results.append(result)
    made = write_variants(session, writes, here, brand_id=journal.brand_id, source_id=journal.source_id, now=journal.now())
    results += [_result(write.item_id, made.get(write.item_id), write.outcome) if write.item_id in made
                else _moved(write.item_id, None) for write in writes]
    results += take_down_items(session, [one for one in items if one.outcome == "removed"], here, journal)
    update_rows(session, SyncItem, results, brand_id=journal.brand_id)


def _recheck(one: Item, here: Current, holders: dict[str, UUID], journal: Journal) -> Write | dict[str, Any]:
    """Exactly what was shown is written, or nothing: rows that changed since are a conflict."""
    assert one.listed is not None
    variant = here.variants.get(one.variant_id) if one.variant_id else None
    found = compare(one.listed, variant, here, source_id=journal.source_id)
    holder = holders.get(one.listed["sku"])
    if one.outcome == "created":
        changed = holder is not None
    else:
        changed = not same_intent(one.changes, found.changes) or (holder is not None and holder != one.variant_id and _takes_sku(found.changes))
    if changed:
        return _moved(one.id, one.variant_id)
    return Write(one.id, one.outcome, one.listed, variant, found.changes)


def _takes_sku(changes: Sequence[dict[str, Any]]) -> bool:
    return any(change["field"] == "sku" and change["result"] == "write" for change in changes)


def take_down_items(session: Session, items: Sequence[Item], here: Current, journal: Journal) -> list[dict[str, Any]]:
    """Leave a tombstone where the source lists nothing any more."""
    results, gone = [], []
    for one in items:
        variant = here.variants.get(one.variant_id) if one.variant_id else None
        if variant is None or not _still_ours(variant, journal):
            results.append(_result(one.id, one.variant_id, "skipped", "gone_already", msgid("写入前已经下架或改了归属")))
        else:
            gone.append(variant.id)
            results.append(_result(one.id, variant.id, "removed", "not_listed", msgid("旗舰店已不再列出")))
    take_down(session, gone, brand_id=journal.brand_id, now=journal.now())
    return results


def _still_ours(variant: VariantNow, journal: Journal) -> bool:
    return variant.source_id == journal.source_id and not variant.tombstoned


def _result(item_id: UUID, variant_id: UUID | None, outcome: str, code: str | None = None, reason: str = "") -> dict[str, Any]:
    kept = outcome == "skipped" and code is None
    return {"id": item_id, "variant_id": variant_id, "outcome": outcome, "applied": True,
            "code": "kept_by_owner" if kept else code or "",
            "reason": KEPT if kept else reason}


def _moved(item_id: UUID, variant_id: UUID | None) -> dict[str, Any]:
    return {**_result(item_id, variant_id, "conflict", "changed_since_preview", CHANGED), "applied": False}
