"""Sales of a period and of the one before, by day, and how far guides have come: one round trip, inside a scope.

A sale counts on the day it was placed, once it is paid. Periods are half-open brand-local days (R33).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.ledger.queries import OWED as OWED_PHASES
from app.domain.sharing.touch_log import SEEN
from app.kernel.db import gather

OPENS, CLOSES = 10, 22
"""Shop hours on the brand's clock; what is sold outside them is 'after closing'."""

INSIDE = "(%(within)s::text IS NULL OR left(s.path, length(%(within)s)) = %(within)s)"
PERIODS = f"""
SELECT o.placed_at >= %(from)s, coalesce(sum(o.total_minor), 0)::bigint, count(*), count(DISTINCT o.guide_id),
  count(*) FILTER (WHERE NOT extract(hour FROM o.placed_at AT TIME ZONE %(timezone)s) BETWEEN {OPENS} AND {CLOSES - 1})
FROM orders o LEFT JOIN org_units s ON s.brand_id = o.brand_id AND s.id = o.store_id
WHERE o.brand_id = %(brand_id)s AND o.paid_at IS NOT NULL AND o.placed_at >= %(before)s AND o.placed_at < %(to)s AND {INSIDE} GROUP BY 1"""  # noqa: S608 (pieces are ours)
REFUNDED = f"""
SELECT r.requested_at >= %(from)s, coalesce(sum(r.amount_minor), 0)::bigint FROM refunds r
JOIN orders o ON o.brand_id = r.brand_id AND o.id = r.order_id LEFT JOIN org_units s ON s.brand_id = o.brand_id AND s.id = o.store_id
WHERE r.brand_id = %(brand_id)s AND r.requested_at >= %(before)s AND r.requested_at < %(to)s AND {INSIDE} GROUP BY 1"""  # noqa: S608 (pieces are ours)
BY_DAY = f"""
SELECT (o.placed_at AT TIME ZONE %(timezone)s)::date,
  coalesce(sum(o.total_minor) FILTER (WHERE extract(hour FROM o.placed_at AT TIME ZONE %(timezone)s) BETWEEN {OPENS} AND {CLOSES - 1}), 0)::bigint,
  coalesce(sum(o.total_minor) FILTER (WHERE NOT extract(hour FROM o.placed_at AT TIME ZONE %(timezone)s) BETWEEN {OPENS} AND {CLOSES - 1}), 0)::bigint
FROM orders o LEFT JOIN org_units s ON s.brand_id = o.brand_id AND s.id = o.store_id
WHERE o.brand_id = %(brand_id)s AND o.paid_at IS NOT NULL AND o.placed_at >= %(chart_from)s AND o.placed_at < %(to)s AND {INSIDE} GROUP BY 1"""  # noqa: S608 (pieces are ours)
OWED = f"""
SELECT coalesce(sum(e.amount_minor), 0)::bigint, coalesce(sum(e.amount_minor) FILTER (WHERE e.phase = 'available'), 0)::bigint
FROM ledger_entries e JOIN payees y ON y.brand_id = e.brand_id AND y.id = e.payee_id AND y.party = 'guide'
JOIN guides g ON g.brand_id = y.brand_id AND g.payee_id = y.id JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
WHERE e.brand_id = %(brand_id)s AND e.phase = ANY(%(owed)s) AND {INSIDE}"""  # noqa: S608 (pieces are ours)
FUNNEL = f"""
SELECT count(*), count(*) FILTER (WHERE g.status <> 'pending' AND a.password_hash <> '' OR l.links > 0 OR o.sold),
  count(*) FILTER (WHERE l.links > 0 OR o.sold),
  count(*) FILTER (WHERE l.touched OR o.sold),
  count(*) FILTER (WHERE o.sold), count(*) FILTER (WHERE g.status = 'active')
FROM guides g JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
LEFT JOIN accounts a ON a.brand_id = g.brand_id AND a.id = g.account_id
LEFT JOIN LATERAL (SELECT count(*) AS links, bool_or(EXISTS (SELECT FROM {SEEN} t WHERE t.brand_id = k.brand_id AND t.share_link_id = k.id AND NOT t.bot))
  AS touched FROM share_links k WHERE k.brand_id = g.brand_id AND k.guide_id = g.id) l ON true
LEFT JOIN LATERAL (SELECT true AS sold FROM orders x WHERE x.brand_id = g.brand_id AND x.guide_id = g.id AND x.paid_at IS NOT NULL LIMIT 1) o ON true
WHERE g.brand_id = %(brand_id)s AND g.status IN ('pending', 'active', 'suspended') AND {INSIDE}"""  # noqa: S608 (pieces are ours)


@dataclass(frozen=True, slots=True)
class Period:
    """Amounts in minor units."""

    sales_minor: int = 0
    orders: int = 0
    selling_guides: int = 0
    after_hours: int = 0
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True)
class Sales:
    """`days` maps a local day to (in shop hours, after closing); `funnel` is invited, joined, shared, clicked, sold;
    who came further counts on every step before."""

    now: Period
    before: Period
    days: dict[date, tuple[int, int]]
    owed_minor: int
    available_minor: int
    funnel: tuple[int, ...]
    active_guides: int


def sales(session: Session, *, brand_id: int, timezone: str, before: datetime, from_: datetime, to: datetime, chart_from: datetime,
          within: str | None = None) -> Sales:
    """The period [from_, to), the one before it [before, from_), days from `chart_from`."""
    asked: dict[str, Any] = {"brand_id": brand_id, "timezone": timezone, "before": before, "from": from_, "to": to, "chart_from": chart_from, "within": within,
                             "owed": OWED_PHASES}
    sold, refunded, days, owed, funnel = gather(session, *((sql, asked) for sql in (PERIODS, REFUNDED, BY_DAY, OWED, FUNNEL)))
    by_time, back = {row[0]: row[1:] for row in sold}, {row[0]: row[1] for row in refunded}
    now, earlier = (Period(*(*by_time.get(late, (0, 0, 0, 0)), back.get(late, 0))) for late in (True, False))
    return Sales(now, earlier, {row[0]: (row[1], row[2]) for row in days}, owed[0][0], owed[0][1], tuple(funnel[0][:5]), funnel[0][5])
