"""An order belongs to who has its secret, in the address or in the form."""

from __future__ import annotations

from flask import request

from app.domain.orders.models import Order
from app.web.shared.own_orders import order_of


def token() -> str:
    return request.form.get("token", "") or request.args.get("token", "")


def own_order(number: str) -> Order:
    """NotFound for a wrong secret as for an order that does not exist."""
    return order_of(number, token())
