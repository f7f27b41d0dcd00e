"""A person answers a conflict: it is this one of ours, or none of them (R36)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.catalog.current import current
from app.domain.catalog.freshness import stock_read
from app.domain.catalog.models import FlagshipSource, IgnoredListing, SyncItem, SyncRun
from app.domain.catalog.rules import to_write
from app.domain.catalog.sync_queries import sync_item, sync_run
from app.domain.people.audit import note
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id

from .comparing import IGNORED, compare
from .products import settle_products
from .writing import Write, write_variants


def resolve_conflict(session: Session, *, brand_id: int, run_id: UUID, item_id: UUID, variant_id: UUID | None, now: datetime) -> SyncItem:
    """`variant_id` one of the item's candidates, None: a new SKU. Written at once if the run is, else with the run.

    Raises Conflict not_open, Refused not_a_candidate.
    """
    run = sync_run(session, brand_id=brand_id, run_id=run_id, lock=True)
    item = sync_item(session, brand_id=brand_id, run_id=run_id, item_id=item_id)
    if item.outcome != "conflict" or item.listed is None or run.state not in ("previewed", "succeeded", "partial"):
        raise Conflict("not_open", "这一项已经处理过，或要重新同步才能处理")
    if variant_id is not None and str(variant_id) not in (item.reason_data or {}).get("rivals", []):
        raise Refused("not_a_candidate", "请从列出的 SKU 里选一个", field="variant")
    here = current(session, brand_id=brand_id, source_id=run.source_id, ids=[variant_id] if variant_id else [], groups=[item.listed["group_id"]], lock=True)
    ours = here.variants.get(variant_id) if variant_id else None
    if ours is not None and ours.source_id not in (None, run.source_id):
        raise Conflict("not_open", "这个 SKU 已属于别的旗舰店来源")
    found = compare(item.listed, ours, here, source_id=run.source_id)
    outcome = "created" if ours is None else "updated"
    written = None
    if run.state != "previewed":
        write = Write(item.id, outcome, item.listed, ours, found.changes)
        written = write_variants(session, [write], here, brand_id=brand_id, source_id=run.source_id, now=now).get(item.id)
        if written is None:
            raise Conflict("sku_taken", "SKU %(sku)s 已经有商品在用", sku=item.sku)
        settle_products(session, brand_id=brand_id, source_id=run.source_id, now=now)
        stock_read(session, brand_id=brand_id, variant_id=written, began=run.started_at or now)
    _settle(session, run, item, outcome)
    item.changes, item.before, item.code, item.reason = found.changes, found.before, "resolved", ""
    item.variant_id, item.applied = written or variant_id, written is not None
    note(session, action="sync_conflict_resolved", subject_kind="sync_runs", subject_id=run.id, subject_name=f"#{run.number} {item.sku or item.external_id}")
    return item


def ignore_conflict(session: Session, *, brand_id: int, run_id: UUID, item_id: UUID, now: datetime) -> SyncItem:
    """The brand does not want this one: it is skipped in this run and in every later one. Raises Conflict not_open."""
    run = sync_run(session, brand_id=brand_id, run_id=run_id, lock=True)
    item = sync_item(session, brand_id=brand_id, run_id=run_id, item_id=item_id)
    if item.outcome != "conflict" or run.state not in ("previewed", "succeeded", "partial"):
        raise Conflict("not_open", "这一项已经处理过，或要重新同步才能处理")
    values = {"brand_id": brand_id, "id": new_id(), "source_id": run.source_id, "external_id": item.external_id, "name": item.title or item.sku,
              "created_at": now}
    session.execute(insert(IgnoredListing).values(values).on_conflict_do_nothing())
    _settle(session, run, item, "skipped")
    item.code, item.reason, item.listed = "ignored", IGNORED, None
    note(session, action="sync_item_ignored", subject_kind="sync_runs", subject_id=run.id, subject_name=f"#{run.number} {item.sku or item.external_id}")
    return item


def wanted_again(session: Session, *, brand_id: int, ignored_id: UUID) -> None:
    """From the next reading on it counts as any other. Raises NotFound."""
    found = session.scalar(select(IgnoredListing).where(IgnoredListing.brand_id == brand_id, IgnoredListing.id == ignored_id))
    if found is None:
        raise NotFound("ignored_listing", ignored_id)
    session.execute(update(FlagshipSource).where(FlagshipSource.brand_id == brand_id, FlagshipSource.id == found.source_id).values(read_at=None))
    session.delete(found)
    session.flush()


def _settle(session: Session, run: SyncRun, item: SyncItem, outcome: str) -> None:
    """The item is no conflict any more, and the run may be whole; a preview may have something to write now."""
    item.outcome = outcome
    run.counts = {**run.counts, "conflicts": run.counts["conflicts"] - 1, outcome: run.counts[outcome] + 1}
    if run.state == "previewed" and to_write(run.counts):
        run.finished_at = None
    if run.state == "partial" and not run.counts["conflicts"] and not run.counts["failed"]:
        run.state = "succeeded"
