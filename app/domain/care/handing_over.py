"""Customers change hands, and come back (R9, R21). Each waits for a sale that binds the same customer, and it for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.customers.rules import customer_key
from app.domain.guides.models import Guide
from app.domain.people.audit import acting
from app.kernel.db import gather, insert_rows
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.texts import optional

from .rules import UNDO_WITHIN, kept_dates

MINE = """
SELECT c.id FROM customers c WHERE c.brand_id = %(brand_id)s AND c.id IN (
  SELECT b.customer_id FROM customer_bindings b WHERE b.brand_id = %(brand_id)s AND b.guide_id = %(guide)s AND b.ended_at IS NULL AND b.expires_at > %(now)s
    AND (%(only)s::uuid IS NULL OR b.customer_id = %(only)s))
ORDER BY c.id FOR NO KEY UPDATE"""
STANDING = """
SELECT b.id, b.customer_id, b.exclusive, b.protected_until, b.expires_at FROM customer_bindings b
WHERE b.brand_id = %(brand_id)s AND b.customer_id = ANY(%(ids)s) AND b.guide_id = %(guide)s AND b.ended_at IS NULL AND b.expires_at > %(now)s
ORDER BY b.customer_id"""
END = """
UPDATE customer_bindings SET ended_at = %(now)s, ended_why = 'handed' WHERE brand_id = %(brand_id)s AND id = ANY(%(ids)s)"""
UNDOABLE = """
SELECT h.id, h.customer_id, h.from_guide_id, h.to_guide_id, n.id, n.exclusive, n.protected_until, n.expires_at FROM customer_handovers h
JOIN customer_bindings n ON n.brand_id = h.brand_id AND n.id = h.made_binding_id AND n.ended_at IS NULL AND n.expires_at > %(now)s
WHERE h.brand_id = %(brand_id)s AND h.id = ANY(%(ids)s) AND h.why <> 'undo' AND h.at > %(since)s
  AND NOT EXISTS (SELECT FROM orders o WHERE o.brand_id = h.brand_id AND o.customer_id = h.customer_id AND o.guide_id = h.to_guide_id
                  AND o.placed_at >= h.at AND o.state <> 'cancelled')
ORDER BY h.customer_id"""
LOCKED = """
SELECT c.id FROM customers c WHERE c.brand_id = %(brand_id)s AND c.id IN (
  SELECT customer_id FROM customer_handovers WHERE brand_id = %(brand_id)s AND id = ANY(%(ids)s)) ORDER BY c.id FOR NO KEY UPDATE"""
UNTOLD = """
SELECT b.id FROM customer_bindings b WHERE b.brand_id = %(brand_id)s AND b.id = ANY(%(ids)s) AND NOT EXISTS (
  SELECT FROM customer_handovers h WHERE h.brand_id = b.brand_id AND h.binding_id = b.id)"""


def hand_over(session: Session, *, brand_id: int, from_guide: Guide, to_guide: Guide | None, why: str, only: UUID | None = None, said: str = "",
              field: str = "successor_id", now: datetime) -> list[UUID]:
    """Moves her customers (or `only` one) to another guide, or notes that the store serves them; the customers that moved.

    Dates go on (`rules.kept_dates`). Who is the successor herself stays: a guide is nobody's customer. Refused at `field` for a guide who
    does not work.
    """
    said = optional(said, field="reason", most=200)
    if to_guide is not None:
        require_successor(from_guide, to_guide, field)
    session.flush()
    herself = customer_key(brand_id, to_guide.phone) if to_guide else None
    values = {"brand_id": brand_id, "guide": from_guide.id, "only": only, "now": now}
    ids = [key for (key,) in gather(session, (MINE, values))[0] if key != herself]
    standing = gather(session, (STANDING, {**values, "ids": ids}))[0]
    if to_guide is None:
        new = {key for (key,) in gather(session, (UNTOLD, {"brand_id": brand_id, "ids": [row[0] for row in standing]}))[0]}
        standing = [row for row in standing if row[0] in new]
    facts = {"from_guide_id": from_guide.id, "to_guide_id": to_guide.id if to_guide else None, "why": why, "said": said, "undoes": None}
    _move(session, brand_id, [(row, {**facts, "customer_id": row[1]}) for row in standing], now)
    return [row[1] for row in standing]


def require_successor(from_guide: Guide, to_guide: Guide, field: str) -> None:
    if to_guide.id == from_guide.id or to_guide.status != "active":
        raise Refused("successor_unfit", "接手的导购须是另一位在职导购", field=field)


def undo_handovers(session: Session, *, brand_id: int, handover_ids: Collection[UUID], now: datetime) -> list[UUID]:
    """Gives customers back to who had them, as far as a week has not passed, nobody else won them since and the successor has no order
    of theirs; the customers that went back. To one who works no more means: to her store, as the ladder has it."""
    values = {"brand_id": brand_id, "ids": list(handover_ids), "now": now, "since": now - UNDO_WITHIN}
    gather(session, (LOCKED, values))
    rows = gather(session, (UNDOABLE, values))[0]
    _move(session, brand_id, [(row[4:5] + row[1:2] + row[5:], {
        "customer_id": row[1], "from_guide_id": row[3], "to_guide_id": row[2], "why": "undo", "said": "", "undoes": row[0]}) for row in rows], now)
    return [row[1] for row in rows]


def _move(session: Session, brand_id: int, moves: Sequence[tuple[Sequence[Any], dict[str, Any]]], now: datetime) -> None:
    """Ends what stood, begins what stands instead, notes both. A move is ((binding, customer, exclusive, protected, expires), facts)."""
    ended, made, noted = [], [], []
    for (binding, customer, exclusive, protected_until, expires_at), facts in moves:
        new = None
        if facts["to_guide_id"] is not None:
            protected, expires = kept_dates(protected_until=protected_until, expires_at=expires_at, now=now)
            new = new_id()
            ended.append(binding)
            made.append({"brand_id": brand_id, "id": new, "customer_id": customer, "guide_id": facts["to_guide_id"], "via": "transfer",
                         "exclusive": exclusive, "bound_at": now, "protected_until": min(protected, expires), "expires_at": expires, "ended_why": ""})
        noted.append({"brand_id": brand_id, "id": new_id(), "binding_id": binding, "made_binding_id": new, "by": acting(session).name[:80], "at": now,
                      **facts})
    gather(session, (END, {"brand_id": brand_id, "ids": ended, "now": now}), insert_rows("customer_bindings", made),
           insert_rows("customer_handovers", noted))
