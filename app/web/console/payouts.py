"""Payout runs: drafted by one person, approved by another, executed; the file for payroll and bank (R15)."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.insights.unlocking import phase_totals
from app.domain.ledger.models import Payee
from app.domain.people.audit import note
from app.domain.settlement.models import Payout, PayoutRun
from app.flows.pay_out import approve_payout_run, cancel_payout_run, draft_payout_run, execute_payout_run, payout_file
from app.kernel.errors import NotFound
from app.kernel.ids import parse_id
from app.kernel.paging import numbered
from app.web.shared.application import app, now
from app.web.shared.asking import page_number
from app.web.shared.formats import priced
from app.web.shared.serving import actor, brand_id, db

from . import payout_words as words
from .blueprint import console


@console.get("/payouts")
def payouts() -> ResponseReturnValue:
    actor().require("money:view")
    page = numbered(db(), select(PayoutRun).where(PayoutRun.brand_id == brand_id()).order_by(PayoutRun.number.desc()), number=page_number())
    opened = db().scalar(select(PayoutRun).where(PayoutRun.brand_id == brand_id(), PayoutRun.state.in_(("draft", "approved"))))
    return render_template("console/payouts.html", page=page, opened=opened, totals=phase_totals(db(), brand_id=brand_id()), words=words,
                           may_run=actor().may("money:run"))


@console.post("/payouts")
def draft_payout() -> ResponseReturnValue:
    actor().require("money:run")
    run = draft_payout_run(db(), brand_id=brand_id(), now=now())
    flash(gettext("第 %(number)d 批已起草：%(count)d 位收款方，共 %(amount)s。请另一位同事批准。", number=run.number, count=run.payout_count,
                  amount=priced(run.amount_minor)), "success")
    return redirect(url_for("console.payout", run_id=run.id), 303)


@console.get("/payouts/<run_id>")
def payout(run_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    run = _run(run_id)
    chosen = (select(Payout, Payee).join(Payee, (Payee.id == Payout.payee_id) & (Payee.brand_id == Payout.brand_id))
              .where(Payout.brand_id == brand_id(), Payout.run_id == run.id))
    page = numbered(db(), chosen.where(Payout.state != "left_out").order_by(Payout.amount_minor.desc(), Payout.id), number=page_number())
    left_out = db().execute(chosen.where(Payout.state == "left_out").order_by(Payout.reason, Payee.name).limit(200)).all()
    me = actor()
    return render_template(
        "console/payout.html", run=run, page=page, left_out=left_out, words=words, may_run=me.may("money:run"), may_approve=me.may("money:approve"),
        drafted_by_me=me.ref == run.drafted_by_id)


@console.post("/payouts/<run_id>/approve")
def approve_payout(run_id: str) -> ResponseReturnValue:
    actor().require("money:approve")
    run = approve_payout_run(db(), brand_id=brand_id(), run_id=_run(run_id).id, now=now())
    flash(gettext("第 %(number)d 批已批准，可以执行打款了。", number=run.number), "success")
    return redirect(url_for("console.payout", run_id=run.id), 303)


@console.post("/payouts/<run_id>/execute")
def execute_payout(run_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    run = execute_payout_run(db(), brand_id=brand_id(), run_id=_run(run_id).id, files=app().gateways.files, now=now())
    flash(gettext("第 %(number)d 批已执行：%(amount)s 记为已打款。下载文件交给薪资和银行。", number=run.number, amount=priced(run.amount_minor)), "success")
    return redirect(url_for("console.payout", run_id=run.id), 303)


@console.post("/payouts/<run_id>/cancel")
def cancel_payout(run_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    run = cancel_payout_run(db(), brand_id=brand_id(), run_id=_run(run_id).id, now=now())
    flash(gettext("第 %(number)d 批已取消，金额退回可提现。", number=run.number), "success")
    return redirect(url_for("console.payout", run_id=run.id), 303)


@console.get("/payouts/<run_id>.csv")
def payout_csv(run_id: str) -> ResponseReturnValue:
    """Holds account numbers in the clear: only for who runs payouts, and written down."""
    actor().require("money:run")
    run = _run(run_id)
    note(db(), action="export", subject_kind="payout_runs", subject_id=run.id, subject_name=str(run.number))
    response = Response(payout_file(db(), brand_id=brand_id(), run_id=run.id), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="payout-{run.number}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _run(run_id: str) -> PayoutRun:
    key = parse_id(run_id, "payout_run")
    run = db().scalar(select(PayoutRun).where(PayoutRun.brand_id == brand_id(), PayoutRun.id == key))
    if run is None:
        raise NotFound("payout_run", run_id)
    return run
