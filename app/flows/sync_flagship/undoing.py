"""Taking a run back: every row it changed gets its former values, every row it made is taken down (R36)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.bulk import image_list, replace_images, update_rows
from app.domain.catalog.current import Current, ProductNow, VariantNow, current
from app.domain.catalog.freshness import unconfirm_stock
from app.domain.catalog.models import Product, SyncRun, Variant
from app.domain.catalog.rules import PRODUCT_FIELDS
from app.domain.catalog.sync_queries import sync_run, written_later
from app.domain.people.audit import note
from app.kernel.db import driver
from app.kernel.errors import Conflict

from .journal import BATCH
from .products import settle_products
from .writing import COLUMNS, take_down

APPLIED = """SELECT id, outcome, changes, before, variant_id FROM sync_items
WHERE brand_id = %(brand)s AND run_id = %(run)s AND applied AND outcome IN ('created', 'updated', 'removed') ORDER BY position DESC, id"""
Row = tuple[UUID, str, list[dict[str, Any]], dict[str, Any] | None, UUID | None]


def undo_sync(session: Session, *, brand_id: int, run_id: UUID, now: datetime) -> SyncRun:
    """In one transaction. A field edited since, or owned by the brand by now, keeps its present value.

    Raises Conflict not_applied, sync_running, or not_the_latest when a later run of the source has been written.
    """
    run = sync_run(session, brand_id=brand_id, run_id=run_id, lock=True)
    if run.state not in ("succeeded", "partial"):
        raise Conflict("not_applied", "只有已写入的运行可以撤销", state=run.state)
    others = select(SyncRun.number).where(SyncRun.source_id == run.source_id)
    if session.scalar(others.where(SyncRun.state.in_(("queued", "running")))) is not None:
        raise Conflict("sync_running", "这个来源正在同步，等它结束后再撤销")
    later = written_later(session, run)
    if later is not None:
        raise Conflict("not_the_latest", "运行 #%(number)d 更晚写入，请先撤销它", number=later)
    rows = driver(session).execute(APPLIED, {"brand": brand_id, "run": run_id}).fetchall()
    for part in _batches(rows):
        _undo(session, part, brand_id=brand_id, source_id=run.source_id, now=now)
    settle_products(session, brand_id=brand_id, source_id=run.source_id, now=now)
    run.state = "undone"
    run.source.read_at = None
    unconfirm_stock(session, brand_id=brand_id, source_id=run.source_id, run_id=run.id)
    note(session, action="sync_undone", subject_kind="sync_runs", subject_id=run.id, subject_name=f"#{run.number}")
    return run


def _undo(session: Session, rows: Sequence[Row], *, brand_id: int, source_id: UUID, now: datetime) -> None:
    here = current(session, brand_id=brand_id, source_id=source_id, ids=[row[4] for row in rows if row[4]], groups=[], lock=True)
    take_down(session, [row[4] for row in rows if row[1] == "created" and row[4]], brand_id=brand_id, now=now)
    pairs = [(row, here.variants[row[4]]) for row in rows if row[1] != "created" and row[4] in here.variants]
    restored = [(row, variant, _former(row, variant)) for row, variant in pairs if row[3] and row[3]["variant"]]
    update_rows(session, Variant, [_variant(row, variant, former, now) for row, variant, former in restored], brand_id=brand_id)
    _restore_images(session, restored, brand_id=brand_id)
    _restore_products(session, rows, here, brand_id=brand_id, now=now)


def _former(row: Row, variant: VariantNow) -> dict[str, Any]:
    """Old values of the fields the run wrote and nobody touched since."""
    return {change["field"]: change["old"] for change in row[2] if change["result"] == "write" and change["field"] in variant.fields
            and variant.fields[change["field"]] == change["new"] and variant.owners.get(change["field"]) is None}


def _variant(row: Row, variant: VariantNow, former: dict[str, Any], now: datetime) -> dict[str, Any]:
    before = (row[3] or {})["variant"]
    values = {column: former.get(column, variant.fields[column]) for column in COLUMNS}
    if row[1] == "removed" or before["tombstoned_at"]:
        values["status"] = before["status"]
    return {"id": variant.id, "product_id": before["product_id"], "source_id": before["source_id"], "external_id": before["external_id"],
            **values, "row_hash": before["row_hash"], "position": before["position"], "tombstoned_at": before["tombstoned_at"], "updated_at": now}


def _restore_images(session: Session, restored: Sequence[tuple[Row, VariantNow, dict[str, Any]]], *, brand_id: int) -> None:
    touched = [(row, variant, former) for row, variant, former in restored if {"images", "group"} & former.keys()]
    lists = [image_list(UUID((row[3] or {})["variant"]["product_id"]), variant.id, {**variant.fields, **former}["images"])
             for row, variant, former in touched]
    if touched:
        replace_images(session, lists, brand_id=brand_id, variant_ids=[variant.id for _, variant, _ in touched])


def _restore_products(session: Session, rows: Sequence[Row], here: Current, *, brand_id: int, now: datetime) -> None:
    edited: dict[UUID, dict[str, Any]] = {}
    for _, _, changes, before, _ in rows:
        product = (before or {}).get("product")
        ours = here.products.get(UUID(product["id"])) if product else None
        if ours is not None and product is not None:
            edited[ours.id] = _product(edited.get(ours.id) or _present(ours, now), changes, ours, product)
    update_rows(session, Product, list(edited.values()), brand_id=brand_id)


def _present(ours: ProductNow, now: datetime) -> dict[str, Any]:
    return {"id": ours.id, "source_id": ours.source_id, "external_id": ours.external_id, "origin": "flagship" if ours.source_id else "offline",
            "owners": ours.owners, **ours.fields, "updated_at": now}


def _product(row: dict[str, Any], changes: list[dict[str, Any]], ours: ProductNow, before: dict[str, Any]) -> dict[str, Any]:
    """Former texts, and an offline product that had been linked stands alone again."""
    former = {change["field"]: change["old"] for change in changes if change["field"] in PRODUCT_FIELDS and change["result"] == "write"
              and ours.fields[change["field"]] == change["new"] and change["field"] not in ours.owners}
    alone = {"source_id": None, "external_id": "", "origin": "offline", "owners": before["owners"]} if before["source_id"] is None else {}
    return {**row, **former, **alone}


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start:start + BATCH]
