"""Activation links: who opens hers sets her own password. Good for seven days and for one password (R35)."""

from __future__ import annotations

from app.domain.people.actors import Actor
from app.domain.people.models import Account
from app.domain.people.queries import account_by_id
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id

from .application import app, brand_session
from .serving import brand_by_id, serve_actor, serve_brand
from .signed_tokens import read, sign

DAYS = 7


def activation_url(surface: str, account: Account) -> str:
    """The link HQ hands over. A new password, and leaving, raise the account's epoch and so spend it."""
    token = sign(f"activate-{surface}", [account.brand_id, str(account.id), account.epoch])
    return f"{app().settings.public_url}/{surface}/activate/{token}"


def account_of(surface: str, token: str) -> Account:
    """The account of a link that is still good; from here on the request serves its brand and acts as she."""
    known = read(f"activate-{surface}", token, max_age=DAYS * 86400)
    account = _account(*known) if known else None
    if account is None:
        raise Refused("link_spent", "这个激活链接已失效：可能已用过，或超过 %(days)d 天。请联系发给你的人重新生成。", days=DAYS)
    serve_actor(Actor("guide" if surface == "guide" else "account", str(account.id), account.name))
    return account


def _account(brand_id: int, account_id: str, epoch: int) -> Account | None:
    try:
        serve_brand(brand_by_id(brand_id))
    except NotFound:
        return None
    account = account_by_id(brand_session(brand_id), brand_id=brand_id, account_id=parse_id(account_id))
    return account if account is not None and account.active and account.epoch == epoch else None
