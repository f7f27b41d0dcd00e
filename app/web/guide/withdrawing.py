"""提现: ask for part of what is available, see where it stands, change one's mind (R16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.ledger.queries import balances
from app.domain.provider.accounts import account_of
from app.domain.settlement.models import Withdrawal
from app.domain.settlement.rules import BY_TRANSFER, method_of
from app.domain.settlement.statements import statement
from app.domain.settlement.taxing import taxes
from app.domain.settlement.withdrawals import withdrawals_page
from app.flows.withdraw import cancel_withdrawal, open_withdrawal, request_withdrawal, require_payable
from app.kernel import money
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.errors import says
from app.web.shared.formats import priced
from app.web.shared.payout_words import WITHDRAWAL_STATES, reason_words, tax_words
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@guide.get("/withdraw")
def withdraw() -> str:
    return _page()


@guide.post("/withdraw")
def withdraw_post() -> ResponseReturnValue:
    """Pressed twice, the second is refused: one request at a time."""
    typed = request.form.get("amount", "")
    try:
        amount = money.parse(typed, brand().currency, field="amount")
        row = request_withdrawal(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, amount_minor=amount, now=now())
    except Refused as refused:
        db().rollback()
        return _page(typed[:40], says(refused)), 422
    flash(gettext("已申请提现 %(amount)s，品牌处理后你会在这里看到。", amount=priced(row.amount_minor)), "ok")
    return redirect(url_for("guide.withdraw"), 303)


@guide.post("/withdrawals/<withdrawal_id>/cancel")
def cancel_own_withdrawal(withdrawal_id: str) -> ResponseReturnValue:
    row = cancel_withdrawal(db(), brand_id=brand_id(), withdrawal_id=parse_id(withdrawal_id, "withdrawal"), payee_id=g.guide.payee_id, now=now())
    flash(gettext("已取消，%(amount)s 退回可提现。", amount=priced(row.amount_minor)), "ok")
    return redirect(url_for("guide.withdraw"), 303)


def _page(typed: str | None = None, problem: str = "") -> str:
    payee, available = g.guide.payee, balances(db(), brand_id=brand_id(), payee_id=g.guide.payee_id)["available"]
    account = account_of(db(), brand_id=brand_id(), payee_id=payee.id, provider=BY_TRANSFER)
    waiting = open_withdrawal(db(), brand_id=brand_id(), payee_id=payee.id)
    tax, trace = taxes(db(), brand_id=brand_id(), now=now(), payee_id=payee.id)(payee.id, payee.tax_kind, max(available, 0))
    return render_template(
        "guide/withdraw.html", available=available, waiting=waiting, journey=_journey(waiting) if waiting else (), refusal=_refusal(),
        typed=money.decimal_text(max(available, 0), brand().currency) if typed is None else typed, problem=problem, payee=payee,
        by_bank=method_of(payee.tax_kind) == "bank", by_transfer=account is not None and account.state == "ready",
        tax=tax, steps=tax_words(trace), made_of=_made_of(available),
        page=withdrawals_page(db(), brand_id=brand_id(), payee_id=payee.id, number=page_number()), states=WITHDRAWAL_STATES, reason_words=reason_words)


def _made_of(available: int) -> list[tuple[str, int]]:
    """All that ever came in and went out, adding up to what is available."""
    names = {"earned": gettext("解冻的佣金"), "reversed": gettext("退款扣回"), "fees": gettext("拒付手续费"), "requested": gettext("申请提现"),
             "paid": gettext("批次打款"), "written_off": gettext("品牌核销")}
    told = statement(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, from_=LONG_AGO, to=now() + timedelta(seconds=1))
    return [*((names[group], amount) for group, amount in told.groups.items() if amount), (gettext("现在可以提现"), available)]


def _refusal() -> str:
    """Why she cannot ask now, with what to do; '' if she can."""
    try:
        require_payable(db(), brand_id=brand_id(), payee=g.guide.payee)
    except Refused as refused:
        return says(refused)
    return ""


def _journey(row: Withdrawal) -> list[dict[str, Any]]:
    paying = row.state == "paying"
    return [{"label": gettext("已申请"), "note": "", "state": "done"},
            {"label": gettext("品牌处理"), "note": gettext("已列入打款") if paying else gettext("等待列入打款"), "state": "done" if paying else "now"},
            {"label": gettext("到账"), "note": "", "state": "now" if paying else "todo"}]
