"""A provider says a payment succeeded or failed; the inbox takes each event once and the order follows (R10, R18)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.fraud.rules import payer_digest
from app.domain.ledger.actions import Entry, move, post
from app.domain.ledger.queries import house_payees
from app.domain.orders.models import Order, Payment, PaymentEvent, Refund
from app.domain.orders.queries import lines_of, locked_order
from app.domain.orders.rules import PLAYED, travels
from app.domain.people.audit import acting
from app.flows.announce import announce
from app.flows.bind_buyer import bind_buyer
from app.flows.credit_sales import credit_paid
from app.flows.hold_sales import ask_for_a_look
from app.flows.pay_online.live_sessions import queue_ending
from app.flows.push_orders import send_back
from app.flows.send_refunds import queue_refund
from app.flows.tell_people import tell_sold
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_id

PAYER = "payer_ref"
"""In an event's payload, the account it was paid from: only its digest is kept."""
PAID = {"estimated": "pending", "expected": "received"}


def apply_payment_event(session: Session, *, brand_id: int, payment_id: UUID, provider: str, event_id: str, outcome: str, amount_minor: int,
                        currency: str, payload: Mapping[str, Any], now: datetime) -> str:
    """Apply one event of a provider; returns the order's state. The same event id again changes nothing.

    Amount, currency and payment are checked before anything is called paid. A failed payment leaves the order open to
    be paid again, by the same payment too. Money that arrives when the order is closed, or paid by another payment,
    goes back whole in the same transaction and changes nothing else of the order.
    """
    payment = session.scalar(select(Payment).where(Payment.id == payment_id))
    if payment is None:
        raise NotFound("payment", payment_id)
    order = locked_order(session, brand_id=brand_id, order_id=payment.order_id)
    session.refresh(payment, with_for_update=True)
    if outcome not in ("succeed", "fail"):
        raise Refused("outcome_unknown", "结果只能是 succeed 或 fail", field="outcome")
    fresh = session.execute(
        insert(PaymentEvent).values(
            brand_id=brand_id, id=new_id(), provider=provider, event_id=event_id, payment_id=payment_id, outcome=outcome,
            payload={name: value for name, value in payload.items() if name != PAYER}, received_at=now,
            applied_at=now).on_conflict_do_nothing().returning(PaymentEvent.id)).first()
    if fresh is None or payment.state == "succeeded":
        return order.state
    if (amount_minor, currency, provider) != (payment.amount_minor, payment.currency, payment.provider):
        raise Refused("payment_mismatch", "付款金额、币种或渠道与订单不符", field="amount")
    if outcome == "fail":
        return _failed(session, order, payment, now)
    payment.state, payment.settled_at, payment.provider_ref = "succeeded", now, event_id[:120]
    payment.payer = payer_digest(brand_id, payload.get(PAYER))
    return _paid(session, order, payment, now) if order.state == "pending_payment" else _give_back(session, order, payment, now)


def _failed(session: Session, order: Order, payment: Payment, now: datetime) -> str:
    """The order stays payable: a new payment takes the failed one's place."""
    if payment.state != "open":
        return order.state
    payment.state, payment.settled_at = "failed", now
    session.add(Payment(order_id=order.id, provider=payment.provider, amount_minor=payment.amount_minor, currency=payment.currency,
                        state="open", opened_at=now, brand_id=order.brand_id))
    return order.state


def _paid(session: Session, order: Order, payment: Payment, now: datetime) -> str:
    order.state, order.paid_at = "paid", now
    session.flush()
    session.execute(update(Payment).where(Payment.order_id == order.id, Payment.state == "open").values(state="expired", settled_at=now))
    if payment.provider != PLAYED:
        queue_ending(session, brand_id=order.brand_id, order_id=UUID(str(order.id)))
    move(session, brand_id=order.brand_id, order_id=order.id, cause=f"order:{order.id}:paid", kind="paid", phases=PAID, now=now)
    lines = lines_of(session, brand_id=order.brand_id, order_id=order.id)
    credit_paid(session, order=order, lines=lines, now=now)
    send_back(session, order=order, lines=lines, now=now)
    bind_buyer(session, order=order, now=now)
    tell_sold(session, order=order, now=now)
    ask_for_a_look(session, order=order)
    announce(session, brand_id=order.brand_id, event="order.paid", payload={"order_id": str(order.id), "number": order.number}, now=now)
    return order.state


def _give_back(session: Session, order: Order, payment: Payment, now: datetime) -> str:
    """The shopper's money came and goes: received against expected, and back. Shares and stock do not move. A provider's is sent by a job."""
    payment.refunded_minor = payment.amount_minor
    if payment.amount_minor == 0:
        session.flush()
        return order.state
    clearing, leaves = house_payees(session, brand_id=order.brand_id)["clearing"], travels(payment.provider, payment.amount_minor)
    refund = Refund(brand_id=order.brand_id, id=new_id(), order_id=order.id, payment_id=payment.id, amount_minor=payment.amount_minor,
                    reason="late_payment", state="pending" if leaves else "succeeded", requested_by=acting(session).name, requested_at=now,
                    settled_at=None if leaves else now)
    session.add(refund)
    session.flush()
    if leaves:
        queue_refund(session, refund=refund)
    for cause, kind, sign in ((f"payment:{payment.id}:late", "late_payment", 1), (f"refund:{refund.id}", "late_refund", -1)):
        post(session, brand_id=order.brand_id, cause=cause, kind=kind, order_id=order.id, now=now,
             note={"refund_id": str(refund.id), "reason": refund.reason},
             entries=[Entry(clearing, "clearing", "received", -sign * payment.amount_minor),
                      Entry(clearing, "clearing", "expected", sign * payment.amount_minor)])
    announce(session, brand_id=order.brand_id, event="order.refunded", now=now,
             payload={"order_id": str(order.id), "number": order.number, "amount": payment.amount_minor, "currency": payment.currency})
    return order.state


def reopen_payment(session: Session, *, brand_id: int, order_id: UUID) -> Payment:
    """The payment a shopper may go to now; NotFound when the order is not waiting for one."""
    payment = session.scalar(select(Payment).join(Order, (Order.id == Payment.order_id) & (Order.brand_id == Payment.brand_id)).where(
        Payment.order_id == order_id, Payment.state == "open", Order.state == "pending_payment").order_by(Payment.id.desc()))
    if payment is None:
        raise NotFound("payment", order_id)
    return payment
