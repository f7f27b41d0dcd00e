"""Writing what the comparison found, batch by batch; each batch is one transaction that also marks its items (R36)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import set_json_loads
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.catalog.bulk import update_rows
from app.domain.catalog.current import Current, VariantNow, current
from app.domain.catalog.models import SyncItem
from app.domain.catalog.rules import PARTLY_CHOSEN, left_for_later, same_intent
from app.flows.fetch_pictures import ask_for_pictures
from app.kernel.db import driver, plan_for_any_brand
from app.kernel.errors import msgid

from .comparing import KEPT, compare
from .creating import create_variants
from .journal import BATCH, Journal
from .products import settle_products
from .writing import Write, take_down, write_variants

WAITS = """brand_id = %(brand)s AND run_id = %(run)s AND NOT applied AND (listed IS NOT NULL OR outcome = 'removed') AND code <> 'not_chosen'"""
WAITING = f"""SELECT count(*) FILTER (WHERE applied), count(*) FILTER (WHERE {WAITS} AND outcome = ANY(%(outcomes)s))
FROM sync_items WHERE brand_id = %(brand)s AND run_id = %(run)s"""  # noqa: S608 (parts above, values bound)
NEXT = f"""SELECT position, id FROM sync_items WHERE {WAITS} AND outcome = %(outcome)s AND (position, id) > (%(position)s, %(id)s)
ORDER BY position, id LIMIT {BATCH}"""  # noqa: S608 (parts above, values bound)
IN_TURN = ("updated", "skipped", "unchanged", "created", "removed")
"""Batch by batch along the index. What is given up is free before somebody new takes it."""
FIRST = (-2**31, UUID(int=0))
BATCH_OF = """SELECT id, position, outcome, changes, listed, variant_id FROM sync_items
WHERE brand_id = %(brand)s AND id = ANY(%(ids)s) ORDER BY position, id"""
SKU_HOLDERS = "SELECT sku, id FROM variants WHERE brand_id = %(brand)s AND sku = ANY(%(skus)s)"
MISSING = """UPDATE sync_items i SET outcome = 'failed', code = 'check_failed', reason = %(reason)s
WHERE i.brand_id = %(brand)s AND i.run_id = %(run)s AND i.outcome IN ('created', 'updated') AND (
  SELECT v.source_id = %(source)s AND v.external_id = i.external_id FROM variants v WHERE v.brand_id = i.brand_id AND v.id = i.variant_id) IS NOT TRUE"""
"""Items said to be written whose variant is not there; a look-up for each, because no statistics help the planner yet."""
PICTURES_LEFT = "SELECT EXISTS (SELECT FROM product_images WHERE brand_id = :brand AND state <> 'stored' AND source_url <> '')"
LOST = msgid("写入后核对不上")
PARTLY = msgid("只写入了你选的字段，其余的下次同步还会提出来")
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
    values = {"run": journal.run_id, "brand": journal.brand_id, "outcomes": list(IN_TURN)}
    with journal.transaction() as session:
        journal.recount(session)
        [(done, waiting)] = driver(session).execute(WAITING, values).fetchall()
        total = done + waiting
        journal.mark(session, "applying", done=done, total=total)
    plans_hold = 0
    for outcome in IN_TURN:
        place = FIRST
        while True:
            if waiting > BATCH and done >= plans_hold:
                journal.take_statistics()
                plans_hold = 2 * done + BATCH
            with journal.transaction() as session:
                plan_for_any_brand(session)
                batch = driver(session).execute(NEXT, {**values, "outcome": outcome, "position": place[0], "id": place[1]}).fetchall()
                if not batch:
                    break
                place, done = batch[-1], done + len(batch)
                ids = [item_id for _, item_id in batch]
                made = _create(session, journal, ids) if outcome == "created" else set()
                _apply_batch(session, journal, [one for one in ids if one not in made])
                journal.mark(session, "applying", done=done, total=total)


def check_items(journal: Journal) -> None:
    """The last step: products follow their variants, every item written is really there, and the counts are the items'."""
    with journal.transaction() as session:
        plan_for_any_brand(session)
        journal.mark(session, "checking", done=0, total=0)
        settle_products(session, brand_id=journal.brand_id, source_id=journal.source_id, now=journal.now())
        driver(session).execute(MISSING, {"brand": journal.brand_id, "run": journal.run_id, "source": journal.source_id, "reason": LOST})
        journal.recount(session)
        total = sum(journal.counts.values())
        journal.mark(session, "checking", done=total, total=total)
        if session.scalar(text(PICTURES_LEFT), {"brand": journal.brand_id}):
            session.execute(text("UPDATE product_images SET state = 'waiting' WHERE brand_id = :brand AND state = 'failed'"), {"brand": journal.brand_id})
            ask_for_pictures(session, brand_id=journal.brand_id)


def _create(session: Session, journal: Journal, ids: Sequence[UUID]) -> set[UUID]:
    return create_variants(session, ids, brand_id=journal.brand_id, source_id=journal.source_id, now=journal.now())


def _apply_batch(session: Session, journal: Journal, ids: Sequence[UUID]) -> None:
    if not ids:
        return
    cursor = driver(session).cursor()
    set_json_loads(orjson.loads, cursor)
    items = [Item(*row) for row in cursor.execute(BATCH_OF, {"brand": journal.brand_id, "ids": list(ids)})]
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
    results += [_written(write, made[write.item_id]) if write.item_id in made else _moved(write.item_id, None) for write in writes]
    results += take_down_items(session, [one for one in items if one.outcome == "removed"], here, journal)
    update_rows(session, SyncItem, results, brand_id=journal.brand_id)


def _recheck(one: Item, here: Current, holders: dict[str, UUID], journal: Journal) -> Write | dict[str, Any]:
    """Exactly what was shown is written, or nothing: rows that changed since are a conflict."""
    assert one.listed is not None
    variant = here.variants.get(one.variant_id) if one.variant_id else None
    found = compare(one.listed, variant, here, source_id=journal.source_id)
    holder = holders.get(one.listed["sku"])
    changes = left_for_later(one.changes, found.changes)
    if one.outcome == "created":
        changed = holder is not None
    else:
        changed = not same_intent(one.changes, changes) or (holder is not None and holder != one.variant_id and _takes_sku(changes))
    if changed:
        return _moved(one.id, one.variant_id)
    return Write(one.id, one.outcome, one.listed, variant, changes)


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


def _written(write: Write, variant_id: UUID) -> dict[str, Any]:
    return _result(write.item_id, variant_id, write.outcome, *((PARTLY_CHOSEN, PARTLY) if write.partly else ()))


def _result(item_id: UUID, variant_id: UUID | None, outcome: str, code: str | None = None, reason: str = "") -> dict[str, Any]:
    kept = outcome == "skipped" and code is None
    return {"id": item_id, "variant_id": variant_id, "outcome": outcome, "applied": True,
            "code": "kept_by_owner" if kept else code or "",
            "reason": KEPT if kept else reason}


def _moved(item_id: UUID, variant_id: UUID | None) -> dict[str, Any]:
    return {**_result(item_id, variant_id, "conflict", "changed_since_preview", CHANGED), "applied": False}
