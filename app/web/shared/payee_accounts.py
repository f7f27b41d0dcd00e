"""A payee's account at the provider, as every surface handles it: whoever sent the request is behind each change, nothing is held over the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField

from app.domain.people.actors import Actor
from app.domain.people.audit import note
from app.domain.provider.account_rules import countries
from app.domain.provider.accounts import account_of
from app.domain.provider.models import ProviderAccount
from app.domain.provider.ports import OnlineProvider
from app.flows import connect_payees
from app.kernel.errors import NotFound

from .account_words import country_choices, country_name
from .application import act, app, end_transactions, now
from .asking import options
from .serving import actor, brand_id, db
from .signed_tokens import read, sign

DAYS = 7
PURPOSE = "payee-account"


def online() -> bool:
    return app().gateways.online is not None


def provider() -> OnlineProvider:
    """Where payments go through one; elsewhere nothing of this exists."""
    found: OnlineProvider | None = app().gateways.online
    if found is None:
        raise NotFound("page", "payee_account")
    return found


def home() -> str:
    """Where the platform is."""
    stripe = app().settings.stripe
    return stripe.country if stripe else ""


def account_here(payee_id: UUID) -> ProviderAccount | None:
    """The payee's open account; None where there is no provider."""
    return account_of(db(), brand_id=brand_id(), payee_id=payee_id, provider=provider().name) if online() else None


class AccountForm(FlaskForm):
    """Whose account is to be opened; a country only where there is a choice."""

    email = StringField(_l("邮箱"), render_kw={"type": "email", "maxlength": 200, "autocomplete": "email", "inputmode": "email"})
    country = SelectField(_l("国家或地区"), choices=[])

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        codes = choices()
        if len(codes) > 1:
            self.country.choices = options(country_choices(codes))
        else:
            del self.country


def open_account(payee_id: UUID, *, email: str, country: str) -> ProviderAccount:
    return connect_payees.open_account(_ours(), brand_id=brand_id(), provider=provider(), payee_id=payee_id, email=email, country=country, home=home(),
                                       now=now())


def link_account(payee_id: UUID, *, ref: str) -> ProviderAccount:
    return connect_payees.link_account(_ours(), brand_id=brand_id(), provider=provider(), payee_id=payee_id, ref=ref, now=now())


def confirm_account(payee_id: UUID) -> ProviderAccount:
    return connect_payees.confirm_account(_ours(), brand_id=brand_id(), provider=provider(), payee_id=payee_id, now=now())


def check_account(payee_id: UUID) -> ProviderAccount:
    return connect_payees.refresh_account(_ours(), brand_id=brand_id(), provider=provider(), payee_id=payee_id, now=now())


def onboarding_url(payee_id: UUID, *, back: str, again: str) -> str:
    """At the provider; `back` and `again` are our pages, by path. Who went there is written down."""
    database, brand = _ours(), brand_id()
    url = connect_payees.onboarding_link(database, brand_id=brand, provider=provider(), payee_id=payee_id, return_url=app().settings.public_url + back,
                                         refresh_url=app().settings.public_url + again, now=now())
    with database.transaction(brand) as session:
        note(session, action="onboarding", subject_kind="payees", subject_id=payee_id)
    return url


def page_token(account: ProviderAccount) -> str:
    """Opens the page on which the payee goes on to the provider, for whoever has no sign-in here."""
    return sign(PURPOSE, [account.brand_id, str(account.id)])


def read_page_token(token: str) -> tuple[int, str] | None:
    known = read(PURPOSE, token, max_age=DAYS * 86400)
    return (known[0], known[1]) if known else None


def home_name() -> str:
    return country_name(home())


def choices() -> list[str]:
    """Countries a payee may be in, the platform's own first."""
    return sorted(countries(home()), key=lambda one: (one != home(), one))


class _Acting:
    """The database, with this request's person behind every change (audit log)."""

    def __init__(self, who: Actor) -> None:
        self._who, self._database = who, app().database

    @contextmanager
    def transaction(self, brand_id: int | None = None) -> Iterator[Session]:
        with self._database.transaction(brand_id) as session:
            act(session, self._who)
            yield session


def _ours() -> _Acting:
    """What the calls need of this request is read before its transactions end."""
    provider()
    brand_id()
    end_transactions()
    return _Acting(actor())
