"""HQ or a store sends a parcel: all that is still open, or named lines and quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.aftersales.room import promised
from app.domain.catalog.models import Variant
from app.domain.fulfilment.models import Fulfilment, FulfilmentLine
from app.domain.fulfilment.queries import with_the_flagship
from app.domain.orders.models import OrderLine
from app.domain.orders.queries import lines_of, locked_order
from app.domain.orders.rules import SHIPPABLE, shipped_state
from app.domain.orgs.models import OrgUnit
from app.flows.announce import announce
from app.flows.credit_sales import credit_parcel
from app.flows.fulfil_share import give_to_shipper
from app.flows.push_orders import answered_by_us
from app.kernel.errors import Conflict, NotFound, Refused, msgid
from app.kernel.ids import new_id
from app.kernel.texts import clean

WITH_THE_FLAGSHIP = msgid("这些商品已交给旗舰店发货（%(number)s），要改由自己发，请先撤回推送")


def ship_order(session: Session, *, brand_id: int, order_id: UUID, lines: Sequence[tuple[UUID, int]] | None = None, carrier: str = "",
               tracking_no: str = "", source: str = "flagship", store_id: UUID | None = None, push_id: UUID | None = None, now: datetime) -> Fulfilment:
    """Writes the parcel, takes the goods out of stock and reservation, and moves the order on. Refuses more than may leave now, and
    what a flagship is to send: those parcels it tells us itself (`push_id`), and they have left whatever we had in mind.

    Who ships gets the fulfilling store's part of the shares, and the credit for it (R22).
    """
    if source not in ("flagship", "store"):
        raise Refused("source_unknown", "发货来源只能是旗舰店仓库或门店", field="source")
    if (source == "store") != (store_id is not None):
        raise Refused("store_missing", "门店发货要说明是哪家门店", field="store_id")
    order = locked_order(session, brand_id=brand_id, order_id=order_id)
    if order.state not in SHIPPABLE:
        raise Conflict("not_shippable", "这张订单现在不能发货", state=order.state)
    if store_id is not None and session.scalar(select(OrgUnit.id).where(OrgUnit.id == store_id, OrgUnit.kind == "store")) is None:
        raise NotFound("store", store_id)
    known = {line.id: line for line in lines_of(session, brand_id=brand_id, order_id=order_id)}
    parcel = Fulfilment(brand_id=brand_id, id=new_id(), order_id=order_id, source=source, store_id=store_id, carrier=clean(carrier)[:40],
                        tracking_no=clean(tracking_no)[:60], shipped_at=now, push_id=push_id)
    parts = []
    open_now = _open_now(session, order.brand_id, order_id, known, lines, push_id)
    for line_id, quantity in sorted(_chosen(open_now, lines), key=lambda part: known[part[0]].variant_id):
        parts.append((known[line_id], quantity, wanted(known[line_id]) - known[line_id].shipped_quantity - quantity))
        known[line_id].shipped_quantity += quantity
        parcel.lines.append(FulfilmentLine(brand_id=brand_id, order_line_id=line_id, quantity=quantity))
        _take_from_stock(session, brand_id, known[line_id].variant_id, quantity)
    session.add(parcel)
    order.state = shipped_state([(wanted(line), line.shipped_quantity, line.delivered_quantity) for line in known.values()])
    session.flush()
    give_to_shipper(session, order=order, parcel=parcel, parts=parts, now=now)
    if store_id:
        credit_parcel(session, order=order, parts=[part[:2] for part in parts], store_id=store_id, fulfilment_id=parcel.id, now=now)
    answered_by_us(session, order=order, now=now)
    announce(session, brand_id=brand_id, event="order.shipped", now=now,
             payload={"order_id": str(order_id), "number": order.number, "carrier": parcel.carrier, "tracking_no": parcel.tracking_no})
    return parcel


def wanted(line: OrderLine) -> int:
    """Pieces that will ever be sent: what was refunded before it left is not."""
    return max(line.quantity - line.refunded_quantity, line.shipped_quantity)


def sendable(session: Session, *, brand_id: int, order_id: UUID, lines: Mapping[UUID, OrderLine]) -> dict[UUID, int]:
    """Pieces that may leave now: those a shopper has asked her money back for wait for the answer, and a flagship's are its own to send."""
    asked = promised(session, brand_id=brand_id, order_id=order_id, lines=lines).lines
    theirs = with_the_flagship(session, brand_id=brand_id, order_id=order_id)
    return {line.id: 0 if line.id in theirs else max(wanted(line) - line.shipped_quantity - asked.get(line.id, (0, 0))[0], 0) for line in lines.values()}


def _open_now(session: Session, brand_id: int, order_id: UUID, lines: Mapping[UUID, OrderLine], named: Sequence[tuple[UUID, int]] | None,
              push_id: UUID | None) -> dict[UUID, int]:
    if push_id:
        return {line.id: wanted(line) - line.shipped_quantity for line in lines.values()}
    theirs = with_the_flagship(session, brand_id=brand_id, order_id=order_id, lock=True)
    open_now = sendable(session, brand_id=brand_id, order_id=order_id, lines=lines)
    asked_for = [line_id for line_id, _ in named] if named is not None else [] if any(open_now.values()) else list(theirs)
    if push := next((theirs[line_id] for line_id in asked_for if line_id in theirs), None):
        raise Conflict("with_the_flagship", WITH_THE_FLAGSHIP, number=push.number)
    return open_now


def _chosen(open_now: dict[UUID, int], lines: Sequence[tuple[UUID, int]] | None) -> list[tuple[UUID, int]]:
    if lines is None:
        lines = [(line_id, left) for line_id, left in open_now.items() if left > 0]
    chosen: dict[UUID, int] = {}
    for position, (line_id, quantity) in enumerate(lines):
        if line_id not in open_now:
            raise NotFound("order_line", line_id)
        chosen[line_id] = chosen.get(line_id, 0) + quantity
        if quantity < 1 or chosen[line_id] > open_now[line_id]:
            raise Refused("quantity_invalid", "这一行最多还能发 %(left)d 件", field=f"lines.{position}.quantity", left=open_now[line_id])
    if not chosen:
        raise Refused("lines_missing", "请选择要发的商品", field="lines")
    return list(chosen.items())


def _take_from_stock(session: Session, brand_id: int, variant_id: UUID, quantity: int) -> None:
    session.execute(update(Variant).where(Variant.id == variant_id).values(
        stock=func.greatest(Variant.stock - quantity, 0), reserved=func.greatest(Variant.reserved - quantity, 0)
    ).execution_options(synchronize_session=False))
