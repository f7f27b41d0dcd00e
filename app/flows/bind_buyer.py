"""Who has paid for an order is bound to the guide who won it (R9). Unpaid orders bind nobody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.customers.actions import bind
from app.domain.customers.rules import customer_key
from app.domain.guides.models import Guide
from app.domain.orders.models import Order


def bind_buyer(session: Session, *, order: Order, now: datetime) -> None:
    """As far as the binding that stands gives way. A guide is nobody's customer by her own order."""
    if order.guide_id is None or order.customer_id is None:
        return
    phone = session.scalar(select(Guide.phone).where(Guide.brand_id == order.brand_id, Guide.id == order.guide_id))
    if phone and customer_key(order.brand_id, phone) != order.customer_id:
        bind(session, brand_id=order.brand_id, customer_id=order.customer_id, guide_id=order.guide_id, via="order", now=now)
