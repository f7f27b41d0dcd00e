"""What became of a session at the provider, applied to our payment: the success page, the webhook and the sweep all run this (R10, R18).

The current object is read, never what somebody told of it. Nothing is called paid before marks, amount and currency are our payment's.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.orders.models import Order, Payment
from app.domain.orders.queries import locked_order
from app.domain.provider.charge_rules import misfit
from app.domain.provider.models import CheckoutSession
from app.domain.provider.ports import ChargeFacts, CheckoutFacts, OnlineProvider
from app.domain.provider.routing import Told, brand_of, id_of
from app.domain.provider.waiting import MISFIT
from app.flows.pay_online.booking import book_charge
from app.flows.pay_online.live_sessions import LIVE
from app.flows.pay_order import apply_payment_event

log = structlog.get_logger()


def apply_session(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
    """None if the session is not ours. Twice, at once from two sides or long afterwards leads to the same end."""
    return apply_facts(database, provider=provider, seen=provider.read_checkout(ref), now=now)


def apply_facts(database: Transactions, *, provider: OnlineProvider, seen: CheckoutFacts, now: datetime) -> Told | None:
    brand_id = brand_of(seen.marks)
    if brand_id is None:
        return None
    with database.transaction(brand_id) as session:
        row = _row(session, provider.name, seen)
        if row is None:
            return None
        payment = session.scalars(select(Payment).where(Payment.id == row.payment_id)).one()
        order = locked_order(session, brand_id=brand_id, order_id=payment.order_id)
        session.refresh(row, with_for_update=True)
        session.refresh(payment)
        _apply(session, order, payment, row, seen, now)
        return Told(brand_id, UUID(str(payment.id)))


def _row(session: Session, provider: str, seen: CheckoutFacts) -> CheckoutSession | None:
    """By its reference; one whose answer we never heard by the marks we gave it."""
    known = session.scalar(select(CheckoutSession).where(CheckoutSession.provider == provider, CheckoutSession.provider_ref == seen.ref))
    attempt = seen.marks.get("attempt", "")
    if known is not None or not (attempt.isascii() and attempt.isdigit() and len(attempt) < 6):
        return known
    return session.scalar(select(CheckoutSession).where(
        CheckoutSession.provider == provider, CheckoutSession.payment_id == id_of(seen.marks, "payment_id"), CheckoutSession.attempt == int(attempt)))


def _apply(session: Session, order: Order, payment: Payment, row: CheckoutSession, seen: CheckoutFacts, now: datetime) -> None:
    if row.provider_ref not in ("", seen.ref):
        _mismatch(row, seen, f"session {seen.ref[:80]} bears the marks of another")
        return
    row.provider_ref = seen.ref
    if seen.state == "open":
        if row.state == "due":
            row.state, row.url = "open", seen.url
    elif seen.state == "expired":
        row.state, row.url = "expired" if row.state in LIVE else row.state, ""
    else:
        row.state, row.url = "complete", ""
        _completed(session, order, payment, row, seen, now)


def _completed(session: Session, order: Order, payment: Payment, row: CheckoutSession, seen: CheckoutFacts, now: datetime) -> None:
    """Complete is not paid: some methods tell hours later, and then yes or no."""
    if seen.paid and seen.charge is not None:
        if wrong := misfit(seen, payment_id=UUID(str(payment.id)), amount_minor=payment.amount_minor, currency=payment.currency):
            _mismatch(row, seen, wrong)
        else:
            _paid(session, order, payment, row, seen, seen.charge, now)
    elif seen.failed:
        _tell(session, payment, seen, "fail", {"session": seen.ref, "intent": seen.intent_ref}, now)


def _paid(session: Session, order: Order, payment: Payment, row: CheckoutSession, seen: CheckoutFacts, charge: ChargeFacts, now: datetime) -> None:
    _tell(session, payment, seen, "succeed", {"session": seen.ref, "intent": seen.intent_ref, "charge": charge.ref, "method": charge.method,
                                              "payer_ref": charge.payer}, now)
    if book_charge(session, order=order, payment=payment, seen=charge, now=now).charge_ref != charge.ref:
        _mismatch(row, seen, f"charge {charge.ref[:80]} pays what another has paid")


def _tell(session: Session, payment: Payment, seen: CheckoutFacts, outcome: str, payload: dict[str, str], now: datetime) -> None:
    event = f"{seen.ref}:{'paid' if outcome == 'succeed' else 'failed'}"
    apply_payment_event(session, brand_id=payment.brand_id, payment_id=UUID(str(payment.id)), provider=payment.provider, event_id=event, outcome=outcome,
                        amount_minor=seen.amount_minor, currency=seen.currency, payload=payload, now=now)


def _mismatch(row: CheckoutSession, seen: CheckoutFacts, wrong: str) -> None:
    """Headquarters sees it and somebody looks; the order waits, nothing is shipped."""
    row.problem = f"{MISFIT}{wrong}"[:200]
    log.error("a checkout session does not fit its payment", session=seen.ref, payment_id=str(row.payment_id), wrong=wrong)
