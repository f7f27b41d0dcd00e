"""Payees that owe: who, since when, what for, and which earnings have covered what was taken back (R14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather
from app.kernel.paging import PAGE_SIZE, Page

from .netting import CLAWBACKS, netted

SORTS = {"-owed": "available, name", "owed": "available DESC, name", "name": "name", "since": "since, name"}

OWING = """
WITH owing AS (
  SELECT y.id, y.name, coalesce(u.kind, y.party) AS kind, coalesce(s.name, u.code, '') AS place, b.available, b.since, b.waiting, w.id AS write_off_id
  FROM payees y
  JOIN (SELECT payee_id, sum(amount_minor) FILTER (WHERE phase = 'available')::bigint AS available,
               max(posted_at) FILTER (WHERE phase = 'available' AND kind = ANY(%(clawbacks)s)) AS since,
               sum(amount_minor) FILTER (WHERE phase IN ('pending', 'held'))::bigint AS waiting
        FROM ledger_entries WHERE brand_id = %(brand_id)s GROUP BY payee_id) b ON b.payee_id = y.id AND b.available < 0
  LEFT JOIN guides g ON g.brand_id = y.brand_id AND g.payee_id = y.id
  LEFT JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
  LEFT JOIN org_units u ON u.brand_id = y.brand_id AND u.payee_id = y.id
  LEFT JOIN write_offs w ON w.brand_id = y.brand_id AND w.payee_id = y.id AND w.state = 'requested'
  WHERE y.brand_id = %(brand_id)s AND y.party IN ('guide', 'org_unit')
)
SELECT *, count(*) OVER (), sum(available) OVER ()::bigint FROM owing
WHERE %(q)s = '' OR strpos(lower(name || ' ' || place), lower(%(q)s)) > 0
"""

ENTRIES = """
SELECT e.id, e.kind, e.amount_minor, e.posted_at, o.number, l.title
FROM ledger_entries e JOIN ledger_transactions t ON t.brand_id = e.brand_id AND t.id = e.transaction_id
LEFT JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id
LEFT JOIN orders o ON o.brand_id = l.brand_id AND o.id = l.order_id
WHERE e.brand_id = %(brand_id)s AND e.payee_id = %(payee_id)s AND e.phase = 'available'
  AND EXISTS (SELECT FROM ledger_entries c WHERE c.brand_id = e.brand_id AND c.payee_id = e.payee_id AND c.phase = 'available' AND c.kind = ANY(%(clawbacks)s))
ORDER BY e.posted_at, t.id, o.number, l.position, e.id"""


@dataclass(frozen=True, slots=True)
class Owing:
    """`available` is negative; `since` the latest clawback; `waiting` what is still pending or held for the payee."""

    id: UUID
    name: str
    kind: str
    place: str
    available: int
    since: datetime | None
    waiting: int | None
    write_off_id: UUID | None

    @property
    def owed_minor(self) -> int:
        return -self.available


def owing_page(session: Session, *, brand_id: int, q: str = "", sort: str = "-owed", number: int = 1) -> tuple[Page, int]:
    """Payees with a negative balance, and what they owe together in minor units."""
    number = max(number, 1)
    sql = f"{OWING} ORDER BY {SORTS.get(sort, SORTS['-owed'])}, id LIMIT {PAGE_SIZE} OFFSET %(offset)s"
    rows = gather(session, (sql, {"brand_id": brand_id, "q": q, "clawbacks": list(CLAWBACKS), "offset": (number - 1) * PAGE_SIZE}))[0]
    if not rows and number > 1:
        return owing_page(session, brand_id=brand_id, q=q, sort=sort)
    return Page([Owing(*row[:-2]) for row in rows], rows[0][-2] if rows else 0, number), -rows[0][-1] if rows else 0


@dataclass(frozen=True, slots=True)
class Moved:
    """One entry on a payee's available balance, as a person knows it."""

    at: datetime
    kind: str
    amount_minor: int
    order_number: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Debt:
    """A clawback, what has covered it so far (amounts are the covered parts), and what of it is still owed."""

    taken: Moved
    covered: Sequence[Moved]
    left_minor: int

    def touches(self, from_: datetime, to: datetime) -> bool:
        """Taken or covered in [from_, to), or still owed then."""
        return any(from_ <= moved.at < to for moved in (self.taken, *self.covered)) or (self.left_minor > 0 and self.taken.at < to)


def debts_of(session: Session, *, brand_id: int, payee_id: UUID, most: int = 50) -> list[Debt]:
    """A payee's clawbacks from the available balance, newest first, each with the earnings that it was netted from."""
    rows = gather(session, (ENTRIES, {"brand_id": brand_id, "payee_id": payee_id, "clawbacks": list(CLAWBACKS)}))[0]
    known = {row[0]: Moved(row[3], row[1], row[2], row[4], row[5]) for row in rows}
    pairs, left = netted((row[0], row[1], row[2]) for row in rows)
    covered: dict[UUID, list[Moved]] = {}
    for pair in pairs:
        covered.setdefault(pair.debt, []).append(replace(known[pair.credit], amount_minor=pair.amount_minor))
    taken = [key for key, moved in known.items() if moved.kind in CLAWBACKS and moved.amount_minor < 0]
    return [Debt(known[key], covered.get(key, ()), left.get(key, 0)) for key in reversed(taken[-most:])]
