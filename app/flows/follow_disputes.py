"""A provider tells of a dispute: our chargeback follows what it says now, told in any order and as often as it likes (R12, R18).

An inquiry only asks: nothing was taken, so nothing waits. Once the bank has taken the money the order's money waits; won, it goes on;
lost, the shares give it back as in a refund, and of what had been sent the transfers are reversed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.aftersales.evidence import UNDECIDED
from app.domain.aftersales.models import Chargeback
from app.domain.catalog.ports import Transactions
from app.domain.orders.models import Order, Payment
from app.domain.orders.queries import locked_order
from app.domain.provider.charge_rules import fee_in_order_currency
from app.domain.provider.models import Charge, CheckoutSession
from app.domain.provider.ports import DisputeFacts, OnlineProvider
from app.domain.provider.routing import Told, brand_of, id_of
from app.flows.charge_back import charge_fee, lose_chargeback, tell_chargeback, win_chargeback
from app.flows.pay_online.apply_session import apply_session
from app.kernel.ids import new_id

log = structlog.get_logger()


def apply_dispute(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
    """None if it is about no payment of ours, or about one we do not know to be paid even now."""
    found = provider.read_dispute(ref)
    charge = provider.read_charge(found.charge_ref or found.intent_ref)
    brand_id, payment_id = brand_of(charge.marks), id_of(charge.marks, "payment_id")
    if brand_id is None or payment_id is None:
        return None
    for checkout in _unheard(database, brand_id, payment_id):
        apply_session(database, provider=provider, ref=checkout, now=now)
    with database.transaction(brand_id) as session:
        closed = _follow(session, brand_id, payment_id, provider.name, found, now)
    if closed is None:
        return None
    if closed:
        _look_for_others(database, provider, found, now)
    return Told(brand_id, payment_id)


def _unheard(database: Transactions, brand_id: int, payment_id: UUID) -> list[str]:
    """The bank may be quicker than the word that she has paid: her sessions are looked at first then."""
    with database.transaction(brand_id) as session:
        if session.scalar(select(Charge.id).where(Charge.payment_id == payment_id)) is not None:
            return []
        return list(session.scalars(select(CheckoutSession.provider_ref).where(CheckoutSession.payment_id == payment_id, CheckoutSession.provider_ref != "")))


def _follow(session: Session, brand_id: int, payment_id: UUID, provider: str, found: DisputeFacts, now: datetime) -> bool | None:
    """Whether it was decided just now."""
    payment = session.scalar(select(Payment).where(Payment.id == payment_id))
    if payment is None:
        return None
    order = locked_order(session, brand_id=brand_id, order_id=payment.order_id)
    charge = session.scalar(select(Charge).where(Charge.payment_id == payment_id).with_for_update().execution_options(populate_existing=True))
    if charge is None or found.currency != charge.currency:
        log.warning("a dispute of a payment we have no charge of", ref=found.ref, payment_id=str(payment_id))
        return None
    row = _row(session, order, payment, provider, found, now)
    if row is None:
        log.warning("a second dispute waits until the first is decided", ref=found.ref, order=order.number)
        return False
    was = row.state
    _note(row, found, now)
    _fee(session, order, row, charge, found, now)
    if found.state == "open" and was == "inquiry":
        row.state = "open"
        session.flush()
        tell_chargeback(session, order, row, "chargeback.opened", now)
    if found.state in ("won", "lost") and row.state in UNDECIDED:
        decide = win_chargeback if found.state == "won" else lose_chargeback
        decide(session, brand_id=brand_id, chargeback_id=row.id, told=True, now=now)
    session.flush()
    charge.disputed = _any_open(session, order.id)
    return was in UNDECIDED and row.state not in UNDECIDED


def _row(session: Session, order: Order, payment: Payment, provider: str, found: DisputeFacts, now: datetime) -> Chargeback | None:
    """Ours of it: known by its reference, or booked by hand and followed from here on, or new. None while another one of the order is open."""
    known = session.scalars(select(Chargeback).where(
        Chargeback.order_id == order.id, or_(Chargeback.provider_ref == found.ref, (Chargeback.state == "open") & (Chargeback.payment_id == payment.id)))
        .order_by((Chargeback.provider_ref == found.ref).desc()).execution_options(populate_existing=True)).first()
    if known is not None and (known.provider_ref == found.ref or not known.provider):
        known.provider, known.provider_ref = provider, found.ref
        return known
    if found.state != "inquiry" and _any_open(session, order.id):
        return None
    row = Chargeback(brand_id=order.brand_id, id=new_id(), order_id=order.id, payment_id=payment.id, provider=provider, provider_ref=found.ref,
                     amount_minor=found.amount_minor, reason=found.reason[:200], state="inquiry" if found.state == "inquiry" else "open",
                     opened_by=provider.capitalize(), opened_at=now, answer_by=found.answer_by, evidence={}, attempt=1, fee_minor=0)
    session.add(row)
    session.flush()
    return tell_chargeback(session, order, row, "chargeback.opened", now)


def _note(row: Chargeback, found: DisputeFacts, now: datetime) -> None:
    """What may change while it is undecided."""
    if row.state in UNDECIDED:
        row.amount_minor, row.reason, row.answer_by = found.amount_minor, found.reason[:200], found.answer_by
    if found.answered and row.answered_at is None:
        row.answered_at, row.problem = now, ""


def _fee(session: Session, order: Order, row: Chargeback, charge: Charge, found: DisputeFacts, now: datetime) -> None:
    """In the order's currency, at the rate its payment settled at; while that rate is unknown, nothing is."""
    fee = _in_order_currency(charge, found)
    if fee is None or fee == row.fee_minor:
        return
    if row.state in UNDECIDED:
        row.fee_minor = fee
    else:
        charge_fee(session, order=order, row=row, fee_minor=fee, now=now)


def _in_order_currency(charge: Charge, found: DisputeFacts) -> int | None:
    if not found.fee_currency:
        return None
    if found.fee_currency == charge.currency:
        return max(found.fee_minor, 0)
    if charge.settled_minor is None or charge.settled_currency != found.fee_currency:
        return None
    return fee_in_order_currency(max(found.fee_minor, 0), amount_minor=charge.amount_minor, settled_minor=charge.settled_minor)


def _any_open(session: Session, order_id: UUID) -> bool:
    return session.scalar(select(Chargeback.id).where(Chargeback.order_id == order_id, Chargeback.state == "open").limit(1)) is not None


def _look_for_others(database: Transactions, provider: OnlineProvider, found: DisputeFacts, now: datetime) -> None:
    """One of an order is open at a time: once it is decided, the next that was told of meanwhile has its turn."""
    for other in list(provider.disputes_of(found.intent_ref)):
        if other.ref != found.ref and other.state in UNDECIDED:
            apply_dispute(database, provider=provider, ref=other.ref, now=now)
