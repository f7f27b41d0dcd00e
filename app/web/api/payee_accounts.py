"""/payees/{id}/account: a payee's account at the payment provider, where one is in use; nothing of it is found elsewhere."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.domain.ledger.models import Payee
from app.domain.provider.accounts import STATES, account_holder, close_account, unconfirmed
from app.domain.provider.models import ProviderAccount
from app.kernel.errors import Conflict, NotFound
from app.web.shared import payee_accounts as accounts
from app.web.shared.account_words import problem_words
from app.web.shared.application import app, roll_back
from app.web.shared.serving import brand_id, db

from .fields import Choice, Ref, Text, When, Whole
from .rows import found
from .shapes import Listed, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "payees"}
READY = "Only a `ready` account is sent money; while one is `restricted` its money stays due; before it was ever ready the payee is paid as without one."


class PayeeAccountOut(Shape):
    id = Ref("payee account")
    payee_id = Ref("payee")
    provider = Text(20)
    account = Text(120, attribute="provider_ref", metadata={"description": "Its id at the provider.", "examples": ["acct_1Qx2Yz3AbCdEfGhI"]})
    state = Choice(*STATES, metadata={"description": READY})
    problems = Listed(Text(300), metadata={"description": "What the provider still wants, in its own codes."})
    said = Listed(Text(300), metadata={"description": "The same in the language asked for."})
    version = Whole()
    created_at = When()
    checked_at = When(allow_none=True)


class NewPayeeAccount(Shape):
    email = Text(200, load_default="", metadata={"description": "Where the provider reaches the payee; needed unless an existing account is named."})
    country = Text(2, load_default="", pattern="[A-Za-z]{0,2}", metadata={"description": "ISO 3166; the platform's own if it is left away."})
    account = Text(120, load_default="", metadata={"description": "An account that exists on the platform already, instead of a new one."})


class OnboardingOut(Shape):
    url = Text(2000, metadata={"description": "A page of ours for the payee, good for seven days, that leads on to the provider. It is a secret of hers."})


@v1.get("/payees/<id>/account", out=PayeeAccountOut, scope="money:read", summary="A payee's account at the payment provider", **TAG)
def get_payee_account(id: str) -> dict[str, Any]:
    """As it was read last; the provider tells of changes by itself."""
    return _shown(_open_account(_holder(id)))


@v1.post("/payees/<id>/account", body=NewPayeeAccount, out=PayeeAccountOut, status=201, scope="money:write", summary="Open an account for a payee", **TAG)
def open_payee_account(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """One at a time: where there is one it is answered as it stands. 409 `provider_silent` says nothing of whether it was opened; ask again.

    An existing one is `due` until another token has confirmed it.
    """
    payee = _holder(id)
    roll_back()
    made = accounts.link_account(payee.id, ref=body["account"]) if body["account"] else accounts.open_account(
        payee.id, email=body["email"], country=body["country"])
    return _shown(made)


@v1.post("/payees/<id>/account/confirm", out=PayeeAccountOut, scope="money:write", summary="Confirm an existing account", **TAG)
def confirm_payee_account(id: str) -> dict[str, Any]:
    """Of an account that was named by its id: by another token than named it (422 `second_person`). Nothing is sent to it before."""
    payee = _holder(id)
    roll_back()
    return _shown(accounts.confirm_account(payee.id))


@v1.post("/payees/<id>/account/link", out=OnboardingOut, scope="money:write", summary="A page on which the payee fills in", **TAG)
def link_payee_account(id: str) -> dict[str, Any]:
    """Hand it to her by a way that only she reads: whoever has it says where her money goes."""
    account = _open_account(_holder(id))
    if unconfirmed(account):
        raise Conflict("not_confirmed", "等另一位同事核验后才会使用这个账户")
    return {"url": app().settings.public_url + url_for("console.onboarding", token=accounts.page_token(account))}


@v1.post("/payees/<id>/account/check", out=PayeeAccountOut, scope="money:write", summary="Read a payee's account again", **TAG)
def check_payee_account(id: str) -> dict[str, Any]:
    payee = _holder(id)
    roll_back()
    return _shown(accounts.check_account(payee.id))


@v1.post("/payees/<id>/account/close", out=PayeeAccountOut, scope="money:write", summary="Stop using a payee's account", **TAG)
def close_payee_account(id: str) -> dict[str, Any]:
    """Nothing is sent to it any more; it stays at the provider. 409 `payout_under_way` while a transfer to it is."""
    return _shown(close_account(db(), brand_id=brand_id(), payee_id=_holder(id).id, provider=accounts.provider().name))


def _holder(key: str) -> Payee:
    accounts.provider()
    return account_holder(db(), brand_id=brand_id(), payee_id=found(Payee, key).id)


def _open_account(payee: Payee) -> ProviderAccount:
    account = accounts.account_here(payee.id)
    if account is None:
        raise NotFound("payee_account", payee.id)
    return account


def _shown(account: ProviderAccount) -> dict[str, Any]:
    names = ("id", "payee_id", "provider", "provider_ref", "state", "problems", "version", "created_at", "checked_at")
    return {**{name: getattr(account, name) for name in names}, "said": problem_words(account.problems)}
