"""A payment is opened by its order's secret in the address, and only at the cashier of the provider it was made for."""

from __future__ import annotations

from flask import request, url_for
from sqlalchemy import select

from app.domain.orders.models import Order, Payment
from app.kernel import sealing
from app.kernel.errors import NotFound
from app.kernel.ids import parse_id
from app.web.shared.application import app
from app.web.shared.serving import brand, db


def payment_of(payment_id: str, *, provider: str = "") -> tuple[Payment, Order]:
    """The payment and its order; NotFound without the order's secret, and for a provider that is not in use (or not `provider`)."""
    in_use = app().gateways.payments.name
    payment = db().scalar(select(Payment).where(Payment.id == parse_id(payment_id, "payment"), Payment.provider == in_use))
    if payment is None or (provider and provider != in_use):
        raise NotFound("payment", payment_id)
    if not sealing.matches("order", str(payment.order_id), request.args.get("token", "")):
        raise NotFound("payment", payment_id)
    return payment, db().scalars(select(Order).where(Order.id == payment.order_id)).one()


def order_url(order: Order) -> str:
    return url_for("storefront.order", slug=brand().slug, number=order.number, token=request.args["token"])
