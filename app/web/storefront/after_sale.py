"""The shopper asks for money back, a return or an exchange of her own order, and follows it; opened by the order's secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.aftersales.models import AfterSale
from app.domain.aftersales.queries import case_amounts, cases_of, exchange_parcels
from app.domain.aftersales.replacements import replacements
from app.domain.aftersales.rules import KINDS
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.queries import lines_of
from app.domain.people.actors import SHOPPER
from app.domain.sharing.shelf_lines import bag_lines
from app.flows.answer_after_sale import cancel_after_sale, enter_return_parcel
from app.flows.ask_after_sale import ask_after_sale
from app.kernel.errors import Refused
from app.kernel.texts import clean
from app.web.shared.after_sale_asking import asked_lines
from app.web.shared.after_sale_words import KINDS as KIND_WORDS
from app.web.shared.after_sale_words import answer_text, case_state, next_for_shopper
from app.web.shared.application import no_store, now
from app.web.shared.errors import says
from app.web.shared.media import media_url
from app.web.shared.own_orders import case_in, may_send_back, may_take_back, shipping_left, ways_open
from app.web.shared.serving import brand_id, db, serve_actor

from .blueprint import shop
from .own_order import own_order, token
from .product_page import page_words

ICONS = {"refund_only": "wallet", "return_refund": "undo", "exchange": "refresh", "shipping_only": "truck"}


@shop.route("/b/<slug>/orders/<number>/after-sale", methods=["GET", "POST"])
def after_sale(slug: str, number: str) -> ResponseReturnValue:
    """Without ?kind= the ways there are; with one, its form."""
    found = own_order(number)
    if request.method == "GET":
        return _page(found)
    serve_actor(SHOPPER)
    try:
        with db().begin_nested():
            _ask(found)
    except Refused as refused:
        return _page(found, says(refused)), 422
    flash(gettext("已提交，商家会尽快答复。"), "ok")
    return _back(slug, number)


def _ask(found: Order) -> AfterSale:
    lines, kind = lines_of(db(), brand_id=brand_id(), order_id=found.id), _kind()
    left = shipping_left(found, lines)
    shipping = left if kind == "shipping_only" or (request.form.get("with_shipping") and kind != "exchange") else 0
    reason = " · ".join(part for part in (clean(request.form.get("why")), clean(request.form.get("reason"))) if part)
    return ask_after_sale(db(), brand_id=brand_id(), order_id=found.id, kind=kind, shipping_minor=shipping, reason=reason, window=True, now=now(),
                          lines=asked_lines(request.form, lines, kind=kind, currency=found.currency))


@shop.post("/b/<slug>/orders/<number>/after-sales/<after_sale_id>/cancel")
def cancel_own_after_sale(slug: str, number: str, after_sale_id: str) -> ResponseReturnValue:
    found = own_order(number)
    serve_actor(SHOPPER)
    cancel_after_sale(db(), brand_id=brand_id(), after_sale_id=case_in(found, after_sale_id).id, now=now())
    flash(gettext("申请已撤销。"), "ok")
    return _back(slug, number)


@shop.post("/b/<slug>/orders/<number>/after-sales/<after_sale_id>/parcel")
def return_parcel(slug: str, number: str, after_sale_id: str) -> ResponseReturnValue:
    """How she sends the goods back."""
    found = own_order(number)
    serve_actor(SHOPPER)
    enter_return_parcel(db(), brand_id=brand_id(), after_sale_id=case_in(found, after_sale_id).id, carrier=request.form.get("carrier", ""),
                        tracking_no=request.form.get("tracking_no", ""), now=now())
    flash(gettext("运单号已提交。"), "ok")
    return _back(slug, number)


def case_cards(found: Order) -> list[dict[str, Any]]:
    """The order's cases as its page shows them, newest first."""
    cases = cases_of(db(), brand_id=brand_id(), order_id=found.id)
    amounts = case_amounts(db(), brand_id=brand_id(), cases=cases)
    return [{"case": case, "kind": KIND_WORDS[case.kind], "state": case_state(case)[0], "tone": case_state(case)[1],
             "amount": None if case.kind == "exchange" else amounts[case.id], "next": next_for_shopper(case), "answer": answer_text(case.answer),
             "may_cancel": may_take_back(case), "may_send": may_send_back(case)} for case in cases]


def may_ask(found: Order, lines: Sequence[OrderLine]) -> bool:
    return any(ways_open(found, lines).values())


def exchanged(found: Order) -> set[UUID]:
    return exchange_parcels(db(), brand_id=brand_id(), order_id=found.id)


def _kind() -> str:
    kind = request.form.get("kind") or request.args.get("kind", "")
    return kind if kind in KINDS else ""


def _back(slug: str, number: str) -> ResponseReturnValue:
    return redirect(url_for("storefront.order", slug=slug, number=number, token=token()) + "#after-sales", 303)


def _page(found: Order, problem: str = "") -> Response:
    lines = lines_of(db(), brand_id=brand_id(), order_id=found.id)
    kinds, kind = ways_open(found, lines), _kind()
    shown = kinds.get(kind, []) if kind != "shipping_only" else []
    cards = bag_lines(db(), brand_id=brand_id(), variant_ids=[line.variant_id for line in lines], now=now(), by_link=False)
    g.secret_address = True
    return no_store(make_response(render_template(
        "storefront/after_sale.html", order=found, kind=kind if kinds.get(kind) else "", lines=shown, problem=problem, form=request.form, token=token(),
        ways=_ways(kinds), kind_word=KIND_WORDS.get(kind, ""), reasons=_reasons(kind), shipping_left=shipping_left(found, lines),
        others=replacements(db(), brand_id=brand_id(), lines=shown) if kind == "exchange" else {},
        pictures={one.variant_id: media_url(one.picture_key, "s") for one in cards if one.picture_key}, **page_words(None))))


def _ways(kinds: dict[str, list[OrderLine]]) -> list[dict[str, str]]:
    notes = {"refund_only": gettext("商品不用寄回，例如没收到、少件"), "return_refund": gettext("把商品寄回，商家收到后退款"),
             "exchange": gettext("把商品寄回，换一件同价的"), "shipping_only": gettext("只退运费")}
    return [{"kind": kind, "icon": ICONS[kind], "title": KIND_WORDS[kind], "note": notes[kind]} for kind in KINDS if kinds.get(kind)]


def _reasons(kind: str) -> list[str]:
    if kind == "refund_only":
        return [gettext("没收到货"), gettext("少件或发错"), gettext("有瑕疵，协商退一部分"), gettext("不想要了")]
    return [gettext("不想要了"), gettext("尺寸或颜色不合适"), gettext("有瑕疵"), gettext("发错商品")]
