"""/orders: read, ship, deliver, cancel, refund."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.orders.models import Order, Refund
from app.flows.cancel_order import cancel_order
from app.flows.deliver_order import deliver_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.ship_order import ship_order
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .operations import Rows
from .order_facts import with_parts
from .order_shapes import Cancel, Deliver, FulfilmentOut, OrderOut, OrderQuery, RefundAskIn, RefundOut, Ship
from .rows import contains, found, listed
from .v1 import v1

TAG: dict[str, Any] = {"tag": "orders"}


def shown(id: object, *, fresh: bool = False) -> dict[str, Any]:
    return with_parts([found(Order, id, fresh=fresh)])[0]


@v1.get("/orders", listed=OrderOut, query=OrderQuery, scope="orders:read", summary="Orders", **TAG)
def list_orders(query: dict[str, Any]) -> Rows:
    statement = select(Order)
    if query["q"]:
        statement = statement.where(Order.number.like(contains(query["q"])[1:]))
    if query["placed_from"]:
        statement = statement.where(Order.placed_at >= query["placed_from"])
    if query["placed_to"]:
        statement = statement.where(Order.placed_at < query["placed_to"])
    page = listed(statement, Order, query, "state", "guide_id", "store_id")
    return Rows(with_parts(page.items), page.next_cursor)


@v1.get("/orders/<id>", out=OrderOut, scope="orders:read", summary="One order", **TAG)
def get_order(id: str) -> dict[str, Any]:
    """With lines, everybody's share and why, attribution, payments, parcels and refunds."""
    return shown(id)


@v1.post("/orders/<id>/ship", body=Ship, out=FulfilmentOut, status=201, scope="orders:write", summary="Ship an order", **TAG)
def ship(id: str, body: dict[str, Any]) -> Any:
    """All lines that are left if none are named."""
    lines = [(line["line_id"], line["quantity"]) for line in body["lines"]] if body["lines"] else None
    return ship_order(db(), brand_id=brand_id(), order_id=found(Order, id).id, lines=lines, carrier=body["carrier"],
                      tracking_no=body["tracking_no"], source="store" if body["store_id"] else "flagship", store_id=body["store_id"], now=now())


@v1.post("/orders/<id>/deliver", body=Deliver, out=OrderOut, scope="orders:write", summary="An order was received", **TAG)
def deliver(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """One parcel, or all of them; the hold period of its lines begins."""
    order = found(Order, id)
    deliver_order(db(), brand_id=brand_id(), order_id=order.id, fulfilment_id=body["fulfilment_id"], now=now())
    return shown(order.id, fresh=True)


@v1.post("/orders/<id>/cancel", body=Cancel, out=OrderOut, scope="orders:write", summary="Cancel an order", **TAG)
def cancel(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """One that is paid and not sent is refunded whole."""
    order = found(Order, id)
    cancel_order(db(), brand_id=brand_id(), order_id=order.id, reason=body["reason"], now=now())
    return shown(order.id, fresh=True)


@v1.post("/orders/<id>/refunds", body=RefundAskIn, out=RefundOut, status=201, scope="orders:write", summary="Refund an order", **TAG)
def refund(id: str, body: dict[str, Any]) -> Refund:
    """Per line by pieces or amount, and shipping. Shares shrink in proportion, cumulatively."""
    asks = [RefundAsk(line["line_id"], line["quantity"], line["amount"]) for line in body["lines"]]
    made = refund_order(db(), brand_id=brand_id(), order_id=found(Order, id).id, lines=asks, shipping_minor=body["shipping_amount"],
                        reason=body["reason"], now=now())
    return found(Refund, made.id, fresh=True)
