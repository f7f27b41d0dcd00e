"""What people of the brand are told of money: a sale, a refund, a release, a payout. One query says whom and how much, then `notices` keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.notices.actions import Telling, tell
from app.domain.orders.models import Order, Refund
from app.domain.settlement.models import PayoutRun, SettlementRun
from app.kernel.db import gather

SOLD = """
SELECT g.account_id, jsonb_build_object('amount_minor', sum(c.amount_minor)) FROM order_lines l
JOIN commission_lines c ON c.brand_id = l.brand_id AND c.order_line_id = l.id AND c.role = 'guide'
JOIN guides g ON g.brand_id = c.brand_id AND g.payee_id = c.payee_id AND g.account_id IS NOT NULL
WHERE l.brand_id = %(brand_id)s AND l.order_id = %(order_id)s GROUP BY 1"""
REFUNDED = """
SELECT g.account_id, jsonb_build_object('amount_minor', -sum(e.amount_minor)) FROM ledger_transactions t
JOIN ledger_entries e ON e.brand_id = t.brand_id AND e.transaction_id = t.id AND e.role = 'guide'
JOIN guides g ON g.brand_id = e.brand_id AND g.payee_id = e.payee_id AND g.account_id IS NOT NULL
WHERE t.brand_id = %(brand_id)s AND t.cause = %(cause)s GROUP BY 1 HAVING sum(e.amount_minor) <> 0"""
RELEASED = """
SELECT g.account_id, jsonb_build_object('amount_minor', sum(e.amount_minor)) FROM ledger_entries e
JOIN guides g ON g.brand_id = e.brand_id AND g.payee_id = e.payee_id AND g.account_id IS NOT NULL
WHERE e.brand_id = %(brand_id)s AND e.transaction_id = %(transaction_id)s AND e.phase = 'available' GROUP BY 1 HAVING sum(e.amount_minor) <> 0"""
PAYOUTS = """
SELECT g.account_id, jsonb_build_object('payout_id', p.id, 'amount_minor', p.amount_minor - p.tax_withheld_minor, 'reason', p.reason) FROM payouts p
JOIN guides g ON g.brand_id = p.brand_id AND g.payee_id = p.payee_id AND g.account_id IS NOT NULL
WHERE p.brand_id = %(brand_id)s AND p.run_id = %(run_id)s AND p.id = ANY(%(ids)s)"""


def tell_sold(session: Session, *, order: Order, now: datetime) -> None:
    """The guide whose sale it is, once it is paid."""
    about = {"order_id": str(order.id), "number": order.number}
    _tell(session, SOLD, {"brand_id": order.brand_id, "order_id": order.id}, kind="sold", cause=f"order:{order.id}:paid", about=about, now=now)


def tell_refunded(session: Session, *, order: Order, refund: Refund, now: datetime) -> None:
    """Whose commission a refund took a part of."""
    cause = f"refund:{refund.id}"
    _tell(session, REFUNDED, {"brand_id": order.brand_id, "cause": cause}, kind="refunded", cause=cause,
          about={"order_id": str(order.id), "number": order.number}, now=now)


def tell_released(session: Session, *, run: SettlementRun, now: datetime) -> None:
    """Everyone for whom a settlement released something."""
    values = {"brand_id": run.brand_id, "transaction_id": run.transaction_id}
    _tell(session, RELEASED, values, kind="released", cause=f"settlement:{run.id}", about={}, now=now)


def tell_payouts(session: Session, *, run: PayoutRun, payout_ids: Sequence[UUID], kind: str, now: datetime) -> None:
    """`kind` is paid_out or payout_failed; the same payout may fail after it was paid, and is told twice then."""
    values = {"brand_id": run.brand_id, "run_id": run.id, "ids": list(payout_ids)}
    _tell(session, PAYOUTS, values, kind=kind, cause=f"{kind}:{run.id}", about={"number": run.number}, now=now)


def _tell(session: Session, whom: str, values: dict[str, Any], *, kind: str, cause: str, about: dict[str, Any], now: datetime) -> None:
    rows = gather(session, (whom, values))[0]
    tell(session, brand_id=values["brand_id"], kind=kind, cause=cause, to=[Telling(account_id, {**data, **about}) for account_id, data in rows], now=now)
