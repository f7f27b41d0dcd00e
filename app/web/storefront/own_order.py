"""An order belongs to who has its secret, in the address or in the form."""

from __future__ import annotations

from flask import request

from app.domain.orders.models import Order
from app.domain.orders.queries import order_by_number
from app.kernel import sealing
from app.kernel.errors import NotFound
from app.web.shared.serving import brand_id, db


def token() -> str:
    return request.form.get("token", "") or request.args.get("token", "")


def own_order(number: str) -> Order:
    """NotFound for a wrong secret as for an order that does not exist."""
    found = order_by_number(db(), brand_id=brand_id(), number=number[:24])
    if not sealing.matches("order", str(found.id), token()):
        raise NotFound("order", number)
    return found
