"""The way of an order as shopper and guide see it: ordered, paid, sent, received; a closed order stops where it was closed."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from sqlalchemy import func, select

from app.domain.fulfilment.models import Fulfilment
from app.domain.orders.models import Order
from app.web.shared.formats import moment
from app.web.shared.serving import db

REACHED = {"pending_payment": 0, "paid": 1, "partly_shipped": 2, "shipped": 2, "delivered": 4, "completed": 4}


def order_steps(order: Order, *, refunding: bool = False) -> list[dict[str, Any]]:
    """Steps of ui.journey; sent is when the first parcel left. `refunding`: what was refunded has not all arrived."""
    reached = REACHED.get(order.state)
    if reached is None:
        closed = gettext("已取消") if order.state == "cancelled" else gettext("退款中") if refunding else gettext("已退款")
        return [{"label": gettext("下单"), "note": moment(order.placed_at), "state": "done"},
                {"label": closed, "note": moment(order.cancelled_at) if order.cancelled_at else "", "state": "stop"}]
    sent_at = db().scalar(select(func.min(Fulfilment.shipped_at)).where(Fulfilment.brand_id == order.brand_id, Fulfilment.order_id == order.id))
    names = [(gettext("下单"), order.placed_at), (gettext("付款"), order.paid_at), (gettext("发货"), sent_at), (gettext("签收"), order.delivered_at)]
    return [{"label": name, "note": moment(at) if at else "", "state": "done" if i < reached else "now" if i == reached else "todo"}
            for i, (name, at) in enumerate(names)]
