"""Sessions that may still bring money, as orders that are paid or called off see them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.domain.orders.models import Order, Payment
from app.domain.provider.models import CheckoutSession
from app.kernel.queue import defer

LIVE = ("due", "open")
PATIENCE = timedelta(hours=2)
"""How long an order nobody has paid in time waits for a provider that does not answer, or for a payment it does not know of yet."""
JOB = "end_session"


def queue_ending(session: Session, *, brand_id: int, order_id: UUID) -> None:
    """The order is over, or paid otherwise: its live sessions are ended by a job."""
    live = select(CheckoutSession.id).join(Payment, and_(Payment.brand_id == CheckoutSession.brand_id, Payment.id == CheckoutSession.payment_id))
    for row_id in session.scalars(live.where(Payment.order_id == order_id, CheckoutSession.state.in_(LIVE))):
        defer(session, JOB, brand_id=brand_id, session_id=str(row_id))


def may_be_cancelled(now: datetime) -> ColumnElement[bool]:
    """Of an order that was not paid in time: no session of it may still bring money, or one did not tell for too long."""
    waits = exists().where(
        Payment.brand_id == Order.brand_id, Payment.order_id == Order.id, Payment.state == "open", CheckoutSession.brand_id == Payment.brand_id,
        CheckoutSession.payment_id == Payment.id, CheckoutSession.state.in_((*LIVE, "complete")))
    return or_(~waits, Order.pay_by < now - PATIENCE)
