"""Where every payment begins. The sandbox's cashier shows what is to be paid and lets the shopper, or a test, say how it went."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.orders.models import Order, Payment
from app.flows.pay_order import apply_payment_event
from app.gateways.payments import sandbox
from app.kernel.errors import Refused
from app.kernel.texts import clean
from app.web.shared.application import now
from app.web.shared.errors import refusal_as_problem
from app.web.shared.json import json_response
from app.web.shared.safety import csrf
from app.web.shared.serving import brand_id, db

from .blueprint import shop
from .online_cashier import enter
from .own_payment import order_url, payment_of
from .product_page import page_words


@shop.get("/b/<slug>/pay/<payment_id>", endpoint="pay")
def cashier(slug: str, payment_id: str) -> ResponseReturnValue:
    g.secret_address = True
    payment, order = payment_of(payment_id)
    if payment.state != "open" or order.state != "pending_payment":
        return redirect(order_url(order), 303)
    if payment.provider != sandbox.NAME:
        return enter(payment, order)
    return render_template("storefront/pay.html", payment=payment, order=order, **page_words(None))


@shop.post("/b/<slug>/pay/<payment_id>")
@csrf.exempt
def press(slug: str, payment_id: str) -> ResponseReturnValue:
    """`outcome` succeed or fail, from a form or as JSON, and if one likes the `payer`, the account it is paid from, as a real
    provider tells it; the same press twice changes nothing (R18).

    No session stands behind it: the order's secret in the address does.
    """
    payment, order = payment_of(payment_id, provider=sandbox.NAME)
    sent: Any = request.get_json(silent=True) if request.is_json else request.form
    outcome, payer = (sent.get("outcome"), sent.get("payer")) if hasattr(sent, "get") else (None, None)
    try:
        state = apply_payment_event(
            db(), brand_id=brand_id(), payment_id=payment.id, provider=payment.provider,
            event_id=sandbox.event_id(payment.id, str(outcome)[:20]), outcome=str(outcome), amount_minor=payment.amount_minor,
            currency=payment.currency, payload=sandbox.told(str(outcome)[:20], clean(payer)), now=now())
    except Refused as refused:
        if not request.is_json:
            raise
        return refusal_as_problem(refused)
    if request.is_json:
        return _as_json(payment, order, state)
    if outcome == "fail":
        flash(gettext("付款没有成功，没有扣款，可以再付一次。"), "warn")
    return redirect(order_url(order), 303)


def _as_json(payment: Payment, order: Order, state: str) -> Response:
    body: dict[str, Any] = {"order": {"id": order.id, "number": order.number, "state": state},
                            "payment": {"id": payment.id, "state": payment.state, "amount": payment.amount_minor, "currency": payment.currency}}
    return json_response(body)
