"""The charge behind a payment, and the provider's fee of it: out of what the fee plan says bears it, into what was received."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.models import PlatformFeePlan
from app.domain.catalog.ports import Transactions
from app.domain.ledger.actions import Entry, post
from app.domain.ledger.queries import house_payees
from app.domain.orders.models import Order, Payment
from app.domain.orders.queries import locked_order
from app.domain.provider.charge_rules import fee_in_order_currency
from app.domain.provider.models import Charge
from app.domain.provider.ports import ChargeFacts, OnlineProvider

log = structlog.get_logger()
BATCH = 100


def book_charge(session: Session, *, order: Order, payment: Payment, seen: ChargeFacts, now: datetime) -> Charge:
    """Its row, once; settled amount and fee as soon as the provider has its balance transaction. The order is locked."""
    row = session.scalar(select(Charge).where(Charge.payment_id == payment.id).execution_options(populate_existing=True))
    if row is None:
        row = Charge(brand_id=order.brand_id, payment_id=payment.id, provider=payment.provider, intent_ref=seen.intent_ref, charge_ref=seen.ref,
                     method=seen.method[:30], amount_minor=seen.amount_minor, currency=seen.currency, fee_party=_bearer(session, order),
                     disputed=seen.disputed, charged_at=seen.at)
        session.add(row)
        session.flush()
    if row.settled_minor is None and seen.balance is not None:
        _settle(session, order, row, seen, now)
    return row


def complete_charge(database: Transactions, *, brand_id: int, payment_id: UUID, provider: OnlineProvider, now: datetime) -> bool:
    """Asks once more for what the provider did not know when the money came; whether it is known now."""
    with database.transaction(brand_id) as session:
        ref = session.scalar(select(Charge.charge_ref).where(Charge.payment_id == payment_id, Charge.settled_minor.is_(None)))
    if ref is None:
        return True
    seen = provider.read_charge(ref)
    with database.transaction(brand_id) as session:
        payment = session.scalars(select(Payment).where(Payment.id == payment_id)).one()
        order = locked_order(session, brand_id=brand_id, order_id=payment.order_id)
        return book_charge(session, order=order, payment=payment, seen=seen, now=now).settled_minor is not None


def unsettled_charges(session: Session, *, provider: str) -> Sequence[UUID]:
    """Payments whose charge the provider had not settled yet, oldest first."""
    return session.scalars(select(Charge.payment_id).where(Charge.provider == provider, Charge.settled_minor.is_(None)).order_by(Charge.charged_at)
                           .limit(BATCH)).all()


def _settle(session: Session, order: Order, row: Charge, seen: ChargeFacts, now: datetime) -> None:
    balance = seen.balance
    assert balance is not None
    row.balance_ref, row.settled_minor, row.settled_currency = balance.ref, balance.amount_minor, balance.currency
    row.fee_minor, row.available_on = balance.fee_minor, balance.available_on
    row.fee_order_minor = fee_in_order_currency(balance.fee_minor, amount_minor=row.amount_minor, settled_minor=balance.amount_minor)
    session.flush()
    _charge_fee(session, order, row, now)


def _charge_fee(session: Session, order: Order, row: Charge, now: datetime) -> None:
    """The provider keeps it of what it collected. It is no shopper's, so it stands on no order."""
    if not row.fee_order_minor:
        return
    house = house_payees(session, brand_id=order.brand_id)
    post(session, brand_id=order.brand_id, cause=f"payment:{row.payment_id}:fee", kind="provider_fee", now=now,
         entries=[Entry(house[row.fee_party], "provider_fee", "available", -row.fee_order_minor),
                  Entry(house["clearing"], "provider_fee", "received", row.fee_order_minor)],
         note={"payment_id": str(row.payment_id), "order_id": str(order.id), "order_number": order.number, "fee_minor": row.fee_minor,
               "fee_currency": row.settled_currency})


def _bearer(session: Session, order: Order) -> str:
    """Whom the order's frozen fee plan names; the brand without one."""
    named = session.scalar(select(PlatformFeePlan.provider_fee_party).where(PlatformFeePlan.id == order.platform_fee_plan_id))
    return named or "brand"
