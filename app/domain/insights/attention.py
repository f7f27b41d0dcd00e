"""What waits for a person: facts in one round trip, inside a scope (`within`: an org path, None for the whole brand)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

SYNC = """
SELECT r.id, s.name, count(*) FILTER (WHERE i.outcome = 'conflict'), count(*) FILTER (WHERE i.outcome = 'failed')
FROM (SELECT DISTINCT ON (source_id) id, source_id FROM sync_runs WHERE brand_id = %(brand_id)s AND state NOT IN ('queued', 'running', 'undone')
      ORDER BY source_id, number DESC) r
JOIN flagship_sources s ON s.brand_id = %(brand_id)s AND s.id = r.source_id AND s.status = 'active'
JOIN sync_items i ON i.brand_id = %(brand_id)s AND i.run_id = r.id AND i.outcome IN ('conflict', 'failed')
GROUP BY r.id, s.name"""
SCOPED = """
SELECT
  (SELECT count(*) FROM guides g JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
   WHERE g.brand_id = %(brand_id)s AND g.status = 'pending' AND (%(within)s::text IS NULL OR left(s.path, length(%(within)s)) = %(within)s)),
  (SELECT count(*) FROM orders o LEFT JOIN org_units s ON s.brand_id = o.brand_id AND s.id = o.store_id
   WHERE o.brand_id = %(brand_id)s AND o.state IN ('paid', 'partly_shipped') AND (%(within)s::text IS NULL OR left(s.path, length(%(within)s)) = %(within)s)
   AND EXISTS (SELECT FROM order_lines l WHERE l.brand_id = o.brand_id AND l.order_id = o.id AND l.quantity - l.refunded_quantity > l.shipped_quantity
     AND NOT EXISTS (SELECT FROM order_push_lines t JOIN order_pushes p ON p.brand_id = t.brand_id AND p.id = t.push_id
       WHERE t.brand_id = l.brand_id AND t.order_line_id = l.id AND t.shipped_quantity < t.quantity
       AND p.state NOT IN ('declined', 'cancelled', 'delivered'))))"""
LOCKED_OUT = """SELECT id, name FROM flagship_sources WHERE brand_id = %(brand_id)s AND status = 'active' AND authorisation_ended_at IS NOT NULL
ORDER BY created_at, id"""
PAYOUT = "SELECT id, number, amount_minor, state, drafted_by_id FROM payout_runs WHERE brand_id = %(brand_id)s AND state IN ('draft', 'approved')"
ASKED = "SELECT count(*), coalesce(sum(amount_minor), 0)::bigint FROM withdrawals WHERE brand_id = %(brand_id)s AND state = 'requested'"
RECONCILED = """SELECT id, number, exception_count FROM reconciliation_runs WHERE brand_id = %(brand_id)s ORDER BY number DESC LIMIT 1"""
UNVERIFIED = "SELECT count(*) FROM payees WHERE brand_id = %(brand_id)s AND bank_sealed IS NOT NULL AND bank_verified_at IS NULL AND status = 'active'"


@dataclass(frozen=True, slots=True)
class OpenRun:
    id: UUID
    number: int
    amount_minor: int
    state: str
    drafted_by_id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """`sync` is (run, source, conflicts, failures) of each source's latest run; `reconciled` (run, number, mismatches) of the newest
    reconciliation, where it found any; `locked_out` are sources whose permission has ended; `withdrawals` (how many, minor units) are
    asked for and in no run; `orders_to_ship` have something that no flagship is to send."""

    sync: list[tuple[UUID, str, int, int]]
    pending_guides: int
    orders_to_ship: int
    open_run: OpenRun | None
    unverified_payees: int
    reconciled: tuple[UUID, int, int] | None
    withdrawals: tuple[int, int]
    locked_out: list[tuple[UUID, str]]


def waiting(session: Session, *, brand_id: int, within: str | None = None) -> Waiting:
    asked = {"brand_id": brand_id, "within": within}
    questions = (SYNC, SCOPED, PAYOUT, UNVERIFIED, RECONCILED, ASKED, LOCKED_OUT)
    sync, scoped, runs, unverified, reconciled, withdrawals, locked_out = gather(session, *((sql, asked) for sql in questions))
    wrong = [(row[0], row[1], row[2]) for row in reconciled if row[2]]
    return Waiting([(row[0], row[1], row[2], row[3]) for row in sync], scoped[0][0], scoped[0][1], OpenRun(*runs[0]) if runs else None, unverified[0][0],
                   wrong[0] if wrong else None, (withdrawals[0][0], withdrawals[0][1]), [(row[0], row[1]) for row in locked_out])
