"""One case: what is asked, what a yes would take from each party, and every step of its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.aftersales.models import AfterSale
from app.domain.aftersales.queries import case_amounts, case_of
from app.domain.aftersales.rules import acts, worth
from app.domain.catalog.models import Variant
from app.domain.orders.queries import OrderDetail, order_detail
from app.domain.orgs.queries import org_unit, stores
from app.flows.answer_after_sale import (
    approve_after_sale,
    cancel_after_sale,
    enter_return_parcel,
    receive_goods,
    refund_after_sale,
    reject_after_sale,
    send_replacement,
)
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.refund_words import refund_problem
from app.web.shared.serving import actor, brand_id, db

from . import after_sale_words as words
from .blueprint import console
from .order_actions import CARRIERS
from .orders import pictures
from .refunding import Outcome, outcome_of
from .rehearsal import all_or_nothing, rehearse

NEEDS = {"approve": "orders:refund", "reject": "orders:refund", "cancel": "orders:refund", "refund": "orders:refund", "receive": "orders:fulfil",
         "send": "orders:fulfil", "parcel": "orders:fulfil"}


@console.get("/after-sales/<after_sale_id>")
def after_sale(after_sale_id: str) -> ResponseReturnValue:
    actor().require("orders:view")
    return _page(_case(after_sale_id))


@console.post("/after-sales/<after_sale_id>/<any(approve, reject, cancel, receive, refund, send, parcel):act>")
def answer_after_sale(after_sale_id: str, act: str) -> ResponseReturnValue:
    """One step of a case. Refused: the page again with the reason, nothing changed."""
    actor().require(NEEDS[act])
    case = _case(after_sale_id)
    try:
        with all_or_nothing():
            said = STEPS[act](case)
    except Refused as refused:
        return _page(_case(after_sale_id), problem=says(refused)), 422
    flash(said, "success")
    return redirect(url_for("console.after_sale", after_sale_id=case.id), 303)


def _named(case: AfterSale) -> dict[str, Any]:
    return {"brand_id": brand_id(), "after_sale_id": case.id, "now": now()}


def _approve(case: AfterSale) -> str:
    done = approve_after_sale(db(), answer=request.form.get("answer", ""), **_named(case))
    if done.state == "refunded":
        return gettext("已同意并退款，各方的佣金按比例扣回。")
    return _on_its_way() if done.refund_id else gettext("已同意，等顾客把商品寄回。")


def _on_its_way() -> str:
    return gettext("退款已提交，到账后售后单会自动完成；各方的佣金已按比例扣回。")


def _reject(case: AfterSale) -> str:
    reject_after_sale(db(), answer=request.form.get("answer", ""), **_named(case))
    return gettext("已拒绝，顾客会看到原因；这几行的钱照常结算。")


def _cancel(case: AfterSale) -> str:
    cancel_after_sale(db(), **_named(case))
    return gettext("售后单已撤销。")


def _parcel(case: AfterSale) -> str:
    enter_return_parcel(db(), carrier=request.form.get("carrier", ""), tracking_no=request.form.get("tracking_no", ""), **_named(case))
    return gettext("退货的运单号已记下。")


def _receive(case: AfterSale) -> str:
    restock = [line.order_line_id for line in case.lines if request.form.get(f"restock-{line.order_line_id}")]
    receive_goods(db(), restock=restock, **_named(case))
    if request.form.get("refund") and case.kind == "return_refund":
        actor().require("orders:refund")
        done = refund_after_sale(db(), **_named(case))
        return gettext("已收到退货并退款，各方的佣金按比例扣回。") if done.state == "refunded" else _on_its_way()
    return gettext("已收到退货。")


def _refund(case: AfterSale) -> str:
    done = refund_after_sale(db(), **_named(case))
    return gettext("已退款，各方的佣金按比例扣回。") if done.state == "refunded" else _on_its_way()


def _send(case: AfterSale) -> str:
    form = request.form
    store = form.get("store", "")
    store_id = org_unit(db(), brand_id=brand_id(), unit_id=parse_id(store, "store"), within=actor().within).id if store else None
    send_replacement(db(), carrier=form.get("carrier", ""), tracking_no=form.get("tracking_no", ""), store_id=store_id, **_named(case))
    return gettext("换的商品已寄出，顾客可以看到包裹信息。")


STEPS: dict[str, Callable[[AfterSale], str]] = {
    "approve": _approve, "reject": _reject, "cancel": _cancel, "parcel": _parcel, "receive": _receive, "refund": _refund, "send": _send}


def _case(after_sale_id: str) -> AfterSale:
    """A case of an order this person may see, or NotFound."""
    return case_of(db(), brand_id=brand_id(), after_sale_id=parse_id(after_sale_id, "after_sale"), within=actor().within)


def _page(case: AfterSale, problem: str = "") -> str:
    detail = order_detail(db(), brand_id=brand_id(), order_id=case.order_id, within=actor().within)
    rows = _rows(case, detail)
    may = {act: actor().may(NEEDS[act]) for act in acts(case.kind, case.state, refunding=case.refund_id is not None)}
    amount = case_amounts(db(), brand_id=brand_id(), cases=[case])[case.id]
    return render_template(
        "console/after_sale.html", case=case, detail=detail, order=detail.order, rows=rows, may=may, may_refund=actor().may("orders:refund"), amount=amount,
        outcome=_outcome(case, detail) if may else None, words=words, events=words.case_events(case), problem=problem, carriers=CARRIERS,
        approving=words.approving(case, amount), refund=next((one for one in detail.refunds if one.id == case.refund_id), None), why=refund_problem,
        pictures=pictures([row["line"].product_id for row in rows]),
        stores=stores(db(), brand_id=brand_id(), within=actor().within, open_only=True) if "send" in may else ())


def _rows(case: AfterSale, detail: OrderDetail) -> list[dict[str, Any]]:
    bought = {one.line.id: one.line for one in detail.lines}
    wanted = [line.exchange_variant_id for line in case.lines if line.exchange_variant_id]
    others = {one.id: one for one in db().scalars(select(Variant).where(Variant.brand_id == brand_id(), Variant.id.in_(wanted)))}
    given = {part.order_line_id: part.amount_minor for refund in detail.refunds if refund.id == case.refund_id for part in refund.lines}
    return [{"part": line, "line": bought[line.order_line_id], "other": others.get(line.exchange_variant_id) if line.exchange_variant_id else None,
             "amount": given.get(line.order_line_id) if case.kind == "exchange" or case.refund_id or not line.open
             else worth(bought[line.order_line_id], line.quantity, line.amount_minor)}
            for line in case.lines]


def _outcome(case: AfterSale, detail: OrderDetail) -> Outcome | None:
    """What paying this case would take from each party; None when it moves no money or cannot be paid now."""
    if case.kind == "exchange":
        return None
    try:
        return rehearse(lambda: outcome_of(refund_order(
            db(), brand_id=brand_id(), order_id=detail.order.id, shipping_minor=case.shipping_minor, after_sale_id=case.id, now=now(),
            lines=[RefundAsk(line.order_line_id, line.quantity or None, line.amount_minor) for line in case.lines])))
    except Refused:
        return None
