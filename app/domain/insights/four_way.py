"""Orders, payments, ledger and payouts held against each other: four totals of a period, and whatever does not match (R34).

Orders are those that moved in the half-open period: placed, paid, sent, refunded, booked, or due to be released. Each is
compared as a whole, as it stands now. Payouts are those of runs drafted or executed in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.settlement.statements import OWN
from app.kernel.db import gather

MOST = 10_000
"""Exceptions kept of one run; where there are more, something fundamental is wrong and these say what."""
GRACE = timedelta(hours=1)
"""For what is done a moment later by a job: closing unpaid orders, applying a provider's event."""
REFUND_DAYS, RELEASE_DAYS, BANK_DAYS = 3, 2, 5

MOVED = """
moved AS MATERIALIZED (
  SELECT order_id AS id FROM ledger_transactions WHERE brand_id = %(brand_id)s AND posted_at >= %(from)s AND posted_at < %(to)s AND order_id IS NOT NULL
  UNION SELECT id FROM orders WHERE brand_id = %(brand_id)s AND placed_at >= %(from)s AND placed_at < %(to)s
  UNION SELECT order_id FROM payments WHERE brand_id = %(brand_id)s
    AND (opened_at >= %(from)s AND opened_at < %(to)s OR settled_at >= %(from)s AND settled_at < %(to)s)
  UNION SELECT order_id FROM refunds WHERE brand_id = %(brand_id)s AND requested_at >= %(from)s AND requested_at < %(to)s
  UNION SELECT order_id FROM fulfilments WHERE brand_id = %(brand_id)s AND shipped_at >= %(from)s AND shipped_at < %(to)s
  UNION SELECT order_id FROM order_lines WHERE brand_id = %(brand_id)s AND hold_until >= %(from)s AND hold_until < %(to)s
)"""
FACTS = f"""{MOVED}, goods AS (
  SELECT l.order_id, sum(l.refunded_minor)::bigint AS refunded, sum(l.shipped_quantity) AS sent
  FROM moved m JOIN order_lines l ON l.brand_id = %(brand_id)s AND l.order_id = m.id GROUP BY 1
), money AS (
  SELECT p.order_id, coalesce(sum(p.amount_minor) FILTER (WHERE p.state = 'succeeded'), 0)::bigint AS came,
    coalesce(sum(p.amount_minor - p.refunded_minor) FILTER (WHERE p.state = 'succeeded'), 0)::bigint AS kept,
    count(*) FILTER (WHERE p.state = 'succeeded' AND p.refunded_minor < p.amount_minor) AS kept_count
  FROM moved m JOIN payments p ON p.brand_id = %(brand_id)s AND p.order_id = m.id GROUP BY 1
), given AS (
  SELECT r.order_id, coalesce(sum(r.amount_minor) FILTER (WHERE t.id IS NULL), 0)::bigint AS unposted
  FROM moved m JOIN refunds r ON r.brand_id = %(brand_id)s AND r.order_id = m.id
  LEFT JOIN ledger_transactions t ON t.brand_id = r.brand_id AND t.cause = 'refund:' || r.id GROUP BY 1
), booked AS (
  SELECT t.order_id, coalesce(-sum(e.amount_minor) FILTER (WHERE e.phase = 'received'), 0)::bigint AS received,
    coalesce(sum(e.amount_minor) FILTER (WHERE e.phase = ANY(%(own)s)), 0)::bigint AS shared
  FROM moved m JOIN ledger_transactions t ON t.brand_id = %(brand_id)s AND t.order_id = m.id
  JOIN ledger_entries e ON e.brand_id = t.brand_id AND e.transaction_id = t.id GROUP BY 1
), facts AS MATERIALIZED (
  SELECT o.id, o.number, o.state, o.total_minor AS total, o.state NOT IN ('pending_payment', 'cancelled') AS sold, o.pay_by,
    CASE WHEN o.state IN ('pending_payment', 'cancelled') THEN 0 ELSE o.total_minor - coalesce(g.refunded, 0) - o.shipping_refunded_minor END AS owed,
    coalesce(g.sent, 0) AS sent, coalesce(p.came, 0) AS came, coalesce(p.kept, 0) AS kept, coalesce(p.kept_count, 0) AS kept_count,
    coalesce(r.unposted, 0) AS unposted, coalesce(b.received, 0) AS received, coalesce(b.shared, 0) AS shared
  FROM moved m JOIN orders o ON o.brand_id = %(brand_id)s AND o.id = m.id
  LEFT JOIN goods g ON g.order_id = o.id LEFT JOIN money p ON p.order_id = o.id LEFT JOIN given r ON r.order_id = o.id
  LEFT JOIN booked b ON b.order_id = o.id
)"""  # noqa: S608 (pieces are ours)
LINES = """
lines AS MATERIALIZED (
  SELECT l.id, l.order_id, l.base_minor - div(2::numeric * l.base_minor * r.so_far + r.whole, 2 * r.whole)::bigint AS should, s.stands, s.off,
    EXISTS (SELECT FROM ledger_entries e JOIN payout_entries x ON x.brand_id = e.brand_id AND x.entry_id = e.id
            JOIN payouts p ON p.brand_id = x.brand_id AND p.id = x.payout_id AND p.state = 'paid'
            WHERE e.brand_id = l.brand_id AND e.order_line_id = l.id AND e.amount_minor > 0) AS paid_out
  FROM facts f JOIN order_lines l ON l.brand_id = %(brand_id)s AND l.order_id = f.id
  CROSS JOIN LATERAL (SELECT CASE WHEN l.paid_minor > 0 THEN l.paid_minor ELSE l.quantity END AS whole,
                             CASE WHEN l.paid_minor > 0 THEN l.refunded_minor ELSE l.refunded_quantity END AS so_far) r
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(a.stands), 0)::bigint AS stands,
      coalesce(bool_or(abs(a.stands - c.amount_minor + div(2::numeric * c.amount_minor * r.so_far + r.whole, 2 * r.whole)) > n.shares), false) AS off
    FROM (SELECT role, sum(amount_minor) AS stands FROM ledger_entries e WHERE e.brand_id = l.brand_id AND e.order_line_id = l.id
            AND right(e.role, 8) <> '_subsidy' GROUP BY role) a
    JOIN (SELECT role, sum(amount_minor) AS amount_minor FROM commission_lines c WHERE c.brand_id = l.brand_id AND c.order_line_id = l.id
          GROUP BY role) c ON c.role = a.role
    CROSS JOIN (SELECT count(*) AS shares FROM commission_lines c WHERE c.brand_id = l.brand_id AND c.order_line_id = l.id) n
  ) s
  WHERE f.sold AND f.unposted = 0 AND (l.refunded_minor > 0 OR l.refunded_quantity > 0)
)"""
"""Lines of which something was given back: what should be left of their base (R11), what stands, and whether a share is off by
more than rounding explains."""
PAYOUTS = """
claims AS MATERIALIZED (
  SELECT p.id, p.run_id, p.payee_id, p.state, p.method, p.amount_minor AS amount, coalesce(p.paid_at, r.executed_at) AS at, p.confirmed_at, n.name,
    r.number, (SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM payout_entries x JOIN ledger_entries e ON e.brand_id = x.brand_id AND e.id = x.entry_id
     WHERE x.brand_id = p.brand_id AND x.payout_id = p.id) AS claimed,
    (SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM ledger_transactions t JOIN ledger_entries e ON e.brand_id = t.brand_id AND e.transaction_id = t.id
     WHERE t.brand_id = p.brand_id AND t.cause IN ('payout:' || p.id || ':done', 'payout_run:' || p.run_id || ':executed')
       AND e.payee_id = p.payee_id AND e.phase IN ('paid', 'withheld')) AS booked
  FROM payout_runs r JOIN payouts p ON p.brand_id = r.brand_id AND p.run_id = r.id AND p.state NOT IN ('left_out', 'cancelled')
  JOIN payees n ON n.brand_id = p.brand_id AND n.id = p.payee_id
  WHERE r.brand_id = %(brand_id)s AND (r.drafted_at >= %(from)s AND r.drafted_at < %(to)s OR r.executed_at >= %(from)s AND r.executed_at < %(to)s)
)"""
ORDER_KINDS = {
    "shipped_unpaid": "SELECT id, total, came, number, NULL FROM facts WHERE sent > 0 AND came = 0 AND total > 0",
    "order_unpaid": "SELECT id, total, came, number, NULL FROM facts WHERE sold AND sent = 0 AND came = 0 AND total > 0",
    "paid_twice": "SELECT id, owed, kept, number, NULL FROM facts WHERE kept_count > 1",
    "payment_without_order": "SELECT id, 0, kept, number, state FROM facts WHERE NOT sold AND kept > 0 AND kept_count = 1",
    "order_vs_payment": "SELECT id, owed, kept, number, NULL FROM facts WHERE sold AND came > 0 AND kept_count <= 1 AND owed <> kept",
    "refund_not_posted": """
        SELECT f.id, r.amount_minor, 0, f.number, r.id::text FROM facts f
        JOIN refunds r ON r.brand_id = %(brand_id)s AND r.order_id = f.id
        WHERE NOT EXISTS (SELECT FROM ledger_transactions t WHERE t.brand_id = r.brand_id AND t.cause = 'refund:' || r.id)""",
    "refund_stuck": """
        SELECT f.id, r.amount_minor, 0, f.number, r.state FROM facts f
        JOIN refunds r ON r.brand_id = %(brand_id)s AND r.order_id = f.id AND (r.state = 'failed' OR r.state = 'pending' AND r.requested_at < %(refund)s)""",
    "ledger_vs_payment": "SELECT id, kept, received, number, NULL FROM facts WHERE received - unposted <> kept",
    "shares_vs_ledger": "SELECT id, received, shared, number, NULL FROM facts WHERE received <> shared",
    "share_not_reversed": """
        SELECT f.id, sum(l.should)::bigint, sum(l.stands)::bigint, f.number, NULL FROM lines l JOIN facts f ON f.id = l.order_id
        WHERE (l.stands <> l.should OR l.off) AND NOT l.paid_out GROUP BY f.id, f.number""",
    "no_clawback": """
        SELECT f.id, sum(l.should)::bigint, sum(l.stands)::bigint, f.number, NULL FROM lines l JOIN facts f ON f.id = l.order_id
        WHERE (l.stands <> l.should OR l.off) AND l.paid_out GROUP BY f.id, f.number""",
    "not_held": """
        SELECT f.id, 0, sum(e.amount_minor)::bigint, f.number, NULL FROM facts f
        JOIN order_lines l ON l.brand_id = %(brand_id)s AND l.order_id = f.id AND l.received_at IS NOT NULL
        JOIN ledger_entries e ON e.brand_id = l.brand_id AND e.order_line_id = l.id AND e.phase = 'pending'
        GROUP BY f.id, f.number HAVING sum(e.amount_minor) <> 0""",
    "not_released": """
        SELECT f.id, 0, sum(e.amount_minor)::bigint, f.number, NULL FROM facts f
        JOIN order_lines l ON l.brand_id = %(brand_id)s AND l.order_id = f.id AND l.hold_until < %(release)s
        JOIN ledger_entries e ON e.brand_id = l.brand_id AND e.order_line_id = l.id AND e.phase = 'held'
        WHERE NOT EXISTS (SELECT FROM after_sale_lines a WHERE a.brand_id = l.brand_id AND a.order_line_id = l.id AND a.open)
          AND NOT EXISTS (SELECT FROM chargebacks c WHERE c.brand_id = l.brand_id AND c.order_id = l.order_id AND c.state = 'open')
          AND NOT EXISTS (SELECT FROM sale_holds h WHERE h.brand_id = l.brand_id AND h.order_id = l.order_id AND h.state IN ('open', 'appealed'))
        GROUP BY f.id, f.number HAVING sum(e.amount_minor) <> 0""",
    "stale_payment": """
        SELECT f.id, 0, p.amount_minor, f.number, f.state FROM facts f
        JOIN payments p ON p.brand_id = %(brand_id)s AND p.order_id = f.id AND p.state = 'open'
        WHERE f.state <> 'pending_payment' OR f.pay_by < %(grace)s""",
    "event_not_applied": """
        SELECT f.id, p.amount_minor, 0, f.number, e.event_id FROM facts f
        JOIN payments p ON p.brand_id = %(brand_id)s AND p.order_id = f.id
        JOIN payment_events e ON e.brand_id = p.brand_id AND e.payment_id = p.id AND e.applied_at IS NULL AND e.received_at < %(grace)s""",
}
PAYOUT_KINDS = {
    "payout_vs_entries": """
        SELECT id, claimed, amount, name, number::text FROM claims WHERE state IN ('draft', 'approved', 'sent', 'paid') AND claimed <> amount""",
    "entry_twice": """
        SELECT p.id, 0, sum(e.amount_minor)::bigint, p.name, p.number::text FROM claims p
        JOIN payout_entries x ON x.brand_id = %(brand_id)s AND x.payout_id = p.id JOIN ledger_entries e ON e.brand_id = x.brand_id AND e.id = x.entry_id
        WHERE EXISTS (SELECT FROM payout_entries y WHERE y.brand_id = x.brand_id AND y.entry_id = x.entry_id AND y.id <> x.id)
        GROUP BY p.id, p.name, p.number""",
    "payout_not_booked": "SELECT id, amount, booked, name, number::text FROM claims WHERE state = 'paid' AND booked <> amount",
    "failed_still_claims": "SELECT id, 0, claimed, name, number::text FROM claims WHERE state = 'failed' AND claimed <> 0",
    "not_confirmed": """
        SELECT id, amount, 0, name, number::text FROM claims
        WHERE confirmed_at IS NULL AND (state = 'sent' OR state = 'paid' AND method = 'bank') AND at < %(bank)s""",
}
"""What can be wrong: (order or payout, what it should be, what it is, the order's number or the payee, more)."""
KINDS = (*ORDER_KINDS, *PAYOUT_KINDS)


def _every(kinds: dict[str, str], ids: str) -> list[str]:
    return [f"SELECT '{kind}', {ids}, a.should, a.found, a.name, a.more FROM ({sql}) AS a(id, should, found, name, more)"  # noqa: S608 (pieces are ours)
            for kind, sql in kinds.items()]


FOUND = (f"WITH {FACTS}, {LINES}, {PAYOUTS} " + " UNION ALL ".join([*_every(ORDER_KINDS, "a.id, NULL::uuid"), *_every(PAYOUT_KINDS, "NULL::uuid, a.id")])
         + f" LIMIT {MOST}")
TOTALS = f"""WITH {FACTS}, {PAYOUTS}
SELECT count(*), coalesce(sum(owed), 0)::bigint, coalesce(sum(kept), 0)::bigint, coalesce(sum(received), 0)::bigint, coalesce(sum(shared), 0)::bigint,
  (SELECT count(*) FROM claims WHERE state <> 'failed'), (SELECT coalesce(sum(claimed), 0)::bigint FROM claims WHERE state <> 'failed'),
  (SELECT coalesce(sum(amount), 0)::bigint FROM claims WHERE state <> 'failed'),
  (SELECT coalesce(sum(amount), 0)::bigint FROM claims WHERE state = 'paid'), (SELECT coalesce(sum(booked), 0)::bigint FROM claims WHERE state = 'paid')
FROM facts"""  # noqa: S608 (constants of the code)


@dataclass(frozen=True, slots=True)
class FourWay:
    """Minor units. Orders: what shoppers owe net of refunds; payments: what came and stayed; ledger: what it received; shares:
    what all parties have of it. Payouts: the entries they claim, what they say, and, of those paid, what the ledger booked."""

    order_count: int
    orders: int
    payments: int
    ledger: int
    shares: int
    payout_count: int
    claimed: int
    payouts: int
    paid: int
    booked: int


@dataclass(frozen=True, slots=True)
class Mismatch:
    """`name` is the order's number or the payee; `more` says the state, event, refund or payout run."""

    kind: str
    order_id: UUID | None
    payout_id: UUID | None
    expected_minor: int
    actual_minor: int
    name: str
    more: str | None


def four_way(session: Session, *, brand_id: int, from_: datetime, to: datetime, now: datetime) -> tuple[FourWay, list[Mismatch]]:
    """The totals and what does not match, in one round trip."""
    asked: dict[str, Any] = {
        "brand_id": brand_id, "from": from_, "to": to, "own": list(OWN), "grace": now - GRACE, "refund": now - timedelta(days=REFUND_DAYS),
        "release": now - timedelta(days=RELEASE_DAYS), "bank": now - timedelta(days=BANK_DAYS)}
    totals, found = gather(session, (TOTALS, asked), (FOUND, asked))
    return FourWay(*totals[0]), [Mismatch(*row) for row in found]
