"""Orders whose shopper has been through the provider's page while the money has not been told yet, or does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from app.domain.orders.models import Order, Payment

from .models import CheckoutSession

RECENT = timedelta(days=14)
MISFIT = "mismatch: "
"""How the problem of a session begins whose money does not fit."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Money at the provider that is not what our payment asks for; somebody looks at it there."""

    order_id: UUID
    number: str
    problem: str


def awaiting_word(session: Session, *, brand_id: int, order_ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Orders she may have paid for and need not pay again; True where what came does not fit and no further word will come."""
    rows = session.execute(
        select(Payment.order_id, CheckoutSession.problem).join(CheckoutSession, _of_payment())
        .where(Payment.order_id.in_(order_ids), Payment.state == "open", CheckoutSession.state == "complete")) if order_ids else ()
    return {order_id: problem.startswith(MISFIT) for order_id, problem in rows}


def misfits(session: Session, *, brand_id: int, now: datetime) -> list[Misfit]:
    """Of the last two weeks, newest first."""
    rows = session.execute(
        select(Order.id, Order.number, CheckoutSession.problem).select_from(CheckoutSession).join(Payment, _of_payment())
        .join(Order, and_(Order.brand_id == Payment.brand_id, Order.id == Payment.order_id))
        .where(CheckoutSession.problem.startswith(MISFIT), CheckoutSession.created_at > now - RECENT).order_by(CheckoutSession.created_at.desc()).limit(20))
    return [Misfit(UUID(str(order_id)), number, problem) for order_id, number, problem in rows]


def last_session(session: Session, *, payment_id: UUID, ref: str = "") -> CheckoutSession | None:
    """The payment's session of that reference, else its newest one that is known to the provider."""
    known = select(CheckoutSession).where(CheckoutSession.payment_id == payment_id, CheckoutSession.provider_ref != "")
    return session.scalar(known.order_by((CheckoutSession.provider_ref == ref).desc(), CheckoutSession.attempt.desc()).limit(1)
                          .execution_options(populate_existing=True))


def _of_payment() -> ColumnElement[bool]:
    return and_(CheckoutSession.brand_id == Payment.brand_id, CheckoutSession.payment_id == Payment.id)
