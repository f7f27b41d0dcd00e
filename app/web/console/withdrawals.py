"""Withdrawals payees ask for (R16): the queue, and saying no with the reason."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.settlement.queries import open_run
from app.domain.settlement.withdrawals import SORTS, asked_for, withdrawals_page
from app.flows.withdraw import reject_withdrawal
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.serving import actor, brand_id, db

from . import asked
from . import payout_words as words
from .blueprint import console


@console.get("/withdrawals")
def withdrawals() -> ResponseReturnValue:
    actor().require("money:view")
    q, state, sort = asked.text("q"), asked.one_of("state", words.WITHDRAWAL_STATES), asked.one_of("sort", SORTS) or "-at"
    page = withdrawals_page(db(), brand_id=brand_id(), q=q, state=state, sort=sort, number=page_number())
    return render_template("console/withdrawals.html", page=page, q=q, state=state, sort=sort, words=words, requested=asked_for(db(), brand_id=brand_id()),
                           opened=open_run(db(), brand_id=brand_id()), may_run=actor().may("money:run"),
                           query=asked.query(q=q, state=state, sort=sort if sort != "-at" else ""))


@console.post("/withdrawals/<withdrawal_id>/reject")
def reject_one_withdrawal(withdrawal_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    row = reject_withdrawal(db(), brand_id=brand_id(), withdrawal_id=parse_id(withdrawal_id, "withdrawal"), reason=request.form.get("reason", ""), now=now())
    flash(gettext("提现 W-%(number)d 已拒绝，金额退回可提现。", number=row.number), "success")
    return redirect(url_for("console.withdrawals"), 303)
