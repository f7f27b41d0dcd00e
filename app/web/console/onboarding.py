"""The page that a payee without a sign-in here (a store's owner, a dealer) is sent: where her Stripe account stands, and on to Stripe.

Its address is the secret. Coming back from Stripe proves nothing: the account is read.
"""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.people.actors import Actor
from app.domain.provider.accounts import account_holder
from app.domain.provider.models import ProviderAccount
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared import payee_accounts as accounts
from app.web.shared.account_words import account_facts
from app.web.shared.application import roll_back
from app.web.shared.errors import says
from app.web.shared.names import payee_name
from app.web.shared.serving import brand, brand_by_id, brand_id, db, serve_actor, serve_brand
from app.web.shared.throttling import limit_forms

from .blueprint import console


@console.get("/onboarding/<token>")
def onboarding(token: str) -> str:
    account, name = _hers(token)
    return render_template("console/onboarding.html", account=account_facts(account), name=name, brand=brand(), token=token)


@console.post("/onboarding/<token>")
@limit_forms
def onboarding_post(token: str) -> ResponseReturnValue:
    return _on(token)


@console.get("/onboarding/<token>/again")
def onboarding_again(token: str) -> ResponseReturnValue:
    """Stripe sends her here when a link was spent or too old: a new one."""
    return _on(token)


@console.get("/onboarding/<token>/back")
def onboarding_back(token: str) -> ResponseReturnValue:
    account, _ = _hers(token)
    try:
        accounts.check_account(account.payee_id)
    except Refused as refused:
        roll_back()
        flash(says(refused), "warn")
    return redirect(url_for("console.onboarding", token=token), 303)


def _on(token: str) -> ResponseReturnValue:
    account, _ = _hers(token)
    back, again = (url_for(f"console.onboarding_{name}", token=token) for name in ("back", "again"))
    try:
        return redirect(accounts.onboarding_url(account.payee_id, back=back, again=again), 303)
    except Refused as refused:
        roll_back()
        flash(says(refused), "warn")
        return redirect(url_for("console.onboarding", token=token), 303)


def _hers(token: str) -> tuple[ProviderAccount, str]:
    """The account of a link that is still good, and whose it is; the request serves its brand and acts as her from here on."""
    g.secret_address = True
    known = accounts.read_page_token(token)
    account = _open_account(*known) if known else None
    if account is None:
        raise Refused("link_spent", "这个链接已失效：账户已停用，或超过 %(days)d 天。请联系发给你的人重新发一次。", days=accounts.DAYS)
    payee = account_holder(db(), brand_id=brand_id(), payee_id=account.payee_id)
    name = payee_name(payee.party, payee.name)
    serve_actor(Actor("account", str(account.id), name))
    return account, name


def _open_account(brand_key: int, account_id: str) -> ProviderAccount | None:
    accounts.provider()
    try:
        serve_brand(brand_by_id(brand_key))
    except NotFound:
        return None
    account = db().get(ProviderAccount, (brand_key, parse_id(account_id)))
    return account if account is not None and account.state != "closed" else None
