"""A payee gets an account at the provider: asked for once, followed until money may be sent to it, and told to whom it is hers.

Each call that changes something is three steps: the row with what is asked, the call under the row's key, what came of it. Nothing is held
over the network, and whoever comes later (a second click, an event, a check) ends what was cut off in between.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.guides.models import Guide
from app.domain.notices.actions import Telling, tell
from app.domain.provider.account_rules import country_of, email_of, ref_of, telling
from app.domain.provider.accounts import (
    account_holder,
    account_of,
    account_told_of,
    begin_account,
    begin_linking,
    confirm_linking,
    forget_account,
    note_account,
    unconfirmed,
)
from app.domain.provider.health import note_down
from app.domain.provider.models import ProviderAccount
from app.domain.provider.ports import AccountFacts, Declined, Misused, OnlineProvider, ProviderProblem
from app.domain.provider.routing import Told, brand_of, id_of
from app.kernel.errors import Conflict, NotFound, Refused

log = structlog.get_logger()


def open_account(database: Transactions, *, brand_id: int, provider: OnlineProvider, payee_id: UUID, email: str, country: str, home: str,
                 now: datetime) -> ProviderAccount:
    """The payee's account, opened unless there is one. `country` '' is `home`, where the platform is; both are two letters.

    One that was asked for without an answer is asked for again as it was the first time, whatever is typed now.
    """
    with database.transaction(brand_id) as session:
        account_holder(session, brand_id=brand_id, payee_id=payee_id)
        account = account_of(session, brand_id=brand_id, payee_id=payee_id, provider=provider.name) or begin_account(
            session, brand_id=brand_id, payee_id=payee_id, provider=provider.name, email=email_of(email), country=country_of(country, home=home), now=now)
    return _ask(database, provider, account, now) if account.state == "due" else account


def link_account(database: Transactions, *, brand_id: int, provider: OnlineProvider, payee_id: UUID, ref: str, now: datetime) -> ProviderAccount:
    """Writes down an account that exists on our platform, for another person to confirm. Refuses one that is not there, is another brand's (as
    if it were not there), or is taken."""
    ref = ref_of(ref)
    with database.transaction(brand_id) as session:
        account_holder(session, brand_id=brand_id, payee_id=payee_id)
    try:
        known = provider.read_account(ref)
    except ProviderProblem as problem:
        if _not_there(problem):
            raise _unknown() from problem
        raise _troubled(database, provider, problem, now) from problem
    if brand_of(known.marks) not in (None, brand_id):
        raise _unknown()
    with database.transaction(brand_id) as session:
        return begin_linking(session, brand_id=brand_id, payee_id=payee_id, provider=provider.name, ref=ref, now=now)


def confirm_account(database: Transactions, *, brand_id: int, provider: OnlineProvider, payee_id: UUID, now: datetime) -> ProviderAccount:
    """The second person says that it is hers: it is marked as ours and used from now on."""
    with database.transaction(brand_id) as session:
        account = confirm_linking(session, brand_id=brand_id, payee_id=payee_id, provider=provider.name)
    return _ask(database, provider, account, now)


def _unknown() -> Refused:
    return Refused("account_unknown", "我们的 Stripe 平台上没有这个账户", field="ref")


def _ask(database: Transactions, provider: OnlineProvider, account: ProviderAccount, now: datetime) -> ProviderAccount:
    """Steps two and three. What the provider will not open is closed, with its word for why."""
    if unconfirmed(account):
        raise Conflict("not_confirmed", "等另一位同事核验后才会使用这个账户")
    key, brand_id = f"acct:{account.payee_id}:v{account.version}", account.brand_id
    try:
        if account.provider_ref:
            facts = provider.mark_account(account.provider_ref, marks=account.asked["marks"], key=key)
        else:
            facts = provider.open_account(account.asked, key=key)
    except ProviderProblem as problem:
        if _not_there(problem):
            with database.transaction(brand_id) as session:
                forget_account(session, brand_id=brand_id, account_id=account.id, problem=problem.code)
        raise _troubled(database, provider, problem, now) from problem
    return note_reading(database, account, facts, now)


def onboarding_link(database: Transactions, *, brand_id: int, provider: OnlineProvider, payee_id: UUID, return_url: str, refresh_url: str,
                    now: datetime) -> str:
    """Where the payee tells the provider about herself: good once and for minutes, so made when she goes there and kept nowhere."""
    account = _open_account_of(database, brand_id, provider, payee_id)
    if account.state == "due":
        account = _ask(database, provider, account, now)
    try:
        return provider.onboarding_url(account.provider_ref, return_url=return_url, refresh_url=refresh_url)
    except ProviderProblem as problem:
        raise _troubled(database, provider, problem, now) from problem


def refresh_account(database: Transactions, *, brand_id: int, provider: OnlineProvider, payee_id: UUID, now: datetime) -> ProviderAccount:
    """Her account as the provider has it now: coming back from its pages proves nothing. One it no longer has cannot be paid."""
    account = _open_account_of(database, brand_id, provider, payee_id)
    if account.state == "due":
        return _ask(database, provider, account, now)
    try:
        facts = provider.read_account(account.provider_ref)
    except ProviderProblem as problem:
        if not _not_there(problem):
            raise _troubled(database, provider, problem, now) from problem
        facts = AccountFacts(account.provider_ref, "restricted", (problem.code,))
    return note_reading(database, account, facts, now)


def apply_account(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
    """What an event is about: the account is read, the brand found by its marks. None for an account that is none of ours."""
    facts = provider.read_account(ref)
    brand_id = brand_of(facts.marks)
    if brand_id is None:
        return None
    with database.transaction(brand_id) as session:
        account = account_told_of(session, brand_id=brand_id, provider=provider.name, ref=ref, account_id=id_of(facts.marks, "account_id"))
        if account is None:
            return None
        _keep(session, account, facts, now)
    return Told(brand_id)


def _open_account_of(database: Transactions, brand_id: int, provider: OnlineProvider, payee_id: UUID) -> ProviderAccount:
    with database.transaction(brand_id) as session:
        account = account_of(session, brand_id=brand_id, payee_id=payee_id, provider=provider.name)
    if account is None:
        raise NotFound("provider_account", payee_id)
    return account


def note_reading(database: Transactions, account: ProviderAccount, facts: AccountFacts, now: datetime) -> ProviderAccount:
    """Books what was read at or after `now`, unless a newer reading is booked already."""
    with database.transaction(account.brand_id) as session:
        row = session.scalars(select(ProviderAccount).where(ProviderAccount.id == account.id).with_for_update()).one()
        _keep(session, row, facts, now)
    return row


def _keep(session: Session, account: ProviderAccount, facts: AccountFacts, now: datetime) -> None:
    was, before = account.state, list(account.problems)
    if not note_account(account, facts=facts, now=now):
        return
    kind = telling(was, before, account.state, account.problems)
    if kind:
        guide_account = session.scalar(select(Guide.account_id).where(Guide.payee_id == account.payee_id, Guide.account_id.is_not(None)))
        tell(session, brand_id=account.brand_id, kind=kind, cause=f"{kind}:{account.id}:{now.isoformat()}", now=now,
             to=[Telling(guide_account, {})] if guide_account else [])


def _not_there(problem: ProviderProblem) -> bool:
    """The provider does not have that account, or has it and does not let us see it."""
    return isinstance(problem, Declined) or problem.code == "account_invalid"


def _troubled(database: Transactions, provider: OnlineProvider, problem: ProviderProblem, now: datetime) -> Refused:
    """What a person is told: her input, our setting (the operator is told too), or that it is worth another try."""
    if _not_there(problem):
        return Refused("provider_declined", "Stripe 没有接受：%(why)s", why=problem.message or problem.code)
    if isinstance(problem, Misused):
        log.error("provider misused", code=problem.code, message=problem.message)
        with database.transaction() as session:
            note_down(session, provider.name, problem.code, now)
        return Conflict("provider_misused", "平台在 Stripe 的设置有问题，请联系平台")
    return Conflict("provider_silent", "Stripe 暂时没有回答，请过几分钟再试；不会重复开户")
