"""Whom a guide should call today, and why: five reasons, each from what really happened, less what she has followed up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.care.rules import ARRIVAL_DAYS, CART_DAYS, CHECKOUT_REST, LAPSED_DAYS, birthdays_ahead
from app.kernel import sealing
from app.kernel.clock import local_day
from app.kernel.db import dump_json, gather
from app.kernel.paging import PAGE_SIZE, Page

HERS = """
SELECT c.id, coalesce(nullif(c.name, ''), (SELECT o.contact ->> 'name' FROM orders o WHERE o.brand_id = c.brand_id AND o.customer_id = c.id
    ORDER BY o.placed_at DESC LIMIT 1), '') AS name, c.phone_sealed, c.birthday,
  (SELECT max(o.paid_at) FROM orders o WHERE o.brand_id = c.brand_id AND o.customer_id = c.id AND o.paid_at IS NOT NULL AND o.state <> 'cancelled') AS last_at
FROM customer_bindings b JOIN customers c ON c.brand_id = b.brand_id AND c.id = b.customer_id
WHERE b.brand_id = %(brand_id)s AND b.guide_id = %(guide)s AND b.ended_at IS NULL AND b.expires_at > %(now)s"""
DUE = f"""
WITH hers AS ({HERS}), due AS (
  SELECT 1 AS urgency, 'cart' AS reason, h.*, x.product_id, x.title, x.placed_at AS at, 0 AS days FROM hers h CROSS JOIN LATERAL (
    SELECT l.product_id, l.title, o.placed_at FROM orders o JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id AND l.position = (
      SELECT min(position) FROM order_lines f WHERE f.brand_id = o.brand_id AND f.order_id = o.id)
    WHERE o.brand_id = %(brand_id)s AND o.customer_id = h.id AND o.guide_id = %(guide)s AND o.paid_at IS NULL
      AND (o.state = 'cancelled' OR o.pay_by <= %(now)s) AND o.placed_at > %(cart_since)s AND (h.last_at IS NULL OR h.last_at < o.placed_at)
    ORDER BY o.placed_at DESC LIMIT 1) x
  UNION ALL
  SELECT 2, 'checkout', h.*, p.id, p.title, c.at, 0 FROM hers h
  JOIN begun_checkouts c ON c.brand_id = %(brand_id)s AND c.customer_id = h.id AND c.guide_id = %(guide)s AND c.at > %(cart_since)s AND c.at <= %(rested)s
  JOIN products p ON p.brand_id = c.brand_id AND p.id = c.product_id AND p.status = 'published' AND p.tombstoned_at IS NULL
  WHERE NOT EXISTS (SELECT FROM orders o WHERE o.brand_id = %(brand_id)s AND o.customer_id = h.id AND o.placed_at >= c.at)
  UNION ALL
  SELECT 3, 'birthday', h.*, NULL, '', NULL, (%(birthdays)s::jsonb ->> h.birthday)::int FROM hers h WHERE %(birthdays)s::jsonb ? h.birthday
  UNION ALL
  SELECT 4, 'arrival', h.*, x.id, x.title, x.created_at, 0 FROM hers h CROSS JOIN LATERAL (
    SELECT p.id, p.title, p.created_at FROM products p
    WHERE p.brand_id = %(brand_id)s AND p.status = 'published' AND p.tombstoned_at IS NULL AND p.category <> '' AND p.created_at > %(new_since)s
      AND p.created_at <= %(now)s AND EXISTS (
        SELECT FROM variants v WHERE v.brand_id = p.brand_id AND v.product_id = p.id AND v.status = 'published' AND v.tombstoned_at IS NULL
          AND v.stock > v.reserved)
      AND EXISTS (
        SELECT FROM orders o JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id
        JOIN products q ON q.brand_id = l.brand_id AND q.id = l.product_id
        WHERE o.brand_id = %(brand_id)s AND o.customer_id = h.id AND o.paid_at IS NOT NULL AND o.state <> 'cancelled' AND q.category = p.category
          AND q.id <> p.id)
    ORDER BY p.created_at DESC, p.id LIMIT 1) x
  UNION ALL
  SELECT 5, 'lapsed', h.*, NULL, '', h.last_at, floor(extract(epoch FROM %(now)s - h.last_at) / 86400)::int FROM hers h
  WHERE h.last_at <= %(lapsed_since)s
), waiting AS (
  SELECT d.* FROM due d WHERE NOT EXISTS (SELECT FROM customer_follow_ups f WHERE f.brand_id = %(brand_id)s AND f.customer_id = d.id
    AND f.guide_id = %(guide)s AND (f.reason = d.reason AND f.until > %(now)s OR d.reason = 'checkout' AND f.reason = 'cart' AND f.at >= d.at))
), open AS (
  SELECT w.* FROM waiting w WHERE w.reason <> 'checkout' OR NOT EXISTS (SELECT FROM waiting o WHERE o.id = w.id AND o.reason = 'cart')
)"""  # noqa: S608 (pieces are ours)
"""What she left unpaid and what she was about to buy is one call: the order says more than the checkout."""


@dataclass(frozen=True, slots=True)
class Due:
    """`days` until the birthday, or since the last order; `product_id` what she left or what is new, `title` its name."""

    customer_id: UUID
    name: str
    phone: str
    reason: str
    product_id: UUID | None
    title: str
    at: datetime | None
    days: int


def due_page(session: Session, *, brand_id: int, guide_id: UUID, timezone: str, now: datetime, reason: str = "", customer_id: UUID | None = None,
             number: int = 1) -> Page:
    """The most urgent first."""
    values = _values(brand_id, guide_id, timezone, now) | {"reason": reason, "customer": customer_id, "skip": (max(number, 1) - 1) * PAGE_SIZE}
    rows = gather(session, (f"""{DUE} SELECT id, name, phone_sealed, reason, product_id, title, at, days, count(*) OVER () FROM open
        WHERE (%(reason)s = '' OR reason = %(reason)s) AND (%(customer)s::uuid IS NULL OR id = %(customer)s)
        ORDER BY urgency, CASE reason WHEN 'birthday' THEN days ELSE 0 END, at DESC, id LIMIT {PAGE_SIZE} OFFSET %(skip)s""", values))[0]  # noqa: S608 (constants of the code)
    found = [Due(row[0], row[1], str(sealing.unseal(bytes(row[2]))), *row[3:8]) for row in rows]
    return Page(found, rows[0][8] if rows else 0, max(number, 1))


def due_counts(session: Session, *, brand_id: int, guide_id: UUID, timezone: str, now: datetime) -> dict[str, int]:
    """Reason → how many wait."""
    return dict(gather(session, (f"{DUE} SELECT reason, count(*)::int FROM open GROUP BY 1", _values(brand_id, guide_id, timezone, now)))[0])  # noqa: S608 (constants of the code)


def _values(brand_id: int, guide_id: UUID, timezone: str, now: datetime) -> dict[str, Any]:
    today: date = local_day(now, timezone)
    return {"brand_id": brand_id, "guide": guide_id, "now": now, "birthdays": dump_json(birthdays_ahead(today)),
            "cart_since": now - timedelta(days=CART_DAYS), "rested": now - CHECKOUT_REST,
            "new_since": now - timedelta(days=ARRIVAL_DAYS), "lapsed_since": now - timedelta(days=LAPSED_DAYS)}
