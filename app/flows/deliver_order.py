"""The shopper receives a parcel: commission goes on hold until receipt + after-sale window (R12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.aftersales.queries import exchange_parcels
from app.domain.brands.models import Brand, BrandSettings
from app.domain.fulfilment.models import Fulfilment
from app.domain.ledger.actions import move
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.queries import lines_of, locked_order
from app.domain.orders.rules import shipped_state
from app.flows.announce import announce
from app.flows.fulfil_share import give_to_brand
from app.flows.ship_order import wanted
from app.kernel.clock import end_of_day_after
from app.kernel.errors import Conflict, NotFound

HELD = {"pending": "held"}


def deliver_order(session: Session, *, brand_id: int, order_id: UUID, fulfilment_id: UUID | None = None, now: datetime) -> Order:
    """Marks one parcel, or all of the order's, as received. A line is received when its last piece is.

    A parcel of goods in exchange is received too, but the order has been before: no hold period begins again.
    """
    order = locked_order(session, brand_id=brand_id, order_id=order_id)
    parcels = _parcels(session, order_id, fulfilment_id)
    lines = {line.id: line for line in lines_of(session, brand_id=brand_id, order_id=order_id)}
    for parcel in parcels:
        parcel.delivered_at = now
    exchanged = exchange_parcels(session, brand_id=brand_id, order_id=order_id)
    parts = [part for parcel in parcels if parcel.id not in exchanged for part in parcel.lines]
    for part in parts:
        lines[part.order_line_id].delivered_quantity += part.quantity
    if parts:
        take_stock(session, order=order, lines=list(lines.values()), now=now)
    announce(session, brand_id=brand_id, event="order.delivered", payload={"order_id": str(order_id), "number": order.number}, now=now)
    return order


def take_stock(session: Session, *, order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """The order's state follows what was sent and received; money of lines that are complete goes on hold.

    Called when a parcel is received, and when a refund leaves nothing more to be sent. With the last line complete,
    what is left (shipping) is the brand's.
    """
    if order.state == "refunded":
        return
    order.state = shipped_state([(wanted(line), line.shipped_quantity, line.delivered_quantity) for line in lines])
    complete = order.state == "delivered"
    hold(session, brand_id=order.brand_id, order=order, now=now, lines=[
        line for line in lines if line.received_at is None and wanted(line) <= line.delivered_quantity and (complete or wanted(line))])
    if complete:
        order.delivered_at = now
        close_books(session, order=order, now=now)


def close_books(session: Session, *, order: Order, now: datetime) -> None:
    """Nothing more will be sent or refunded unsent: what is still pending (shipping) is the brand's."""
    session.flush()
    move(session, brand_id=order.brand_id, order_id=order.id, cause=f"order:{order.id}:delivered", kind="received",
         phases={"pending": "available"}, line_ids=None, now=now)


def hold(session: Session, *, brand_id: int, order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """Each received line's money is held until the local midnight after the brand's after-sale days."""
    if not lines:
        return
    days = session.scalars(select(BrandSettings.after_sale_days)).one()
    timezone = session.scalars(select(Brand.timezone).where(Brand.id == brand_id)).one()
    for line in lines:
        line.received_at, line.hold_until = now, end_of_day_after(now, days, timezone)
    session.flush()
    give_to_brand(session, order=order, line_ids=[line.id for line in lines], now=now)
    for line in lines:
        move(session, brand_id=brand_id, order_id=order.id, cause=f"line:{line.id}:received", kind="received", phases=HELD, line_ids=[line.id], now=now)


def _parcels(session: Session, order_id: UUID, fulfilment_id: UUID | None) -> list[Fulfilment]:
    statement = select(Fulfilment).where(Fulfilment.order_id == order_id)
    if fulfilment_id:
        statement = statement.where(Fulfilment.id == fulfilment_id)
    parcels = list(session.scalars(statement))
    if not parcels:
        if fulfilment_id:
            raise NotFound("fulfilment", fulfilment_id)
        raise Conflict("not_shipped", "还没有发货，不能签收")
    waiting = [parcel for parcel in parcels if parcel.delivered_at is None]
    if not waiting:
        raise Conflict("already_delivered", "已经签收过了")
    return waiting
