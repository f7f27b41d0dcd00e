"""What the bank says of a run's payouts: one by one, all that are left, or its result file, which is shown before it is taken."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.settlement.bank_details import doubt_bank_details
from app.flows.import_results import ResultsTaken, import_results
from app.flows.reconcile_payouts import confirm_payout, confirm_payouts, fail_payout
from app.gateways.tables import read_table
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.serving import account_id, actor, brand_id, db
from app.web.shared.signed_tokens import read, sign

from .blueprint import console
from .payouts import run_of

FIELDS = {"payout": _("打款编号"), "result": _("结果"), "reason": _("原因")}
KEPT_SECONDS = 3600
SHOWN = 200


@console.post("/payouts/<run_id>/confirm")
def confirm_all_payouts(run_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    count = confirm_payouts(db(), brand_id=brand_id(), run_id=run_of(run_id).id, now=now())
    flash(gettext("%(count)d 笔已确认到账。", count=count), "success")
    return redirect(url_for("console.payout", run_id=run_id), 303)


@console.post("/payouts/<run_id>/<payout_id>/confirm")
def confirm_one_payout(run_id: str, payout_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    payout = confirm_payout(db(), brand_id=brand_id(), run_id=run_of(run_id).id, payout_id=parse_id(payout_id, "payout"), now=now())
    flash(gettext("%(name)s 的打款已确认到账。", name=payout.payee.name), "success")
    return redirect(url_for("console.payout", run_id=run_id), 303)


@console.post("/payouts/<run_id>/<payout_id>/fail")
def fail_one_payout(run_id: str, payout_id: str) -> ResponseReturnValue:
    """The reason is the payee's to read; a wrong account is verified again before it is used."""
    actor().require("money:run")
    payout = fail_payout(db(), brand_id=brand_id(), run_id=run_of(run_id).id, payout_id=parse_id(payout_id, "payout"),
                         reason=request.form.get("reason", ""), now=now())
    if request.form.get("doubt") == "1":
        doubt_bank_details(db(), brand_id=brand_id(), payee_id=payout.payee_id)
    flash(gettext("%(name)s 的打款记为失败，金额退回可提现，她会看到原因。", name=payout.payee.name), "success")
    return redirect(url_for("console.payout", run_id=run_id), 303)


@console.get("/payouts/<run_id>/results")
def payout_results(run_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    return _upload_page(run_id)


@console.post("/payouts/<run_id>/results")
def payout_results_check(run_id: str) -> ResponseReturnValue:
    """The dry run: nothing is written."""
    actor().require("money:run")
    file = request.files.get("file")
    try:
        rows = [(line, [cell[:240] for cell in cells[:20]]) for line, cells in read_table(file.read() if file else b"") if any(cells)]
        result = _run(run_id, rows, dry_run=True)
    except Refused as refused:
        return _upload_page(run_id, says(refused)), 422
    return _result_page(run_id, result, sign("results", [brand_id(), str(account_id()), run_id, rows]))


@console.post("/payouts/<run_id>/results/apply")
def payout_results_apply(run_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    known = read("results", request.form.get("token", ""), max_age=KEPT_SECONDS)
    if known is None or known[:3] != [brand_id(), str(account_id()), run_id]:
        return _upload_page(run_id, gettext("预览已过期，请重新上传")), 422
    result = _run(run_id, known[3], skip_errors=request.form.get("skip_errors") == "1")
    if not result.applied:
        return _result_page(run_id, result, request.form["token"]), 422
    flash(gettext("银行结果已登记：到账 %(confirmed)d 笔，失败 %(failed)d 笔，原来就知道的 %(unchanged)d 笔", confirmed=result.confirmed,
                  failed=result.failed, unchanged=result.unchanged), "success")
    return redirect(url_for("console.payout", run_id=run_id), 303)


def _run(run_id: str, rows: list[Any], **how: bool) -> ResultsTaken:
    return import_results(db(), brand_id=brand_id(), run_id=run_of(run_id).id, rows=rows, now=now(), **how)


def _upload_page(run_id: str, problem: str = "") -> str:
    return render_template("console/payout_results.html", run=run_of(run_id), result=None, problem=problem)


def _result_page(run_id: str, result: ResultsTaken, token: str) -> str:
    return render_template("console/payout_results.html", run=run_of(run_id), result=result, token=token, problem="", shown=SHOWN,
                           errors=[(error.line, FIELDS[error.field], gettext(error.message) % error.data) for error in result.errors])
