"""What an activity sold: paid orders with its price, less what was refunded, inside a scope."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

SOLD = """
WITH sold AS (
  SELECT l.id, l.order_id, l.variant_id, o.state, l.quantity - l.refunded_quantity AS pieces, l.paid_minor - l.refunded_minor AS paid
  FROM order_lines l JOIN orders o ON o.brand_id = l.brand_id AND o.id = l.order_id
  LEFT JOIN org_units s ON s.brand_id = o.brand_id AND s.id = o.store_id
  WHERE l.brand_id = %(brand_id)s AND l.activity_id = %(activity)s AND o.paid_at IS NOT NULL AND o.state NOT IN ('cancelled', 'refunded')
    AND (%(within)s::text IS NULL OR left(s.path, length(%(within)s)) = %(within)s)
), earned AS (
  SELECT e.order_line_id, sum(e.amount_minor) AS amount FROM ledger_entries e
  WHERE e.brand_id = %(brand_id)s AND e.role IN ('guide', 'referrer') AND e.order_line_id IN (SELECT id FROM sold) GROUP BY 1
)
SELECT s.variant_id, count(DISTINCT s.order_id), sum(s.pieces)::bigint, sum(s.paid)::bigint, coalesce(sum(e.amount), 0)::bigint
FROM sold s LEFT JOIN earned e ON e.order_line_id = s.id GROUP BY GROUPING SETS ((), (s.variant_id))"""


@dataclass(frozen=True, slots=True)
class Sold:
    """Orders, pieces kept, what was paid for them and what guides and referrers earn of it, in minor units."""

    orders: int = 0
    pieces: int = 0
    paid_minor: int = 0
    commission_minor: int = 0


def activity_sales(session: Session, *, brand_id: int, activity_id: UUID, within: str | None = None) -> tuple[Sold, dict[UUID, Sold]]:
    """All of it, and by variant."""
    rows = gather(session, (SOLD, {"brand_id": brand_id, "activity": activity_id, "within": within}))[0]
    found = {row[0]: Sold(row[1], row[2] or 0, row[3] or 0, row[4]) for row in rows}
    return found.pop(None, Sold()), found
