"""Which sources' alliance orders are read, and what was read of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.models import FlagshipSource
from app.kernel.db import gather, insert_rows
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_id

from .models import AllianceReading
from .ports import AllianceDoors, AllianceRow

LOOKS_BACK = timedelta(days=7)
"""How far back the first reading goes."""
COLUMNS = ("order_number", "external_id", "quantity", "returned", "state", "valid_code", "void_reason", "through_own_shop", "commission_bp", "base_minor",
           "estimate_minor", "actual_minor", "earned_minor", "code", "position", "same_shop", "settles_on", "ordered_at", "finished_at", "changed_at",
           "read_at")
UPSERT = (f"ON CONFLICT (brand_id, source_id, row_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS)} "
          "WHERE alliance_orders.changed_at IS NULL OR excluded.changed_at >= alliance_orders.changed_at")
"""An older word about a row, read again with an overlap, changes nothing."""
WHOSE = """UPDATE alliance_orders a SET guide_id = s.guide_id FROM share_links s
WHERE a.brand_id = %(brand_id)s AND a.source_id = %(source_id)s AND a.row_id = ANY(%(ids)s) AND s.brand_id = a.brand_id AND s.code = a.code AND a.code <> ''"""


def read_alliance_of(session: Session, *, brand_id: int, source_id: UUID, active: bool, doors: AllianceDoors, now: datetime) -> AllianceReading:
    """Begin to read a source's alliance orders, or stop. Raises NotFound, Refused. What was read stays; begun again it goes on where it stopped."""
    source = session.scalar(select(FlagshipSource).where(FlagshipSource.brand_id == brand_id, FlagshipSource.id == source_id))
    if source is None:
        raise NotFound("flagship_source", source_id)
    if active and (source.status != "active" or not doors.in_alliance(source.kind)):
        raise Refused("no_alliance", "这种来源不属于联盟", field="source_id")
    found = session.scalar(select(AllianceReading).where(AllianceReading.brand_id == brand_id, AllianceReading.source_id == source_id).with_for_update())
    if found is None:
        found = AllianceReading(brand_id=brand_id, id=new_id(), source_id=source_id, read_until=now - LOOKS_BACK, active=active)
        session.add(found)
    found.active = active
    session.flush()
    return found


def take_in(session: Session, *, brand_id: int, source_id: UUID, rows: Sequence[AllianceRow], now: datetime) -> None:
    """New rows are added, known ones brought up to date; the same row twice is the later one."""
    latest: dict[str, AllianceRow] = {}
    for row in rows:
        known = latest.get(row.id)
        if known is None or known.changed_at is None or (row.changed_at is not None and row.changed_at >= known.changed_at):
            latest[row.id] = row
    if latest:
        told = [_row(brand_id, source_id, row, now) for row in latest.values()]
        gather(session, insert_rows("alliance_orders", told, then=UPSERT), (WHOSE, {"brand_id": brand_id, "source_id": source_id, "ids": list(latest)}))


def _row(brand_id: int, source_id: UUID, row: AllianceRow, now: datetime) -> dict[str, Any]:
    plain = ("quantity", "returned", "valid_code", "void_reason", "through_own_shop", "commission_bp", "base_minor", "estimate_minor", "actual_minor",
             "earned_minor", "position", "same_shop", "settles_on", "ordered_at", "finished_at", "changed_at")
    return {"brand_id": brand_id, "id": new_id(), "source_id": source_id, "row_id": _fit(row.id, 64), "order_number": _fit(row.order_id, 64),
            "external_id": _fit(row.external_id, 200), "code": _fit(row.code, 80), "state": row.state.value, "seen_at": now, "read_at": now,
            **{name: getattr(row, name) for name in plain}}


def _fit(text: str, most: int) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:most]
