"""To the provider's own page and back. Neither way believes what an address says: the session is read at the provider.

No transaction of ours is open while the provider is asked.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from limits import RateLimitItemPerMinute
from werkzeug.exceptions import TooManyRequests

from app.domain.orders.models import Order, Payment
from app.domain.provider.ports import Declined, ProviderProblem
from app.domain.provider.waiting import awaiting_word, last_session
from app.flows.pay_online.apply_session import apply_session
from app.flows.pay_online.asking import SECRET, Addresses
from app.flows.pay_online.open_session import Door, open_session
from app.flows.pay_order import apply_payment_event
from app.web.shared.application import app, end_transactions, no_store, now
from app.web.shared.language import current
from app.web.shared.serving import brand, brand_id, db
from app.web.shared.throttling import seconds_to_wait, spend

from .blueprint import shop
from .own_payment import order_url, payment_of
from .product_page import page_words

log = structlog.get_logger()
ASKS = RateLimitItemPerMinute(30, namespace="pay_online")
"""What one payment may make us ask the provider, which counts for all shops together. The waiting page takes twelve."""
LOOKS, SECONDS = 12, 5
"""How often the waiting page looks again by itself, and how soon."""


def enter(payment: Payment, order: Order) -> ResponseReturnValue:
    """On to the provider's page; where nothing is to be paid there is none to go to."""
    if payment.amount_minor == 0:
        apply_payment_event(db(), brand_id=brand_id(), payment_id=UUID(str(payment.id)), provider=payment.provider, event_id=f"{payment.id}:nothing",
                            outcome="succeed", amount_minor=0, currency=payment.currency, payload={}, now=now())
        return redirect(order_url(order), 303)
    _count(payment)
    end_transactions()
    try:
        door = open_session(app().database, brand_id=brand_id(), payment_id=UUID(str(payment.id)), provider=app().gateways.online,
                            addresses=_addresses(payment, order), language=current(), now=now())
    except Declined as refused:
        log.error("a session was declined", payment_id=str(payment.id), code=refused.code, said=refused.message)
        return _stopped(payment, order, refused=True)
    except ProviderProblem as problem:
        log.warning("no way to the cashier", payment_id=str(payment.id), code=problem.code, said=problem.message)
        return _stopped(payment, order, refused=False)
    return redirect(_through(door, payment, order), 303)


@shop.get("/b/<slug>/pay/<payment_id>/return", endpoint="paid")
def come_back(slug: str, payment_id: str) -> ResponseReturnValue:
    """The shopper comes from the provider's page. Nothing of the address but which session to read is believed (R10)."""
    g.secret_address = True
    payment, order = payment_of(payment_id)
    session = last_session(db(), payment_id=UUID(str(payment.id)), ref=request.args.get("session_id", "")[:120])
    if session is None or payment.state != "open" or order.state != "pending_payment":
        return redirect(order_url(order), 303)
    _count(payment)
    end_transactions()
    unheard = _look(session.provider_ref)
    db().refresh(order)
    db().refresh(payment)
    word = awaiting_word(db(), brand_id=brand_id(), order_ids=[UUID(str(order.id))])
    if payment.state == "failed":
        flash(gettext("付款没有成功，没有扣款，可以再付一次。"), "warn")
    if order.state != "pending_payment" or payment.state != "open" or not (word or unheard):
        return redirect(order_url(order), 303)
    return _waiting(order, misfit=word.get(UUID(str(order.id)), False), unheard=unheard)


def _count(payment: Payment) -> None:
    if not spend(ASKS, str(payment.id)):
        raise TooManyRequests(retry_after=seconds_to_wait(ASKS, str(payment.id)))


def _look(ref: str) -> bool:
    """Applies what became of the session; True if the provider did not say."""
    try:
        apply_session(app().database, provider=app().gateways.online, ref=ref, now=now())
    except ProviderProblem as problem:
        log.warning("what became of a session is not known", session=ref, code=problem.code, said=problem.message)
        return True
    return False


def _waiting(order: Order, *, misfit: bool, unheard: bool) -> Response:
    """Looks again by itself for a minute, without scripts, then when she presses."""
    looked = request.args.get("n", "")
    count = min(int(looked), LOOKS) if looked.isascii() and looked.isdigit() and len(looked) < 4 else 0
    again = url_for("storefront.paid", **(request.view_args or {}), token=request.args["token"], session_id=request.args.get("session_id"), n=count + 1)
    itself = not misfit and count < LOOKS
    answer = no_store(make_response(render_template("storefront/paying.html", order=order, misfit=misfit, unheard=unheard, itself=itself, again=again,
                                                    order_url=order_url(order), **page_words(None))))
    if itself:
        answer.headers["Refresh"] = f"{SECONDS}; url={again}"
    return answer


def _stopped(payment: Payment, order: Order, *, refused: bool) -> Response:
    """The order is kept; the way on is the same address again."""
    again = url_for("storefront.pay", slug=brand().slug, payment_id=payment.id, token=request.args["token"])
    been_there = last_session(db(), payment_id=UUID(str(payment.id))) is not None
    answer = no_store(make_response(render_template("storefront/pay_stopped.html", order=order, refused=refused, been_there=been_there, again=again,
                                                    order_url=order_url(order), **page_words(None)), 409 if refused else 503))
    if not refused:
        answer.headers["Retry-After"] = "30"
    return answer


def _through(door: Door, payment: Payment, order: Order) -> str:
    if door.state == "open":
        return door.url
    if door.state == "waiting":
        return url_for("storefront.paid", slug=brand().slug, payment_id=payment.id, token=request.args["token"])
    if door.state == "late":
        flash(gettext("付款时间已经过了，没有扣款。这张订单会取消，可以重新下单。"), "warn")
    return order_url(order)


def _addresses(payment: Payment, order: Order) -> Addresses:
    base, slug = app().settings.public_url, brand().slug
    success = url_for("storefront.paid", slug=slug, payment_id=payment.id, token=SECRET, lang=None)
    return Addresses(f"{base}{success}&session_id={{CHECKOUT_SESSION_ID}}",
                     base + url_for("storefront.order", slug=slug, number=order.number, token=SECRET, lang=None))
