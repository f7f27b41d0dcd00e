"""Headquarters opens a case for a shopper who called: no window binds it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.aftersales.replacements import replacements
from app.domain.aftersales.room import promised
from app.domain.orders.queries import OrderDetail
from app.flows.ask_after_sale import ask_after_sale
from app.kernel.errors import Refused
from app.kernel.texts import clean
from app.web.shared.after_sale_asking import asked_lines, asked_shipping, wrong_input
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand, brand_id, db

from . import after_sale_words as words
from .blueprint import console
from .orders import detail_of, pictures
from .rehearsal import all_or_nothing


@console.route("/orders/<order_id>/after-sale", methods=["GET", "POST"])
def new_after_sale(order_id: str) -> ResponseReturnValue:
    actor().require("orders:refund")
    detail = detail_of(order_id)
    if request.method == "GET":
        return _page(detail)
    form, kind = request.form, request.form.get("kind", "")
    try:
        with all_or_nothing():
            case = ask_after_sale(
                db(), brand_id=brand_id(), order_id=detail.order.id, kind=kind, reason=clean(form.get("reason"))[:200], now=now(),
                lines=asked_lines(form, [one.line for one in detail.lines], kind=kind, currency=brand().currency),
                shipping_minor=asked_shipping(form, currency=brand().currency))
    except Refused as refused:
        return _page(detail, says(refused), wrong_input(refused, form, [one.line for one in detail.lines])), 422
    flash(gettext("售后单 %(number)s 已登记，等待答复。这几行的钱先不结算。", number=case.number), "success")
    return redirect(url_for("console.after_sale", after_sale_id=case.id), 303)


def _page(detail: OrderDetail, problem: str = "", wrong: str = "") -> str:
    lines = [one.line for one in detail.lines]
    asked = promised(db(), brand_id=brand_id(), order_id=detail.order.id, lines={line.id: line for line in lines})
    chosen = request.form.get("kind") or "return_refund"
    choices = [{"value": code, "title": title, "note": words.KIND_NOTES[code], "checked": code == chosen} for code, title in words.KINDS.items()]
    return render_template(
        "console/after_sale_form.html", choices=choices, order=detail.order, lines=lines, busy=set(asked.lines), form=request.form,
        shipping_left=detail.order.shipping_minor - detail.order.shipping_refunded_minor - asked.shipping_minor, problem=problem, wrong=wrong,
        others=replacements(db(), brand_id=brand_id(), lines=lines), pictures=pictures([line.product_id for line in lines]))
