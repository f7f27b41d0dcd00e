"""What a shopper may do with an order whose secret she has, the same on her page and for a program."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.aftersales.models import AfterSale
from app.domain.aftersales.queries import case_of, chargebacks_of
from app.domain.aftersales.room import promised
from app.domain.aftersales.rules import KINDS, askable, window_open
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.queries import order_by_number
from app.domain.orders.rules import REFUNDABLE
from app.kernel import sealing
from app.kernel.errors import NotFound
from app.kernel.ids import parse_id

from .application import now
from .serving import brand_id, db


def order_of(number: str, secret: str) -> Order:
    """NotFound for a wrong secret as for an order that does not exist."""
    found = order_by_number(db(), brand_id=brand_id(), number=number[:24])
    if not sealing.matches("order", str(found.id), secret):
        raise NotFound("order", number)
    return found


def case_in(order: Order, after_sale_id: str) -> AfterSale:
    """An after-sale of this very order."""
    case = case_of(db(), brand_id=brand_id(), after_sale_id=parse_id(after_sale_id, "after_sale"))
    if case.order_id != order.id:
        raise NotFound("after_sale", after_sale_id)
    return case


def may_take_back(case: AfterSale) -> bool:
    return case.state in ("requested", "approved") and not case.return_tracking_no and case.refund_id is None


def may_send_back(case: AfterSale) -> bool:
    return case.state == "approved" and case.refund_id is None


def shipping_left(order: Order, lines: Sequence[OrderLine]) -> int:
    """Minor units of shipping that nobody has given back or asked for yet."""
    asked = promised(db(), brand_id=brand_id(), order_id=order.id, lines={line.id: line for line in lines})
    return order.shipping_minor - order.shipping_refunded_minor - asked.shipping_minor


def ways_open(order: Order, lines: Sequence[OrderLine]) -> dict[str, list[OrderLine]]:
    """Kind → the lines it may be asked for now; shipping alone lists what it is paid for."""
    disputed = any(row.state in ("open", "lost") for row in chargebacks_of(db(), brand_id=brand_id(), order_id=order.id))
    if disputed or order.state not in REFUNDABLE:
        return {}
    asked = promised(db(), brand_id=brand_id(), order_id=order.id, lines={line.id: line for line in lines})
    free = [line for line in lines if line.id not in asked.lines]
    kinds = {kind: [line for line in free if askable(line, kind, now()) is None] for kind in KINDS if kind != "shipping_only"}
    left = order.shipping_minor - order.shipping_refunded_minor - asked.shipping_minor
    return {**kinds, "shipping_only": [line for line in lines if window_open(line, now())] if left > 0 else []}
