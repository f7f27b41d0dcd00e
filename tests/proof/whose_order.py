"""Steps of the money machine by which an order changes hands: disputes of guides, and sales that are held."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.fraud.actions import keep_look
from app.domain.fraud.models import SaleHold
from app.domain.guides.models import Guide
from app.domain.orders.models import AttributionDispute, Order
from app.domain.orders.queries import locked_order
from app.flows.dispute_attribution import open_dispute
from app.flows.hold_sales import appeal_hold, hold_watched, uphold_hold
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession


def disputed(session: BrandSession, *, brand_id: int, order_id: UUID, guide_id: UUID, now: datetime) -> AttributionDispute:
    order, guide = session.get_one(Order, (brand_id, order_id)), session.get_one(Guide, (brand_id, guide_id))
    return open_dispute(session, brand_id=brand_id, guide=guide, number=order.number, phone_tail=order.contact["phone"][-4:], evidence="我带她看的", now=now)


def held(session: BrandSession, *, brand_id: int, order_id: UUID, now: datetime) -> SaleHold:
    """As a look that only watched, and a person who then held it."""
    order = locked_order(session, brand_id=brand_id, order_id=order_id)
    if order.guide_id is None or order.paid_at is None or session.scalar(select(SaleHold.id).where(SaleHold.order_id == order_id)):
        raise Refused("nothing", "没有")
    hold = keep_look(session, brand_id=brand_id, known=None, order_id=order_id, guide_id=order.guide_id, store_id=order.store_id, state="watched", signals=[],
                     amount_minor=1, now=now)
    return hold_watched(session, brand_id=brand_id, hold_id=hold.id, now=now)


def upheld(session: BrandSession, *, brand_id: int, hold_id: UUID, now: datetime) -> None:
    """She answered, and was not believed."""
    guide = session.get_one(Guide, (brand_id, session.get_one(SaleHold, (brand_id, hold_id)).guide_id))
    appeal_hold(session, brand_id=brand_id, guide=guide, hold_id=hold_id, text="顾客自己下的单", now=now)
    uphold_hold(session, brand_id=brand_id, hold_id=hold_id, note="同事本人", now=now)
