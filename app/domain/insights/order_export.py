"""Orders as rows of a table, read in batches so that any number of them fits in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

BATCH = 500

ROWS = """
SELECT o.id, o.number, o.state, o.placed_at, o.paid_at, o.delivered_at, o.contact, o.address, s.code, s.name, g.name, g.employee_no,
  (SELECT string_agg(l.title || ' ×' || l.quantity, '; ' ORDER BY l.position) FROM order_lines l WHERE l.brand_id = o.brand_id AND l.order_id = o.id),
  o.gross_minor, o.discount_minor, o.shipping_minor, o.total_minor,
  (SELECT coalesce(sum(r.amount_minor), 0)::bigint FROM refunds r WHERE r.brand_id = o.brand_id AND r.order_id = o.id),
  (SELECT coalesce(sum(c.amount_minor), 0)::bigint FROM commission_lines c JOIN order_lines l ON l.brand_id = c.brand_id AND l.id = c.order_line_id
   WHERE l.brand_id = o.brand_id AND l.order_id = o.id AND c.brand_id = o.brand_id AND c.role = 'guide')
FROM orders o LEFT JOIN org_units s ON s.brand_id = o.brand_id AND s.id = o.store_id
LEFT JOIN guides g ON g.brand_id = o.brand_id AND g.id = o.guide_id
WHERE o.brand_id = %(brand_id)s AND (%(before)s::uuid IS NULL OR o.id < %(before)s)
  AND (%(within)s::text IS NULL OR left(s.path, length(%(within)s)) = %(within)s)
  AND (%(state)s = '' OR o.state = %(state)s OR (%(state)s = 'refunding' AND EXISTS (
    SELECT FROM refunds r WHERE r.brand_id = o.brand_id AND r.order_id = o.id)))
  AND (%(guide)s::uuid IS NULL OR o.guide_id = %(guide)s) AND (%(store)s::uuid IS NULL OR o.store_id = %(store)s)
  AND (%(from)s::timestamptz IS NULL OR o.placed_at >= %(from)s) AND (%(to)s::timestamptz IS NULL OR o.placed_at < %(to)s)
  AND (%(q)s = '' OR strpos(o.number, %(q)s) > 0 OR strpos(lower(o.contact ->> 'name'), lower(%(q)s)) > 0 OR strpos(o.contact ->> 'phone', %(q)s) > 0
    OR EXISTS (SELECT FROM order_lines l WHERE l.brand_id = o.brand_id AND l.order_id = o.id
               AND (strpos(lower(l.title), lower(%(q)s)) > 0 OR strpos(lower(l.sku), lower(%(q)s)) > 0)))
ORDER BY o.id DESC LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class ExportRow:
    id: UUID
    number: str
    state: str
    placed_at: datetime
    paid_at: datetime | None
    delivered_at: datetime | None
    contact: dict[str, Any]
    address: dict[str, Any]
    store_code: str | None
    store_name: str | None
    guide_name: str | None
    employee_no: str | None
    goods: str | None
    gross_minor: int
    discount_minor: int
    shipping_minor: int
    total_minor: int
    refunded_minor: int
    guide_minor: int


def export_orders(session: Session, *, brand_id: int, within: str | None = None, q: str = "", state: str = "", guide_id: UUID | None = None,
                  store_id: UUID | None = None, from_: datetime | None = None, to: datetime | None = None) -> Iterator[ExportRow]:
    """Every order in scope and filter, newest first."""
    before: UUID | None = None
    while True:
        rows = gather(session, (ROWS, {
            "brand_id": brand_id, "within": within, "q": q, "state": state, "guide": guide_id, "store": store_id, "from": from_, "to": to,
            "before": before, "limit": BATCH}))[0]
        yield from (ExportRow(*row) for row in rows)
        if len(rows) < BATCH:
            return
        before = rows[-1][0]
