"""What becomes available when: held money of guides and units by the brand-local day its hold ends (R12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.kernel.db import gather

BY_DAY = """
SELECT (l.hold_until AT TIME ZONE %(timezone)s)::date, count(DISTINCT l.id), sum(e.amount_minor)::bigint
FROM order_lines l JOIN ledger_entries e ON e.brand_id = l.brand_id AND e.order_line_id = l.id AND e.phase = 'held'
WHERE l.brand_id = %(brand_id)s AND l.hold_until > %(after)s AND e.role NOT IN ('brand', 'platform', 'platform_subsidy')
GROUP BY 1 HAVING sum(e.amount_minor) <> 0 ORDER BY 1 LIMIT %(days)s"""

TOTALS = """
SELECT e.phase, sum(e.amount_minor)::bigint FROM ledger_entries e JOIN payees y ON y.brand_id = e.brand_id AND y.id = e.payee_id
WHERE e.brand_id = %(brand_id)s AND y.party IN ('guide', 'org_unit') GROUP BY e.phase"""


@dataclass(frozen=True, slots=True)
class Unlock:
    on: date
    line_count: int
    amount_minor: int


def unlocks(session: Session, *, brand_id: int, timezone: str, after: datetime, days: int = 14) -> list[Unlock]:
    """The next days on which money unlocks."""
    return [Unlock(*row) for row in gather(session, (BY_DAY, {"brand_id": brand_id, "timezone": timezone, "after": after, "days": days}))[0]]


def phase_totals(session: Session, *, brand_id: int) -> dict[str, int]:
    """What guides and units have in each phase, in minor units."""
    return {row[0]: row[1] for row in gather(session, (TOTALS, {"brand_id": brand_id}))[0]}
