"""The shopper's own order page, opened by its secret and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Response, g, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.fulfilment.models import Fulfilment
from app.domain.orders.models import Order, OrderLine, Refund
from app.domain.orders.queries import lines_of
from app.domain.provider.waiting import awaiting_word
from app.domain.sharing.shelf_lines import bag_lines
from app.flows.cancel_order import cancel_order
from app.flows.pay_order import reopen_payment
from app.kernel.errors import Conflict
from app.web.shared.application import app, no_store, now
from app.web.shared.media import media_url
from app.web.shared.money_words import refund_reason
from app.web.shared.order_steps import order_steps
from app.web.shared.refund_words import for_shopper
from app.web.shared.serving import brand_id, db

from .after_sale import case_cards, exchanged, may_ask
from .blueprint import shop
from .new_server import served_by
from .own_order import own_order, token
from .price_words import goods_rows
from .product_page import page_words


@shop.get("/b/<slug>/orders/<number>")
def order(slug: str, number: str) -> Response:
    return _page(own_order(number))


@shop.post("/b/<slug>/orders/<number>/pay")
def pay_again(slug: str, number: str) -> ResponseReturnValue:
    """To the cashier once more, while the order waits for money."""
    found = own_order(number)
    payment = reopen_payment(db(), brand_id=brand_id(), order_id=found.id)
    url = app().gateways.payments.pay_url(brand_slug=slug, payment_id=payment.id, order_secret=token())
    return redirect(url.removeprefix(app().settings.public_url), 303)


@shop.post("/b/<slug>/orders/<number>/cancel")
def cancel(slug: str, number: str) -> ResponseReturnValue:
    """Only while it is unpaid; afterwards the brand is asked."""
    found = own_order(number)
    if found.state != "pending_payment":
        raise Conflict("not_cancellable", "这张订单现在不能取消", state=found.state)
    cancel_order(db(), brand_id=brand_id(), order_id=found.id, reason="shopper", now=now())
    return redirect(url_for("storefront.order", slug=slug, number=number, token=token()), 303)


def _page(found: Order) -> Response:
    lines = lines_of(db(), brand_id=brand_id(), order_id=found.id)
    shown = bag_lines(db(), brand_id=brand_id(), variant_ids=[one.variant_id for one in lines], now=now(), by_link=False)
    pictures = {one.variant_id: one.picture_key for one in shown}
    parcels = db().scalars(select(Fulfilment).where(Fulfilment.order_id == found.id).order_by(Fulfilment.shipped_at)).all()
    refunds = db().scalars(select(Refund).where(Refund.order_id == found.id).order_by(Refund.requested_at)).all()
    paying = awaiting_word(db(), brand_id=brand_id(), order_ids=[found.id]).get(UUID(str(found.id))) if found.state == "pending_payment" else None
    g.secret_address = True
    return no_store(make_response(render_template(
        "storefront/order.html", order=found, lines=lines, pictures={key: media_url(value, "s") for key, value in pictures.items() if value},
        parcels=parcels, exchanged=exchanged(found), refunds=refunds, cases=case_cards(found), may_ask=may_ask(found, lines),
        reason=refund_reason, served_by=served_by(found.customer_id), token=token(), where=for_shopper,
        steps=order_steps(found, refunding=any(one.state != "succeeded" for one in refunds)),
        headline=headline(found.state, refunds) if paying is None else gettext("付款核对中") if paying else gettext("付款确认中"), paying=paying,
        rows=_rows(found, lines), **page_words(None))))


def _rows(found: Order, lines: Sequence[OrderLine]) -> list[tuple[str, int]]:
    """As checkout said it."""
    return [*goods_rows(lines, found.gross_minor, found.coupons), (gettext("运费"), found.shipping_minor),
            (gettext("实付") if found.paid_at else gettext("应付"), found.total_minor)]


def headline(state: str, refunds: Sequence[Refund] = ()) -> str:
    """What was refunded is so once she has the money."""
    if state == "refunded" and any(one.state != "succeeded" for one in refunds):
        return gettext("退款没有退成，商家会联系你") if any(one.state == "failed" for one in refunds) else gettext("退款在路上")
    return {
        "pending_payment": gettext("等待付款"), "paid": gettext("已付款，等待发货"), "partly_shipped": gettext("部分已发货"),
        "shipped": gettext("已发货，路上"), "delivered": gettext("已签收"), "completed": gettext("已完成"),
        "cancelled": gettext("已取消"), "refunded": gettext("已退款"),
    }[state]
