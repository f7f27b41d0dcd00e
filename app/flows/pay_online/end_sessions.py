"""A session ends with its order's reserved stock: nobody is left standing at a cashier for goods that are gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.orders.models import Order, Payment
from app.domain.orders.queries import locked_order
from app.domain.provider.models import CheckoutSession
from app.domain.provider.ports import Declined, Later, OnlineProvider, ProviderProblem
from app.flows.pay_online.apply_session import apply_facts, apply_session
from app.flows.pay_online.live_sessions import LIVE

log = structlog.get_logger()
BATCH = 200


def end_session(database: Transactions, *, brand_id: int, session_id: UUID, provider: OnlineProvider, now: datetime) -> None:
    """Ended at the provider; what was paid in it meanwhile is applied. Raises what the provider raises, but for what it declines."""
    with database.transaction(brand_id) as session:
        row = session.scalar(select(CheckoutSession).where(CheckoutSession.id == session_id, CheckoutSession.provider == provider.name))
        if row is None or row.state not in LIVE or _never_left(session, row):
            return
    try:
        seen = provider.expire_checkout(row.provider_ref)
    except Declined:
        apply_session(database, provider=provider, ref=row.provider_ref, now=now)
    else:
        apply_facts(database, provider=provider, seen=seen, now=now)


def _never_left(session: Session, row: CheckoutSession) -> bool:
    """One whose answer never came: nobody was given its address, so it may simply lapse."""
    order_id = session.scalars(select(Payment.order_id).where(Payment.id == row.payment_id)).one()
    locked_order(session, brand_id=row.brand_id, order_id=order_id)
    session.refresh(row, with_for_update=True)
    if row.state == "due":
        row.state = "expired"
    return row.state != "open"


def end_overdue(database: Transactions, *, brand_id: int, provider: OnlineProvider, now: datetime) -> None:
    """Before unpaid orders are cancelled: their sessions end, what was paid at the last moment counts. Who does not answer is asked again later."""
    with database.transaction(brand_id) as session:
        rows = _overdue(session, provider.name, now)
    for row in rows:
        try:
            if row.state == "complete":
                apply_session(database, provider=provider, ref=row.provider_ref, now=now)
            else:
                end_session(database, brand_id=brand_id, session_id=UUID(str(row.id)), provider=provider, now=now)
        except ProviderProblem as problem:
            log.warning("a session could not be ended yet", session=row.provider_ref, code=problem.code)
            if isinstance(problem, Later):
                return


def _overdue(session: Session, provider: str, now: datetime) -> Sequence[CheckoutSession]:
    """Of orders not paid in time, those the provider may still be paid in, and those it was and does not know yet."""
    return session.scalars(
        select(CheckoutSession).join(Payment, and_(Payment.brand_id == CheckoutSession.brand_id, Payment.id == CheckoutSession.payment_id))
        .join(Order, and_(Order.brand_id == Payment.brand_id, Order.id == Payment.order_id))
        .where(CheckoutSession.provider == provider, CheckoutSession.state.in_((*LIVE, "complete")), Payment.state == "open",
               Order.state == "pending_payment", Order.pay_by < now)
        .order_by(Order.pay_by).limit(BATCH)).all()
