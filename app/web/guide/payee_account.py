"""Her account at Stripe: she opens it and goes on to Stripe's pages; when she comes back, Stripe is asked how it stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.provider.account_rules import wanted
from app.kernel.errors import Refused
from app.web.shared import payee_accounts as accounts
from app.web.shared.account_words import STATES
from app.web.shared.application import roll_back
from app.web.shared.asking import tell
from app.web.shared.errors import says
from app.web.shared.payee_accounts import AccountForm

from .bank import OwnBankForm, bank_page
from .blueprint import guide


@guide.post("/bank/account")
def bank_account() -> ResponseReturnValue:
    """Opens her account unless she has one, then on to Stripe."""
    accounts.provider()
    payee_id, form = g.guide.payee_id, AccountForm()
    try:
        accounts.open_account(payee_id, email=form.email.data or "", country=request.form.get("country", ""))
        return redirect(_stripes_page(payee_id), 303)
    except Refused as refused:
        roll_back()
        tell(form, refused)
        return bank_page(OwnBankForm(formdata=None, holder=g.guide.name), form), 422


@guide.get("/bank/account/again")
def bank_account_again() -> ResponseReturnValue:
    """Stripe sends her here when a link was spent or too old: a new one."""
    try:
        return redirect(_stripes_page(g.guide.payee_id), 303)
    except Refused as refused:
        return _told(says(refused), "warn")


@guide.get("/bank/account/back")
def bank_account_back() -> ResponseReturnValue:
    """That she came back proves nothing: her account is read."""
    try:
        account = accounts.check_account(g.guide.payee_id)
    except Refused as refused:
        return _told(says(refused), "warn")
    return _told(gettext("Stripe 账户：%(state)s", state=STATES[account.state][0]), "ok" if account.state == "ready" else "warn")


def account_to_mend() -> list[dict[str, Any]]:
    """One of her to-dos: her account is stopped, or Stripe wants something of her."""
    account = accounts.account_here(g.guide.payee_id)
    if account is None or not (account.state == "restricted" or wanted(account.problems)):
        return []
    title = gettext("收款账户暂停了") if account.state == "restricted" else gettext("收款账户要补资料")
    return [{"title": title, "icon": "wallet", "tone": "w", "text": gettext("Stripe 还要一些资料，几分钟填好"), "href": url_for("guide.bank"),
             "verb": gettext("去填")}]


def _told(text: str, kind: str) -> ResponseReturnValue:
    roll_back()
    flash(text, kind)
    return redirect(url_for("guide.bank"), 303)


def _stripes_page(payee_id: UUID) -> str:
    return accounts.onboarding_url(payee_id, back=url_for("guide.bank_account_back"), again=url_for("guide.bank_account_again"))
