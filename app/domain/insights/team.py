"""A guide's team: whom she brought in herself, and what each brought her in a month as referrer (R19). Never a level further down.

The figure is the ledger's: what shoppers have paid for, less what was taken back, in the month in which it was posted, by who holds
the order now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.settlement.statements import MOVES, OWN
from app.kernel.db import gather
from app.kernel.paging import PAGE_SIZE, Page

BROUGHT = """
SELECT o.guide_id, sum(e.amount_minor)::bigint AS minor, count(DISTINCT o.id) FILTER (WHERE e.kind = 'paid')::int AS orders
FROM ledger_entries e JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id JOIN orders o ON o.brand_id = l.brand_id AND o.id = l.order_id
WHERE e.brand_id = %(brand_id)s AND e.payee_id = %(payee)s AND e.role = 'referrer' AND e.phase = ANY(%(own)s) AND e.kind <> ALL(%(moves)s)
  AND e.posted_at >= %(from)s AND e.posted_at < %(to)s GROUP BY 1"""
RECRUITS = f"""
WITH brought AS ({BROUGHT})
SELECT g.id, g.name, g.status, g.joined_at, coalesce(b.orders, 0), coalesce(b.minor, 0), count(*) OVER ()
FROM guides g LEFT JOIN brought b ON b.guide_id = g.id
WHERE g.brand_id = %(brand_id)s AND g.referrer_id = %(guide)s AND g.status <> 'rejected'
ORDER BY coalesce(b.minor, 0) DESC, g.joined_at NULLS LAST, g.id LIMIT {PAGE_SIZE} OFFSET %(skip)s"""  # noqa: S608 (pieces are ours)
TOTAL = f"""
WITH brought AS ({BROUGHT})
SELECT coalesce(sum(b.minor), 0)::bigint, coalesce(sum(b.minor) FILTER (WHERE g.id IS NULL), 0)::bigint
FROM brought b LEFT JOIN guides g ON g.brand_id = %(brand_id)s AND g.id = b.guide_id AND g.referrer_id = %(guide)s"""  # noqa: S608 (constants of the code)


@dataclass(frozen=True, slots=True)
class Recruit:
    id: UUID
    name: str
    status: str
    joined_at: datetime | None
    orders: int
    brought_minor: int


@dataclass(frozen=True, slots=True)
class Team:
    """`total_minor` is the sum of all recruits and of `elsewhere_minor`: orders that went to somebody else after a dispute."""

    page: Page
    total_minor: int
    elsewhere_minor: int


def team(session: Session, *, brand_id: int, guide_id: UUID, payee_id: UUID, from_: datetime, to: datetime, number: int = 1) -> Team:
    """Direct recruits, who brought most first, in [from_, to)."""
    number = max(number, 1)
    values: dict[str, Any] = {"brand_id": brand_id, "guide": guide_id, "payee": payee_id, "from": from_, "to": to, "own": list(OWN), "moves": list(MOVES),
                              "skip": (number - 1) * PAGE_SIZE}
    rows, total = gather(session, (RECRUITS, values), (TOTAL, values))
    return Team(Page([Recruit(*row[:-1]) for row in rows], rows[0][-1] if rows else 0, number), *total[0])
