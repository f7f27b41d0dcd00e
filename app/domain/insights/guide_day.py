"""A guide's day and months in figures: what she reads first when she opens the app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.commission.holders import HOLDER
from app.domain.settlement.statements import kinds_of
from app.domain.sharing.touch_log import SEEN
from app.kernel.db import gather


@dataclass(frozen=True, slots=True)
class GuideDay:
    """Between two moments: orders she earns from, what they are estimated to pay her, and who opened her links.

    `unpaid` and `unsent` count her orders of any day that wait for the shopper's money or for a parcel; `pay_by` is the
    next moment an unpaid one is called off.
    """

    orders: int
    estimated_minor: int
    visitors: int
    unpaid: int
    pay_by: datetime | None
    unsent: int


_EARNED = f"""
SELECT count(DISTINCT o.id), coalesce(sum(c.amount_minor), 0)::bigint
FROM orders o JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id
JOIN commission_lines c ON c.brand_id = l.brand_id AND c.order_line_id = l.id AND {HOLDER} = %(payee)s
WHERE o.brand_id = %(brand)s AND o.placed_at >= %(from)s AND o.placed_at < %(to)s AND o.state <> 'cancelled'"""  # noqa: S608 (pieces are ours)
_VISITED = f"""
SELECT count(DISTINCT t.visitor) FROM share_links s JOIN {SEEN} t ON t.brand_id = s.brand_id AND t.share_link_id = s.id
WHERE s.brand_id = %(brand)s AND s.guide_id = %(guide)s AND t.at >= %(from)s AND t.at < %(to)s AND NOT t.bot"""  # noqa: S608 (the log's own text)
_WAITING = """
SELECT count(*) FILTER (WHERE state = 'pending_payment' AND pay_by > %(now)s),
       min(pay_by) FILTER (WHERE state = 'pending_payment' AND pay_by > %(now)s), count(*) FILTER (WHERE state = 'paid')
FROM orders WHERE brand_id = %(brand)s AND guide_id = %(guide)s AND state IN ('pending_payment', 'paid')"""


def guide_day(session: Session, *, brand_id: int, guide_id: UUID, payee_id: UUID, from_: datetime, to: datetime, now: datetime) -> GuideDay:
    """The figures of [from_, to) and what waits now, in one round trip."""
    values = {"brand": brand_id, "guide": guide_id, "payee": payee_id, "from": from_, "to": to, "now": now}
    earned, visited, waiting = gather(session, (_EARNED, values), (_VISITED, values), (_WAITING, values))
    return GuideDay(earned[0][0], earned[0][1], visited[0][0], waiting[0][0], waiting[0][1], waiting[0][2])


@dataclass(frozen=True, slots=True)
class PayeeMonth:
    """What a brand-local month brought to and took from a payee's available balance, in minor units; `paid` is what was asked for
    or put into payouts."""

    month: date
    earned_minor: int
    reversed_minor: int
    paid_minor: int
    lines: int


_MONTHS = """
SELECT date_trunc('month', posted_at AT TIME ZONE %(timezone)s)::date,
       coalesce(sum(amount_minor) FILTER (WHERE kind <> ALL(%(taken)s) AND kind <> ALL(%(leaving)s)), 0)::bigint,
       coalesce(sum(amount_minor) FILTER (WHERE kind = ANY(%(taken)s)), 0)::bigint,
       coalesce(sum(amount_minor) FILTER (WHERE kind = ANY(%(leaving)s)), 0)::bigint, count(*)
FROM ledger_entries WHERE brand_id = %(brand)s AND payee_id = %(payee)s AND phase = 'available'
GROUP BY 1 ORDER BY 1 DESC LIMIT 36"""


def payee_months(session: Session, *, brand_id: int, payee_id: UUID, timezone: str) -> Sequence[PayeeMonth]:
    """Months in which something moved, newest first, at most three years."""
    rows = gather(session, (_MONTHS, {"brand": brand_id, "payee": payee_id, "timezone": timezone, "taken": kinds_of("reversed", "fees"),
                                     "leaving": kinds_of("requested", "paid")}))[0]
    return [PayeeMonth(*row) for row in rows]
