"""Payout runs: drafted by one person, approved by another, executed; the files for payroll and bank (R15)."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app.domain.brands.queries import settings_of
from app.domain.insights.unlocking import phase_totals
from app.domain.people.audit import note
from app.domain.settlement.models import PayoutRun
from app.domain.settlement.payout_files import payout_file
from app.domain.settlement.queries import SORTS, open_run, passed_over_page, payouts_page, run_by_id, run_totals, runs_page
from app.domain.settlement.rules import BY_TRANSFER
from app.domain.settlement.transfers import sums_of, transfer_sums, transfers_page
from app.domain.settlement.withdrawals import asked_for
from app.flows.pay_out import approve_payout_run, cancel_payout_run, draft_payout_run, execute_payout_run
from app.kernel.ids import parse_id
from app.web.shared.application import app, now
from app.web.shared.asking import page_number
from app.web.shared.formats import priced
from app.web.shared.serving import actor, brand_id, db

from . import asked
from . import payout_words as words
from .blueprint import console


@console.get("/payouts")
def payouts() -> ResponseReturnValue:
    actor().require("money:view")
    state = asked.one_of("state", (*words.RUN_STATES, "unreconciled"))
    settings = settings_of(db(), brand_id=brand_id())
    return render_template(
        "console/payouts.html", page=runs_page(db(), brand_id=brand_id(), state=state, number=page_number()), state=state, query=asked.query(state=state),
        opened=open_run(db(), brand_id=brand_id()), totals=phase_totals(db(), brand_id=brand_id()), requested=asked_for(db(), brand_id=brand_id()), words=words,
        schedule=words.schedule_words(settings.payout_schedule, settings.payout_day), may_run=actor().may("money:run"), may_set=actor().may("money:approve"))


@console.post("/payouts")
def draft_payout() -> ResponseReturnValue:
    actor().require("money:run")
    scope = "withdrawals" if request.form.get("scope") == "withdrawals" else "all"
    run = draft_payout_run(db(), brand_id=brand_id(), scope=scope, now=now())
    flash(gettext("第 %(number)d 批已起草：%(count)d 位收款方，共 %(amount)s。请另一位同事批准。", number=run.number, count=run.payout_count,
                  amount=priced(run.amount_minor)), "success")
    return redirect(url_for("console.payout", run_id=run.id), 303)


@console.get("/payouts/<run_id>")
def payout(run_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    run, me = run_of(run_id), actor()
    transfers = transfer_sums(db(), brand_id=brand_id(), run_id=run.id)
    tab = asked.one_of("tab", ("passed_over", *(("transfers",) if transfers else ()))) or "payouts"
    q, sort = asked.text("q"), asked.one_of("sort", SORTS) or "-amount"
    state = asked.one_of("state", words.TRANSFER_STATES if tab == "transfers" else words.STATES)
    reason = asked.one_of("reason", words.REASONS)
    own = tab == "payouts"
    included = payouts_page(db(), brand_id=brand_id(), run_id=run.id, q=q if own else "", state=state if own else "", sort=sort, number=page_number())
    passed = passed_over_page(db(), brand_id=brand_id(), run_id=run.id, q=q if tab == "passed_over" else "", reason=reason, number=page_number())
    page = included if own else passed if tab == "passed_over" else transfers_page(
        db(), brand_id=brand_id(), run_id=run.id, q=q, state=state, number=page_number())
    return render_template(
        "console/payout.html", run=run, tab=tab, page=page, included=included.total, passed=passed.total, words=words, transfers=transfers,
        by_transfer=sums_of(db(), brand_id=brand_id(), payout_ids=[one.id for one, _ in included.items]) if own and transfers else {},
        totals=run_totals(db(), brand_id=brand_id(), run_id=run.id), q=q, state=state, sort=sort, reason=reason, may_run=me.may("money:run"),
        may_approve=me.may("money:approve"), drafted_by_me=me.ref == run.drafted_by_id, query=asked.query(
            tab=tab if tab != "payouts" else "", q=q, state=state, reason=reason, sort=sort if sort != "-amount" else ""))


@console.post("/payouts/<run_id>/approve")
def approve_payout(run_id: str) -> ResponseReturnValue:
    actor().require("money:approve")
    run = approve_payout_run(db(), brand_id=brand_id(), run_id=run_of(run_id).id, now=now())
    flash(gettext("第 %(number)d 批已批准，可以执行打款了。", number=run.number), "success")
    return redirect(url_for("console.payout", run_id=run.id), 303)


@console.post("/payouts/<run_id>/execute")
def execute_payout(run_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    run = execute_payout_run(db(), brand_id=brand_id(), run_id=run_of(run_id).id, provider=app().gateways.payouts, now=now())
    flash(_executed(run), "success")
    return redirect(url_for("console.payout", run_id=run.id), 303)


@console.post("/payouts/<run_id>/cancel")
def cancel_payout(run_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    run = cancel_payout_run(db(), brand_id=brand_id(), run_id=run_of(run_id).id, now=now())
    flash(gettext("第 %(number)d 批已取消，金额退回可提现。", number=run.number), "success")
    return redirect(url_for("console.payout", run_id=run.id), 303)


@console.get("/payouts/<run_id>.csv")
def payout_csv(run_id: str) -> ResponseReturnValue:
    """?part= payroll, bank, internal or everything. Holds account numbers in the clear: only for who runs payouts, and written down."""
    actor().require("money:run")
    run, part = run_of(run_id), asked.one_of("part", words.PARTS)
    note(db(), action="export", subject_kind="payout_runs", subject_id=run.id, subject_name=str(run.number), after={"part": part or "all"})
    content = payout_file(db(), brand_id=brand_id(), run_id=run.id, files=app().gateways.files, part=part)
    response = Response(content, content_type="text/csv; charset=utf-8")
    suffix = ("-" + part if part else "") + ("" if run.file_key else "-preview")
    response.headers["Content-Disposition"] = f'attachment; filename="payout-{run.number}{suffix}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _executed(run: PayoutRun) -> str:
    """What is left to do: files to carry, transfers that leave by themselves, or both."""
    totals = run_totals(db(), brand_id=brand_id(), run_id=run.id)
    by_transfer = ngettext("%(num)d 笔自动转到 Stripe 账户，几分钟内到齐。", "%(num)d 笔自动转到 Stripe 账户，几分钟内到齐。", totals.transferring)
    if totals.transferring and not run.file_key:
        return gettext("第 %(number)d 批已执行：", number=run.number) + by_transfer
    by_file = gettext("第 %(number)d 批已执行：%(amount)s 记为已打款。下载文件交给薪资和银行，到账后回来登记结果。", number=run.number,
                      amount=priced(run.amount_minor - totals.by_method.get(BY_TRANSFER, 0)))
    return f"{by_file} {by_transfer}" if totals.transferring else by_file


def run_of(run_id: str) -> PayoutRun:
    return run_by_id(db(), brand_id=brand_id(), run_id=parse_id(run_id, "payout_run"))
