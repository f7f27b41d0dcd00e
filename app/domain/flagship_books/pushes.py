"""Our side of the books: pushes as they stand now, which of them a flagship's orders mean, and which moved on a day.

A *push* (`order_pushes`) is what of an order the flagship was told to ship.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.fulfilment.ports import FlagshipOrder
from app.kernel.db import gather

from .rules import Ours, Part

GRACE = timedelta(hours=1)
"""What was given back less long ago may not have reached the flagship yet."""
PUSHES = """
SELECT p.id, p.order_id, p.number, p.flagship_order_id, p.state, o.state, p.goods_minor + p.shipping_minor, p.currency, p.placed_at
FROM order_pushes p JOIN orders o ON o.brand_id = p.brand_id AND o.id = p.order_id
WHERE p.brand_id = %(brand_id)s AND p.id = ANY(%(ids)s)"""
PARTS = """
SELECT x.push_id, x.unit_price_minor * x.quantity, x.quantity, l.paid_minor, l.quantity,
  coalesce(sum(b.amount_minor) FILTER (WHERE r.requested_at < %(settled)s), 0)::bigint,
  coalesce(sum(b.quantity) FILTER (WHERE r.requested_at < %(settled)s), 0)::bigint,
  coalesce(sum(b.amount_minor) FILTER (WHERE r.id IS NOT NULL), 0)::bigint, coalesce(sum(b.quantity) FILTER (WHERE r.id IS NOT NULL), 0)::bigint
FROM order_pushes p JOIN order_push_lines x ON x.brand_id = p.brand_id AND x.push_id = p.id
JOIN order_lines l ON l.brand_id = x.brand_id AND l.id = x.order_line_id
LEFT JOIN refund_lines b ON b.brand_id = l.brand_id AND b.order_line_id = l.id
LEFT JOIN refunds r ON r.brand_id = b.brand_id AND r.id = b.refund_id AND (p.submitted_at IS NULL OR r.requested_at >= p.submitted_at)
WHERE p.brand_id = %(brand_id)s AND p.id = ANY(%(ids)s)
GROUP BY x.push_id, x.id, x.unit_price_minor, x.quantity, l.paid_minor, l.quantity
UNION ALL
SELECT p.id, p.shipping_minor, 1, o.shipping_minor, 1, coalesce(sum(r.shipping_minor) FILTER (WHERE r.requested_at < %(settled)s), 0)::bigint, 0,
  coalesce(sum(r.shipping_minor), 0)::bigint, 0
FROM order_pushes p JOIN orders o ON o.brand_id = p.brand_id AND o.id = p.order_id
LEFT JOIN refunds r ON r.brand_id = o.brand_id AND r.order_id = o.id AND (p.submitted_at IS NULL OR r.requested_at >= p.submitted_at)
WHERE p.brand_id = %(brand_id)s AND p.id = ANY(%(ids)s) AND p.shipping_minor > 0
GROUP BY p.id, p.shipping_minor, o.shipping_minor"""
"""What was given back before the order was last submitted is not in it: the flagship was told of what was left."""
NAMED = """
SELECT id, number, flagship_order_id FROM order_pushes
WHERE brand_id = %(brand_id)s AND source_id = %(source_id)s AND (number = ANY(%(numbers)s) OR flagship_order_id = ANY(%(ids)s) AND flagship_order_id <> '')"""
MOVED = """
SELECT p.id, EXISTS (SELECT FROM flagship_day_lines l WHERE l.brand_id = %(brand_id)s AND l.day_id = %(day_id)s AND l.reading = %(reading)s
  AND l.order_push_id = p.id) AS doubted FROM (
  SELECT id FROM order_pushes WHERE brand_id = %(brand_id)s AND source_id = %(source_id)s
    AND (placed_at >= %(from)s AND placed_at < %(to)s OR submitted_at >= %(from)s AND submitted_at < %(to)s)
  UNION SELECT push_id FROM order_push_events WHERE brand_id = %(brand_id)s AND at >= %(from)s AND at < %(to)s
  UNION SELECT q.id FROM refunds r JOIN order_pushes q ON q.brand_id = r.brand_id AND q.order_id = r.order_id
    WHERE r.brand_id = %(brand_id)s AND r.requested_at >= %(from)s AND r.requested_at < %(to)s
) m JOIN order_pushes p ON p.brand_id = %(brand_id)s AND p.id = m.id AND p.source_id = %(source_id)s
WHERE NOT EXISTS (SELECT FROM flagship_day_lines l WHERE l.brand_id = %(brand_id)s AND l.day_id = %(day_id)s
  AND l.reading = %(reading)s AND l.order_push_id = p.id AND l.cause <> 'unread')
ORDER BY doubted, p.id LIMIT %(most)s"""
"""Placed on the day, told something, or given back something, and not compared yet."""


def ours(session: Session, *, brand_id: int, push_ids: Sequence[UUID], now: datetime) -> dict[UUID, Ours]:
    """Pushes as they stand, with what was given back of them."""
    asked = {"brand_id": brand_id, "ids": list(push_ids), "settled": now - GRACE}
    pushes, told = gather(session, (PUSHES, asked), (PARTS, asked))
    parts: dict[UUID, list[Part]] = {}
    for push_id, *values in told:
        parts.setdefault(push_id, []).append(Part(*values))
    return {row[0]: Ours(*(*row, tuple(parts.get(row[0], ())))) for row in pushes}


def meant(session: Session, *, brand_id: int, source_id: UUID, orders: Iterable[FlagshipOrder]) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """(flagship order id → push that it names by our number, flagship order id → push known by the flagship's id alone)."""
    orders = list(orders)
    ids = {key for one in orders for key in (one.flagship_order_id, one.root_order_id) if key}
    asked = {"brand_id": brand_id, "source_id": source_id, "numbers": [one.outer_number for one in orders if one.outer_number], "ids": list(ids)}
    [rows] = gather(session, (NAMED, asked))
    by_number, by_id = {row[1]: row[0] for row in rows}, {row[2]: row[0] for row in rows if row[2]}
    named = {one.flagship_order_id: by_number[one.outer_number] for one in orders if one.outer_number in by_number}
    known = {one.flagship_order_id: by_id.get(one.flagship_order_id) or by_id.get(one.root_order_id) for one in orders if one.flagship_order_id not in named}
    return named, {key: push_id for key, push_id in known.items() if push_id}


def moved(session: Session, *, brand_id: int, source_id: UUID, day_id: UUID, reading: int, from_: datetime, to: datetime,
          most: int) -> list[tuple[UUID, bool]]:
    """Pushes that moved on our side in [from_, to) and were not compared in this reading yet, in the order of ids; at the end those that were asked for
    once without a word (True)."""
    [rows] = gather(session, (MOVED, {"brand_id": brand_id, "source_id": source_id, "day_id": day_id, "reading": reading, "from": from_, "to": to,
                                      "most": most}))
    return [(row[0], row[1]) for row in rows]
