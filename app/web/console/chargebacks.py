"""Chargebacks: the inbox by deadline, one with what the bank is shown and when it is handed in, booking one and its outcome."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.aftersales.evidence import FIELDS, UNDECIDED
from app.domain.aftersales.models import Chargeback
from app.domain.aftersales.queries import CHARGEBACK_SORTS, chargeback_of, chargebacks_page
from app.domain.insights.order_money import parcels
from app.domain.orders.queries import OrderDetail, order_detail
from app.flows.answer_dispute import draft_evidence, hand_in_evidence
from app.flows.charge_back import lose_chargeback, open_chargeback, win_chargeback
from app.kernel import money
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.errors import says
from app.web.shared.formats import priced
from app.web.shared.serving import actor, brand, brand_id, db

from . import after_sale_words as words
from . import asked
from .after_sales import tabs
from .blueprint import console
from .evidence import evidence_part
from .orders import detail_of, pictures
from .refunding import Outcome, outcome_of
from .rehearsal import all_or_nothing, rehearse


@console.get("/after-sales/chargebacks")
def chargebacks() -> ResponseReturnValue:
    actor().require("orders:view")
    q, state, sort = asked.text("q"), asked.one_of("state", words.CHARGEBACK_FILTERS), asked.one_of("sort", CHARGEBACK_SORTS) or "answer_by"
    from_, to = asked.days()
    page = chargebacks_page(db(), brand_id=brand_id(), within=actor().within, q=q, state=state, from_=from_, to=to, sort=sort, number=page_number())
    return render_template("console/chargebacks.html", page=page, words=words, q=q, state=state, sort=sort, tabs=tabs("chargebacks"), urgency=urgency,
                           query=asked.query(q=q, state=state, sort=sort if sort != "answer_by" else "", from_=asked.day("from"), to=asked.day("to")))


@console.get("/after-sales/chargebacks/<chargeback_id>")
def chargeback(chargeback_id: str) -> ResponseReturnValue:
    actor().require("orders:view")
    return chargeback_page(chargeback_here(chargeback_id))


@console.post("/after-sales/chargebacks/<chargeback_id>/<any(win, lose):outcome>")
def decide_chargeback(chargeback_id: str, outcome: str) -> ResponseReturnValue:
    """The bank's ruling is booked."""
    actor().require("orders:refund")
    row = chargeback_here(chargeback_id)
    names: dict[str, Any] = {"brand_id": brand_id(), "chargeback_id": row.id, "now": now()}
    try:
        with all_or_nothing():
            (win_chargeback if outcome == "win" else lose_chargeback)(db(), **names)
    except Refused as refused:
        return chargeback_page(chargeback_here(chargeback_id), problem=says(refused)), 422
    flash(gettext("已登记品牌胜：这张订单的钱照常结算。") if outcome == "win" else
          gettext("已登记顾客胜：%(amount)s 从各方按比例扣回。", amount=priced(row.amount_minor)), "success")
    return redirect(url_for("console.chargeback", chargeback_id=row.id), 303)


@console.post("/after-sales/chargebacks/<chargeback_id>/evidence")
def draft_chargeback_evidence(chargeback_id: str) -> ResponseReturnValue:
    actor().require("orders:refund")
    row = chargeback_here(chargeback_id)
    try:
        with all_or_nothing():
            draft_evidence(db(), brand_id=brand_id(), chargeback_id=row.id, evidence={name: request.form.get(name, "") for name in FIELDS})
    except Refused as refused:
        return chargeback_page(chargeback_here(chargeback_id), problem=says(refused), typed=request.form, wrong=refused.field or ""), 422
    flash(gettext("草稿已保存，还没有交给银行。"), "success")
    return redirect(url_for("console.chargeback", chargeback_id=row.id), 303)


@console.post("/after-sales/chargebacks/<chargeback_id>/evidence/hand-in")
def hand_in_chargeback_evidence(chargeback_id: str) -> ResponseReturnValue:
    """Asked for once: what was kept as a draft goes to the bank as it is."""
    actor().require("orders:refund")
    row = chargeback_here(chargeback_id)
    try:
        with all_or_nothing():
            hand_in_evidence(db(), brand_id=brand_id(), chargeback_id=row.id, now=now())
    except Refused as refused:
        return chargeback_page(chargeback_here(chargeback_id), problem=says(refused)), 422
    flash(gettext("证明已提交，正在送达银行；不能再改。"), "success")
    return redirect(url_for("console.chargeback", chargeback_id=row.id), 303)


@console.route("/orders/<order_id>/chargeback", methods=["GET", "POST"])
def new_chargeback(order_id: str) -> ResponseReturnValue:
    actor().require("orders:refund")
    detail = detail_of(order_id)
    if request.method == "GET":
        return _form(detail)
    try:
        with all_or_nothing():
            row = _open(detail)
    except Refused as refused:
        return _form(detail, says(refused), refused.field or ""), 422
    flash(gettext("拒付已登记，这张订单的钱先不结算。"), "success")
    return redirect(url_for("console.chargeback", chargeback_id=row.id), 303)


def _open(detail: OrderDetail) -> Chargeback:
    form, currency = request.form, brand().currency
    typed = form.get("answer_by", "").strip()
    answer_by = asked.local_moment(typed) if typed else None
    if typed and answer_by is None:
        raise Refused("moment_invalid", "请填写有效的时间", field="answer_by")
    fee = form.get("fee", "").strip()
    return open_chargeback(
        db(), brand_id=brand_id(), order_id=detail.order.id, provider_ref=form.get("provider_ref", ""), reason=form.get("reason", ""), answer_by=answer_by,
        amount_minor=money.parse(form.get("amount", ""), currency, field="amount"), fee_minor=money.parse(fee, currency, field="fee") if fee else 0, now=now())


def urgency(row: Chargeback) -> tuple[str, str]:
    """(tone, words) of the time left to answer the bank, nothing once it is answered."""
    if row.state not in UNDECIDED or row.answer_by is None or row.answered_at is not None:
        return "", ""
    return words.deadline(row.answer_by, now())


def chargeback_here(chargeback_id: str) -> Chargeback:
    """Of an order this person may see, or NotFound."""
    return chargeback_of(db(), brand_id=brand_id(), chargeback_id=parse_id(chargeback_id, "chargeback"), within=actor().within)


def chargeback_page(row: Chargeback, problem: str = "", typed: Any = None, wrong: str = "") -> str:
    """`typed` and `wrong`: evidence that was not kept, and the field that is at fault."""
    detail = order_detail(db(), brand_id=brand_id(), order_id=row.order_id, within=actor().within)
    may = actor().may("orders:refund") and row.state == "open" and not row.provider
    sent = parcels(db(), brand_id=brand_id(), order_id=row.order_id)
    return render_template(
        "console/chargeback.html", row=row, detail=detail, order=detail.order, words=words, problem=problem, urgency=urgency(row), may_decide=may,
        payment=next((one for one in detail.payments if one.id == row.payment_id), None), parcels=sent,
        outcome=_outcome(row) if actor().may("orders:refund") and row.state in UNDECIDED else None, events=words.chargeback_events(row),
        pictures=pictures([one.line.product_id for one in detail.lines]), **evidence_part(row, detail, sent, typed, wrong, problem))


def _outcome(row: Chargeback) -> Outcome | None:
    """What losing would take from each party, worked out by losing it and taking that back; None where nothing is left to take."""
    try:
        return rehearse(lambda: _lost(row))
    except Refused:
        return None


def _lost(row: Chargeback) -> Outcome | None:
    done = lose_chargeback(db(), brand_id=brand_id(), chargeback_id=row.id, told=bool(row.provider), now=now())
    refund = next((one for one in order_detail(db(), brand_id=brand_id(), order_id=done.order_id).refunds if one.id == done.refund_id), None)
    return outcome_of(refund) if refund else None


def _form(detail: OrderDetail, problem: str = "", wrong: str = "") -> str:
    left = sum(payment.amount_minor - payment.refunded_minor for payment in detail.payments if payment.state == "succeeded")
    return render_template("console/chargeback_form.html", order=detail.order, left=left, form=request.form, problem=problem, wrong=wrong)
