"""How far each guide is in a challenge: sales of hers that stand, in the order in which they were paid.

An order counts when it was paid inside the challenge's days, is neither called off nor given back whole, no bank took it back, and it
is not held as suspicious; of sales, goods count as paid (R6: without shipping) less what was given back. The goal is reached with the
payment that completes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.challenges.models import Challenge
from app.domain.challenges.rules import Standing
from app.kernel.clock import day_start
from app.kernel.db import gather


@dataclass(frozen=True, slots=True)
class NamedStanding:
    standing: Standing
    name: str
    store_name: str


_SOLD = """
WITH sold AS (
  SELECT o.guide_id, o.paid_at, o.id, (SELECT sum(l.paid_minor) FROM order_lines l WHERE l.brand_id = o.brand_id AND l.order_id = o.id)
    - (SELECT coalesce(sum(b.amount_minor), 0) FROM refund_lines b JOIN refunds r ON r.brand_id = b.brand_id AND r.id = b.refund_id
       WHERE r.brand_id = o.brand_id AND r.order_id = o.id) AS stands
  FROM orders o WHERE o.brand_id = %(brand_id)s AND o.guide_id IS NOT NULL AND o.paid_at >= %(from)s AND o.paid_at < %(to)s
    AND o.state NOT IN ('cancelled', 'refunded') AND (%(guide)s::uuid IS NULL OR o.guide_id = %(guide)s) AND NOT EXISTS (
      SELECT FROM chargebacks c WHERE c.brand_id = o.brand_id AND c.order_id = o.id AND c.state <> 'won') AND NOT EXISTS (
      SELECT FROM sale_holds h WHERE h.brand_id = o.brand_id AND h.order_id = o.id AND h.state IN ('open', 'appealed', 'upheld'))
), run AS (
  SELECT guide_id, paid_at, CASE %(kind)s WHEN 'orders' THEN count(*) OVER w ELSE sum(stands) OVER w END AS so_far FROM sold WHERE stands > 0
  WINDOW w AS (PARTITION BY guide_id ORDER BY paid_at, id)
)
SELECT g.id, g.name, s.name, coalesce(max(r.so_far), 0)::bigint, min(r.paid_at) FILTER (WHERE r.so_far >= %(goal)s)
FROM guides g JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
JOIN run r ON r.guide_id = g.id LEFT JOIN org_units u ON u.brand_id = g.brand_id AND u.id = %(unit)s
WHERE g.brand_id = %(brand_id)s AND (u.id IS NULL OR left(s.path, length(u.path)) = u.path)
GROUP BY g.id, g.name, s.name ORDER BY 5 NULLS LAST, 4 DESC, g.id"""


def standings(session: Session, *, brand_id: int, challenge: Challenge, timezone: str, guide_id: UUID | None = None) -> Sequence[NamedStanding]:
    """Of everybody who sold, or of one guide: who reached the goal first stands first, then who is nearest."""
    first, last = day_start(challenge.from_day, timezone), day_start(challenge.to_day + timedelta(days=1), timezone)
    values: dict[str, UUID | datetime | str | int | None] = {
        "brand_id": brand_id, "from": first, "to": last, "kind": challenge.goal_kind, "goal": challenge.goal, "unit": challenge.org_unit_id, "guide": guide_id}
    return [NamedStanding(Standing(row[0], row[3], row[4]), row[1], row[2]) for row in gather(session, (_SOLD, values))[0]]
