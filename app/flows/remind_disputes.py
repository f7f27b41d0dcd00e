"""Three days before the bank stops taking evidence, the brand is told once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.aftersales.evidence import REMIND_BEFORE, UNDECIDED
from app.domain.aftersales.models import Chargeback
from app.domain.orders.models import Order
from app.flows.charge_back import tell_chargeback


def remind_disputes(session: Session, *, brand_id: int, now: datetime) -> int:
    """How many were reminded of. What was handed in, or is too late, is not; a second call finds none."""
    rows = session.execute(
        select(Chargeback, Order).join(Order, (Order.brand_id == Chargeback.brand_id) & (Order.id == Chargeback.order_id))
        .where(Chargeback.state.in_(UNDECIDED), Chargeback.asked_at.is_(None), Chargeback.answered_at.is_(None), Chargeback.reminded_at.is_(None),
               Chargeback.answer_by > now, Chargeback.answer_by <= now + REMIND_BEFORE)
        .order_by(Chargeback.answer_by).with_for_update(of=Chargeback, skip_locked=True)).all()
    for row, order in rows:
        row.reminded_at = now
        tell_chargeback(session, order, row, "chargeback.answer_due", now)
    return len(rows)
