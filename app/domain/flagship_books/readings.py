"""A reading written down: its lines as they come, and the moment it takes the place of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.fulfilment.ports import FlagshipOrder, Stage
from app.kernel.db import gather, insert_rows
from app.kernel.ids import new_id

from .rules import Line, Ours

SAID_BEFORE = """DELETE FROM flagship_day_lines WHERE brand_id = %(brand_id)s AND day_id = %(day_id)s AND reading = %(reading)s AND order_key = ANY(%(keys)s)"""
CLEAR = "DELETE FROM flagship_day_lines WHERE brand_id = %(brand_id)s AND day_id = %(day_id)s AND reading <> %(reading)s"
TOTALS = """
SELECT count(*) FILTER (WHERE kind = 'order' AND cause <> 'state_differs'), count(*) FILTER (WHERE differs),
  count(*) FILTER (WHERE cause <> '' AND NOT differs),
  coalesce(sum(ours_minor) FILTER (WHERE kind = 'order'), 0)::bigint, coalesce(sum(theirs_minor) FILTER (WHERE kind = 'order'), 0)::bigint,
  coalesce(sum(ours_minor) FILTER (WHERE kind = 'refund'), 0)::bigint, coalesce(sum(theirs_minor) FILTER (WHERE kind = 'refund'), 0)::bigint,
  coalesce(sum(theirs_minor) FILTER (WHERE kind = 'fee'), 0)::bigint
FROM flagship_day_lines WHERE brand_id = %(brand_id)s AND day_id = %(day_id)s AND reading = %(reading)s"""
CARRY = """
UPDATE flagship_day_lines n SET note = o.note, handled_by = o.handled_by, handled_at = CASE
  WHEN (n.ours_minor, n.theirs_minor, n.ours_state, n.theirs_state) IS NOT DISTINCT FROM (o.ours_minor, o.theirs_minor, o.ours_state, o.theirs_state)
  THEN o.handled_at END
FROM flagship_day_lines o
WHERE n.brand_id = %(brand_id)s AND n.day_id = %(day_id)s AND n.reading = %(reading)s AND o.brand_id = n.brand_id AND o.day_id = n.day_id
  AND o.reading = %(before)s AND o.kind = n.kind AND o.order_key = n.order_key AND o.cause = n.cause AND (o.note <> '' OR o.handled_at IS NOT NULL)"""
KEEP = """
UPDATE flagship_day_lines o SET reading = %(reading)s, differs = false
WHERE o.brand_id = %(brand_id)s AND o.day_id = %(day_id)s AND o.reading = %(before)s AND (o.note <> '' OR o.handled_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM flagship_day_lines n WHERE n.brand_id = o.brand_id AND n.day_id = o.day_id AND n.reading = %(reading)s
                  AND n.kind = o.kind AND n.order_key = o.order_key AND n.cause = o.cause)"""
"""A difference that is gone but was written about stays readable; it counts no more."""


@dataclass(frozen=True, slots=True)
class Totals:
    """`untold_count`: what the flagship does not tell. Amounts in minor units, of orders compared whole."""

    order_count: int
    difference_count: int
    untold_count: int
    orders_ours_minor: int
    orders_theirs_minor: int
    refunds_ours_minor: int
    refunds_theirs_minor: int
    fees_theirs_minor: int


Found = tuple[Ours | None, FlagshipOrder | None, Sequence[Line]]


def write_lines(session: Session, *, brand_id: int, day_id: UUID, reading: int, found: Iterable[Found]) -> None:
    """What was said of these orders earlier in the reading goes: a list may tell an order twice, and the later word counts."""
    by_key = {_key(ours, theirs): (ours, theirs, lines) for ours, theirs, lines in found}
    if not by_key:
        return
    rows = [_row(brand_id, day_id, reading, key, ours, theirs, line) for key, (ours, theirs, lines) in by_key.items() for line in lines]
    gather(session, (SAID_BEFORE, {"brand_id": brand_id, "day_id": day_id, "reading": reading, "keys": list(by_key)}),
           *([insert_rows("flagship_day_lines", rows)] if rows else []))


def take_place(session: Session, *, brand_id: int, day_id: UUID, before: int, reading: int) -> Totals:
    """From here on `reading` stands for the day, with what people wrote about the one before."""
    asked = {"brand_id": brand_id, "day_id": day_id, "reading": reading, "before": before}
    totals, *_ = gather(session, (TOTALS, asked), (CARRY, asked), (KEEP, asked), (CLEAR, asked))
    return Totals(*totals[0])


def forget_try(session: Session, *, brand_id: int, day_id: UUID, standing: int) -> None:
    """What a reading that broke off had found."""
    gather(session, (CLEAR, {"brand_id": brand_id, "day_id": day_id, "reading": standing}))


def _key(ours: Ours | None, theirs: FlagshipOrder | None) -> str:
    return ours.number if ours else _fit(theirs.flagship_order_id, 120) if theirs else ""


def _row(brand_id: int, day_id: UUID, reading: int, key: str, ours: Ours | None, theirs: FlagshipOrder | None, line: Line) -> dict[str, Any]:
    return {
        "brand_id": brand_id, "id": new_id(), "day_id": day_id, "reading": reading, "kind": line.kind, "cause": line.cause, "differs": line.differs,
        "order_key": key, "flagship_order_id": _fit(theirs.flagship_order_id if theirs else ours.flagship_order_id if ours else "", 120),
        "order_push_id": ours.push_id if ours else None, "order_id": ours.order_id if ours else None, "ours_minor": line.ours_minor,
        "theirs_minor": line.theirs_minor, "ours_state": ours.stands if ours else "", "theirs_state": _stage(theirs) if theirs else "",
        "note": "", "handled_by": "", **_refusal(line)}


def _refusal(line: Line) -> dict[str, Any]:
    refusal = line.refusal
    return {"error_code": refusal.code[:60] if refusal else "", "error_message": refusal.message if refusal else "",
            "error_data": dict(refusal.data) if refusal else None}


def _stage(theirs: FlagshipOrder) -> str:
    """Our word for where it stands; the flagship's own where we have none."""
    return _fit(theirs.raw_state, 60) if theirs.stage is Stage.UNKNOWN else theirs.stage.value


def _fit(text: str, most: int) -> str:
    """A flagship's word as a column holds it."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:most]
