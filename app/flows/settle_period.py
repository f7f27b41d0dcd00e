"""What was held long enough becomes available (R12): set-based, repeatable, once per share by a unique key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.people.audit import acting
from app.domain.settlement.models import SettlementRun
from app.flows.tell_people import tell_released
from app.kernel.db import gather
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time

HOUSE = "SELECT y.id FROM payees y WHERE y.brand_id = %(brand_id)s AND y.party NOT IN ('guide', 'org_unit')"
FREE = """NOT EXISTS (SELECT FROM after_sale_lines a WHERE a.brand_id = l.brand_id AND a.order_line_id = l.id AND a.open)
    AND NOT EXISTS (SELECT FROM chargebacks c WHERE c.brand_id = l.brand_id AND c.order_id = l.order_id AND c.state = 'open')
    AND NOT EXISTS (SELECT FROM sale_holds h WHERE h.brand_id = l.brand_id AND h.order_id = l.order_id AND h.state IN ('open', 'appealed'))"""
"""An open after-sale freezes its lines, an open chargeback or a hold its whole order (R12)."""

HELD = """
SELECT o.id AS order_id, e.order_line_id, e.payee_id, e.role, sum(e.amount_minor) AS amount
FROM orders o JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id
JOIN ledger_entries e ON e.brand_id = l.brand_id AND e.order_line_id = l.id AND e.phase = 'held'
WHERE o.brand_id = %(brand_id)s AND l.brand_id = %(brand_id)s AND e.brand_id = %(brand_id)s
  AND o.state NOT IN ('completed', 'cancelled', 'refunded') AND l.hold_until <= %(as_of)s"""
"""An order that is completed or refunded to the last fen holds nothing any more: history is not read again every hour."""

SHARES = "GROUP BY 1, 2, 3, 4 HAVING sum(e.amount_minor) <> 0"

RELEASE = f"""
WITH due AS MATERIALIZED ({HELD} AND {FREE} {SHARES} ORDER BY order_line_id), posted AS (
  INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, order_line_id, posted_at)
  SELECT %(brand_id)s, gen_random_uuid(), %(transaction_id)s, payee_id, role, side.phase, 'released', side.sign * amount, order_line_id, %(now)s
  FROM due CROSS JOIN (VALUES ('held', -1), ('available', 1)) AS side(phase, sign)
), completed AS (
  UPDATE orders o SET state = 'completed' WHERE o.brand_id = %(brand_id)s AND o.state = 'delivered'
    AND NOT EXISTS (SELECT FROM order_lines l WHERE l.brand_id = o.brand_id AND l.order_id = o.id
                    AND (l.hold_until IS NULL OR l.hold_until > %(as_of)s OR NOT ({FREE})))
  RETURNING o.id
), shipping AS MATERIALIZED (
  SELECT c.id AS order_id, e.payee_id, e.role, sum(e.amount_minor) AS amount, gen_random_uuid() AS transaction_id
  FROM completed c JOIN ledger_transactions t ON t.brand_id = %(brand_id)s AND t.order_id = c.id
  JOIN ledger_entries e ON e.brand_id = t.brand_id AND e.transaction_id = t.id AND e.phase = 'held' AND e.order_line_id IS NULL
  WHERE EXISTS (SELECT FROM payments p JOIN charges h ON h.brand_id = p.brand_id AND h.payment_id = p.id
                WHERE p.brand_id = %(brand_id)s AND p.order_id = c.id)
  GROUP BY 1, 2, 3 HAVING sum(e.amount_minor) <> 0
), opened AS (
  INSERT INTO ledger_transactions (brand_id, id, cause, kind, order_id, posted_at)
  SELECT %(brand_id)s, transaction_id, format('order:%%s:shipping', order_id), 'released', order_id, %(now)s FROM shipping
), shipped AS (
  INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, posted_at)
  SELECT %(brand_id)s, gen_random_uuid(), transaction_id, payee_id, role, side.phase, 'released', side.sign * amount, %(now)s
  FROM shipping CROSS JOIN (VALUES ('held', -1), ('available', 1)) AS side(phase, sign)
)
SELECT count(DISTINCT order_line_id), coalesce(sum(amount) FILTER (WHERE payee_id NOT IN ({HOUSE})), 0)::bigint FROM due"""  # noqa: S608 (constants of the code)
"""Releases in the order of lines, as the indexes stand, so that a million shares take no longer than a bare insert (bench).

Completes the orders that are received, their last after-sale window over and nothing in dispute: in the same statement, so
that what is completed is what was released. What a shopper paid for shipping through the provider is the brand's then, and paid
out to it; at the till the brand has it already.
"""

LOCK = f"""
WITH locked AS (
  SELECT o.id FROM orders o WHERE o.brand_id = %(brand_id)s AND o.id IN (SELECT order_id FROM ({HELD} {SHARES}) held) ORDER BY o.id FOR NO KEY UPDATE)
SELECT count(*) FROM locked"""  # noqa: S608 (constants of the code)
"""A refund that is reversing held money this moment comes first; only then is what is held and what is frozen read. Frozen
orders are locked too: what freezes them may end before that."""

OPEN = """INSERT INTO ledger_transactions (brand_id, id, cause, kind, posted_at)
VALUES (%(brand_id)s, %(transaction_id)s, %(cause)s, 'released', %(now)s)"""

DUE = f"""
SELECT count(DISTINCT order_line_id), coalesce(sum(amount) FILTER (WHERE payee_id NOT IN ({HOUSE})), 0)::bigint
FROM ({HELD} AND {FREE} {SHARES}) due"""  # noqa: S608 (constants of the code)

KEPT = f"""
SELECT CASE WHEN EXISTS (SELECT FROM after_sale_lines a WHERE a.brand_id = %(brand_id)s AND a.order_line_id = k.order_line_id AND a.open) THEN 'after_sale'
  WHEN EXISTS (SELECT FROM chargebacks c WHERE c.brand_id = %(brand_id)s AND c.order_id = k.order_id AND c.state = 'open') THEN 'chargeback'
  ELSE 'hold' END, count(DISTINCT k.order_line_id), coalesce(sum(k.amount) FILTER (WHERE k.payee_id NOT IN ({HOUSE})), 0)::bigint
FROM ({HELD} AND NOT ({FREE}) {SHARES}) k GROUP BY 1 ORDER BY 1"""  # noqa: S608 (constants of the code)


def settle(session: Session, *, brand_id: int, as_of: datetime, now: datetime) -> SettlementRun:
    """Releases every line whose hold period ended at `as_of` and completes the orders whose lines all did.

    `released_minor` counts guides and org units only. Running it again releases only what has become due since.
    """
    one_at_a_time(session, f"settle:{brand_id}")
    number = (session.scalar(select(func.max(SettlementRun.number))) or 0) + 1
    run = SettlementRun(brand_id=brand_id, id=new_id(), number=number, as_of=as_of, ran_at=now, run_by=acting(session).name)
    transaction_id = new_id()
    names = {"brand_id": brand_id, "transaction_id": transaction_id, "as_of": as_of, "now": now, "cause": f"settlement:{run.id}"}
    *_, counted = gather(session, (LOCK, names), (OPEN, names), (RELEASE, names))
    run.line_count, run.released_minor = counted[0]
    run.transaction_id = transaction_id
    session.add(run)
    session.flush()
    tell_released(session, run=run, now=now)
    return run


def due(session: Session, *, brand_id: int, as_of: datetime) -> tuple[int, int]:
    """(lines, minor units) a settlement at `as_of` would release."""
    lines, amount = gather(session, (DUE, {"brand_id": brand_id, "as_of": as_of}))[0][0]
    return int(lines), int(amount)


def kept_back(session: Session, *, brand_id: int, as_of: datetime) -> dict[str, tuple[int, int]]:
    """What freezes them (after_sale, chargeback, hold) → (lines, minor units) whose time is over and which a settlement leaves out."""
    rows = gather(session, (KEPT, {"brand_id": brand_id, "as_of": as_of}))[0]
    return {why: (lines, amount) for why, lines, amount in rows}
