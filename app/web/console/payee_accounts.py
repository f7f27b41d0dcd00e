"""A payee's account at Stripe, as finance sees it: open one, hand over the page on which she fills in, check it, stop using it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app.domain.ledger.models import Payee
from app.domain.provider.accounts import account_holder, close_account, unconfirmed, waiting_accounts
from app.domain.provider.models import ProviderAccount
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared import payee_accounts as accounts
from app.web.shared.account_words import STATES, account_facts
from app.web.shared.application import app
from app.web.shared.asking import tell
from app.web.shared.errors import says
from app.web.shared.names import payee_name
from app.web.shared.payee_accounts import AccountForm
from app.web.shared.serving import actor, brand_id, db

from .blueprint import console


@console.get("/payees/<payee_id>/account")
def payee_account(payee_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    return _page(_holder(payee_id), AccountForm(formdata=None))


@console.post("/payees/<payee_id>/account")
def open_payee_account(payee_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    payee, form = _holder(payee_id), AccountForm()
    try:
        accounts.open_account(payee.id, email=form.email.data or "", country=request.form.get("country", ""))
    except Refused as refused:
        tell(form, refused)
        return _page(payee, form), 422
    flash(gettext("已开户。把下面的页面发给收款方，填完资料就能收款。"), "success")
    return _back(payee.id)


@console.post("/payees/<payee_id>/account/existing")
def link_payee_account(payee_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    payee, ref = _holder(payee_id), request.form.get("ref", "")
    try:
        account = accounts.link_account(payee.id, ref=ref)
    except Refused as refused:
        return _page(payee, AccountForm(formdata=None), ref=ref[:120], problem=says(refused)), 422
    flash(gettext("已记下 %(ref)s，另一位同事核验后才会使用。", ref=account.provider_ref), "success")
    return _back(payee.id)


@console.post("/payees/<payee_id>/account/confirm")
def confirm_payee_account(payee_id: str) -> ResponseReturnValue:
    actor().require("money:approve")
    return _asked(_holder(payee_id).id, accounts.confirm_account)


@console.post("/payees/<payee_id>/account/check")
def check_payee_account(payee_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    return _asked(_holder(payee_id).id, accounts.check_account)


@console.post("/payees/<payee_id>/account/close")
def close_payee_account(payee_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    payee = _holder(payee_id)
    close_account(db(), brand_id=brand_id(), payee_id=payee.id, provider=accounts.provider().name)
    flash(gettext("已停用，以后的打款不再走这个 Stripe 账户。"), "success")
    return _back(payee.id)


def accounts_to_mend() -> list[dict[str, str]]:
    """For the first page: payees whose money waits because Stripe stopped their account, and accounts a second person must look at."""
    if not accounts.online():
        return []
    restricted, waiting = waiting_accounts(db(), brand_id=brand_id(), provider=accounts.provider().name)
    found = []
    if restricted:
        found.append({"kind": "bad", "title": ngettext("%(num)d 个 Stripe 收款账户暂停", "%(num)d 个 Stripe 收款账户暂停", restricted), "verb": gettext("去看"),
                      "text": gettext("要补资料，补好前打款会跳过，钱留着"), "href": url_for("console.payees", account="restricted")})
    if waiting and actor().may("money:approve"):
        found.append({"kind": "info", "title": ngettext("%(num)d 个 Stripe 收款账户待核验", "%(num)d 个 Stripe 收款账户待核验", waiting),
                      "text": gettext("核验后才会用来打款"), "href": url_for("console.payees", account="onboarding"), "verb": gettext("去核验")})
    return found


def _holder(payee_id: str) -> Payee:
    """Whoever may have an account here; nobody where Stripe is not in use."""
    accounts.provider()
    return account_holder(db(), brand_id=brand_id(), payee_id=parse_id(payee_id, "payee"))


def _asked(payee_id: UUID, ask: Callable[[UUID], ProviderAccount]) -> ResponseReturnValue:
    try:
        flash(gettext("刚刚问过 Stripe，现在：%(state)s。", state=STATES[ask(payee_id).state][0]), "success")
    except Refused as refused:
        flash(says(refused), "warn")
    return _back(payee_id)


def _back(payee_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("console.payee_account", payee_id=payee_id), 303)


def _page(payee: Payee, form: AccountForm, *, ref: str = "", problem: str = "") -> str:
    account, me = accounts.account_here(payee.id), actor()
    facts, may_run, link = account_facts(account) if account else None, me.may("money:run"), ""
    if account and may_run and not unconfirmed(account):
        link = app().settings.public_url + url_for("console.onboarding", token=accounts.page_token(account))
    return render_template("console/payee_account.html", payee=payee, name=payee_name(payee.party, payee.name), form=form, account=facts, link=link,
                           may_run=may_run, may_approve=me.may("money:approve"), by_me=facts is not None and facts["linked_by"] == me.ref,
                           days=accounts.DAYS, ref=ref, problem=problem, home=accounts.home_name())
