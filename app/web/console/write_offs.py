"""Debts and write-offs: who owes what since when, who asked to forgive it, and who decided."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import UnaryExpression, func, or_, select

from app.domain.ledger.models import Payee
from app.domain.settlement.debts import SORTS, owing_page
from app.domain.settlement.models import WriteOff
from app.flows.write_off import approve_write_off, reject_write_off, request_write_off
from app.kernel import money
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.paging import numbered
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.errors import says
from app.web.shared.formats import priced
from app.web.shared.money_words import PAYEE_KINDS
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked
from . import payout_words as words
from .blueprint import console
from .payees import payee_of
from .rehearsal import all_or_nothing

STATES: dict[str, tuple[Any, str]] = {"requested": (_l("等待批准"), "warn"), "approved": (_l("已核销"), "ok"), "rejected": (_l("没有批准"), "bad")}
REQUEST_SORTS: dict[str, UnaryExpression[Any]] = {"-at": WriteOff.requested_at.desc(), "at": WriteOff.requested_at.asc(),
                                                  "-amount": WriteOff.amount_minor.desc(), "amount": WriteOff.amount_minor.asc()}


@console.get("/payouts/debts")
def debts() -> ResponseReturnValue:
    """Payees with a negative balance."""
    actor().require("money:view")
    return _owing()


@console.get("/payouts/write-offs")
def write_offs() -> ResponseReturnValue:
    """Every request with who, why and what became of it; those that wait first unless asked otherwise."""
    actor().require("money:view")
    q, state, sort = asked.text("q"), asked.one_of("state", STATES), asked.one_of("sort", REQUEST_SORTS) or "-at"
    statement = (select(WriteOff, Payee).join(Payee, (Payee.id == WriteOff.payee_id) & (Payee.brand_id == WriteOff.brand_id))
                 .where(WriteOff.brand_id == brand_id()))
    if q:
        statement = statement.where(or_(*(column.icontains(q, autoescape=True) for column in (Payee.name, WriteOff.reason, WriteOff.requested_by))))
    if state:
        statement = statement.where(WriteOff.state == state)
    page = numbered(db(), statement.order_by((WriteOff.state == "requested").desc(), REQUEST_SORTS[sort], WriteOff.id.desc()), number=page_number())
    return render_template("console/write_offs.html", page=page, q=q, state=state, sort=sort, states=STATES, words=words, me=actor().ref,
                           may_approve=actor().may("money:approve"), query=asked.query(q=q, state=state, sort=sort if sort != "-at" else ""))


@console.post("/payees/<payee_id>/write-off")
def ask_write_off(payee_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    payee = payee_of(payee_id)
    try:
        with all_or_nothing():
            row = request_write_off(db(), brand_id=brand_id(), payee_id=payee.id, reason=request.form.get("reason", ""), now=now(),
                                    amount_minor=money.parse(request.form.get("amount", ""), brand().currency, field="amount"))
    except Refused as refused:
        return _owing(problem=says(refused)), 422
    flash(gettext("核销 %(amount)s 的申请已提交，等另一位同事批准。", amount=priced(row.amount_minor)), "success")
    return redirect(url_for("console.write_offs"), 303)


@console.post("/payouts/write-offs/<write_off_id>/<any(approve, reject):answer>")
def decide_write_off(write_off_id: str, answer: str) -> ResponseReturnValue:
    actor().require("money:approve")
    key = parse_id(write_off_id, "write_off")
    if db().scalar(select(WriteOff.id).where(WriteOff.brand_id == brand_id(), WriteOff.id == key)) is None:
        raise NotFound("write_off", write_off_id)
    row = (approve_write_off if answer == "approve" else reject_write_off)(db(), brand_id=brand_id(), write_off_id=key, now=now())
    said = gettext("已核销 %(amount)s，由品牌承担。", amount=priced(row.amount_minor)) if answer == "approve" else gettext("没有批准，欠款照常抵扣。")
    flash(said, "success")
    return redirect(url_for("console.write_offs"), 303)


def _owing(problem: str = "") -> str:
    q, sort = asked.text("q"), asked.one_of("sort", SORTS) or "-owed"
    page, owed = owing_page(db(), brand_id=brand_id(), q=q, sort=sort, number=page_number())
    return render_template("console/debts.html", page=page, owed=owed, most=max((row.owed_minor for row in page.items), default=0), q=q, sort=sort,
                           kinds=PAYEE_KINDS, words=words, waiting=_waiting(), may_run=actor().may("money:run"), problem=problem,
                           query=asked.query(q=q, sort=sort if sort != "-owed" else ""))


def _waiting() -> int:
    """Requests that wait for a second person."""
    return db().scalar(select(func.count()).select_from(WriteOff).where(WriteOff.brand_id == brand_id(), WriteOff.state == "requested")) or 0
