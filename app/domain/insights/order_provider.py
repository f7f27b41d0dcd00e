"""What the online provider holds of one order: its sessions and charge, money sent back and on, disputes, and all it told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from app.domain.aftersales.models import Chargeback
from app.domain.ledger.models import Payee
from app.domain.orders.models import Payment, Refund
from app.domain.provider.models import Charge, CheckoutSession, ProviderAccount, ProviderEvent, Transfer, TransferReversal
from app.domain.settlement.models import Payout


@dataclass(frozen=True, slots=True)
class SentOn:
    """A transfer out of the order's charge, to whom, in which run, and what was taken back of it."""

    transfer: Transfer
    payee: str
    party: str
    account_ref: str
    run_id: UUID
    reversals: Sequence[TransferReversal]


@dataclass(frozen=True, slots=True)
class OnlinePayment:
    payment: Payment
    sessions: Sequence[CheckoutSession]
    charge: Charge | None
    refunds: Sequence[Refund]
    transfers: Sequence[SentOn]
    disputes: Sequence[Chargeback]
    event_count: int


def online_payments(session: Session, *, brand_id: int, order_id: UUID) -> list[OnlinePayment]:
    """Oldest first; payments that no provider ever heard of are left out."""
    payments = session.scalars(select(Payment).where(Payment.brand_id == brand_id, Payment.order_id == order_id).order_by(Payment.opened_at, Payment.id)).all()
    ids = [payment.id for payment in payments]
    sessions = _by_payment(session, CheckoutSession, brand_id, ids, CheckoutSession.attempt)
    charges = _by_payment(session, Charge, brand_id, ids, Charge.id)
    refunds = _by_payment(session, Refund, brand_id, ids, Refund.requested_at)
    disputes = _by_payment(session, Chargeback, brand_id, ids, Chargeback.opened_at)
    sent = _sent_on(session, brand_id, ids)
    count = func.count()
    events = {row[0]: row[1] for row in session.execute(select(ProviderEvent.payment_id, count).where(
        ProviderEvent.brand_id == brand_id, ProviderEvent.payment_id.in_(ids)).group_by(ProviderEvent.payment_id))}
    return [OnlinePayment(one, sessions[one.id], next(iter(charges[one.id]), None), refunds[one.id], sent[one.id], disputes[one.id], events.get(one.id, 0))
            for one in payments if sessions[one.id] or charges[one.id] or events.get(one.id)]


def order_events(*, brand_id: int, order_id: UUID) -> Select[ProviderEvent]:
    """Everything told of the order's payments."""
    of_order = select(Payment.id).where(Payment.brand_id == brand_id, Payment.order_id == order_id)
    return select(ProviderEvent).where(ProviderEvent.brand_id == brand_id, ProviderEvent.payment_id.in_(of_order))


def _by_payment(session: Session, model: Any, brand_id: int, ids: Sequence[UUID], order: Any) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {payment_id: [] for payment_id in ids}
    for row in session.scalars(select(model).where(model.brand_id == brand_id, model.payment_id.in_(ids)).order_by(order, model.id)):
        found[row.payment_id].append(row)
    return found


def _sent_on(session: Session, brand_id: int, ids: Sequence[UUID]) -> dict[UUID, list[SentOn]]:
    rows = session.execute(
        select(Transfer, Payee.name, Payee.party, ProviderAccount.provider_ref, Payout.run_id)
        .join(Payee, and_(Payee.brand_id == Transfer.brand_id, Payee.id == Transfer.payee_id))
        .join(ProviderAccount, and_(ProviderAccount.brand_id == Transfer.brand_id, ProviderAccount.id == Transfer.account_id))
        .join(Payout, and_(Payout.brand_id == Transfer.brand_id, Payout.id == Transfer.payout_id))
        .where(Transfer.brand_id == brand_id, Transfer.payment_id.in_(ids)).order_by(Transfer.created_at, Transfer.id)).all()
    backs: dict[UUID, list[TransferReversal]] = {row[0].id: [] for row in rows}
    for back in session.scalars(select(TransferReversal).where(TransferReversal.brand_id == brand_id, TransferReversal.transfer_id.in_(list(backs)))
                                .order_by(TransferReversal.created_at, TransferReversal.id)):
        backs[back.transfer_id].append(back)
    found: dict[UUID, list[SentOn]] = {payment_id: [] for payment_id in ids}
    for transfer, name, party, account_ref, run_id in rows:
        if transfer.payment_id:
            found[transfer.payment_id].append(SentOn(transfer, name, party, account_ref, run_id, backs[transfer.id]))
    return found
