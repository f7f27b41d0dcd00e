"""Payees' accounts at the provider: one open at a time, its state as it was read last."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.ledger.models import Payee
from app.domain.people.audit import acting
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time

from .account_rules import state_after
from .models import ProviderAccount, Transfer
from .ports import AccountFacts

PARTIES = ("guide", "org_unit", "brand")
"""Who may have an account: whoever is paid out of what shoppers paid, and the brand its rest."""
STATES = ("due", "onboarding", "ready", "restricted", "closed")

STANDING = """(SELECT a.state FROM provider_accounts a WHERE a.brand_id = y.brand_id AND a.payee_id = y.id AND a.provider = %(provider)s
  AND a.state IN ('ready', 'restricted'))"""
"""For raw SQL with payees as `y` and a parameter `provider` ('' without one): 'ready' is paid there, 'restricted' waits, NULL is paid another way."""


def account_of(session: Session, *, brand_id: int, payee_id: UUID, provider: str, lock: bool = False) -> ProviderAccount | None:
    """The payee's open account, None if there is none."""
    chosen = select(ProviderAccount).where(ProviderAccount.brand_id == brand_id, ProviderAccount.payee_id == payee_id, ProviderAccount.provider == provider,
                                           ProviderAccount.state != "closed").execution_options(populate_existing=True)
    return session.scalar(chosen.with_for_update() if lock else chosen)


def account_told_of(session: Session, *, brand_id: int, provider: str, ref: str, account_id: UUID | None) -> ProviderAccount | None:
    """The row an account at the provider is of, locked: the open one that has it, else the one its marks name that does not know it yet."""
    of = select(ProviderAccount).where(ProviderAccount.brand_id == brand_id, ProviderAccount.provider == provider).with_for_update().execution_options(
        populate_existing=True)
    open_one = session.scalar(of.where(ProviderAccount.provider_ref == ref, ProviderAccount.state != "closed"))
    return open_one or session.scalar(of.where(ProviderAccount.id == account_id, ProviderAccount.provider_ref.in_(("", ref))))


def ready_accounts(session: Session, *, brand_id: int, provider: str) -> dict[UUID, ProviderAccount]:
    """Payee → the account she can be sent money to."""
    ready = select(ProviderAccount).where(ProviderAccount.brand_id == brand_id, ProviderAccount.provider == provider, ProviderAccount.state == "ready")
    return {row.payee_id: row for row in session.scalars(ready)}


def waiting_accounts(session: Session, *, brand_id: int, provider: str) -> tuple[int, int]:
    """How many are restricted, and how many wait for a second person to confirm them."""
    told = ProviderAccount.asked["confirmed_by"].astext
    restricted, waiting = session.execute(select(
        func.count().filter(ProviderAccount.state == "restricted"),
        func.count().filter(ProviderAccount.state == "due", ProviderAccount.asked["linked_by"].astext.is_not(None), told.is_(None)),
    ).where(ProviderAccount.brand_id == brand_id, ProviderAccount.provider == provider)).one()
    return restricted, waiting


def account_holder(session: Session, *, brand_id: int, payee_id: UUID, lock: bool = False) -> Payee:
    """A guide, a unit or the brand itself; NotFound for the ledger's other house accounts and for another brand's."""
    chosen = select(Payee).where(Payee.brand_id == brand_id, Payee.id == payee_id, Payee.party.in_(PARTIES))
    payee = session.scalar(chosen.with_for_update(key_share=True) if lock else chosen)
    if payee is None:
        raise NotFound("payee", payee_id)
    return payee


def begin_account(session: Session, *, brand_id: int, payee_id: UUID, provider: str, email: str, country: str, now: datetime) -> ProviderAccount:
    """The payee's open account, whatever it is; else a new row whose `asked` never changes again."""
    payee = account_holder(session, brand_id=brand_id, payee_id=payee_id, lock=True)
    found = account_of(session, brand_id=brand_id, payee_id=payee_id, provider=provider)
    return found or _new(session, payee, provider, now, {"email": email, "name": payee.name, "country": country})


def begin_linking(session: Session, *, brand_id: int, payee_id: UUID, provider: str, ref: str, now: datetime) -> ProviderAccount:
    """A row for an account that exists at the provider already, used once another person has confirmed it. Refuses one that a payee of the brand uses."""
    payee = account_holder(session, brand_id=brand_id, payee_id=payee_id, lock=True)
    one_at_a_time(session, f"provider_account:{provider}:{ref}")
    if account_of(session, brand_id=brand_id, payee_id=payee_id, provider=provider):
        raise Conflict("account_open", "已经有一个 Stripe 账户，先停用它再换")
    used = select(ProviderAccount.id).where(ProviderAccount.brand_id == brand_id, ProviderAccount.provider == provider, ProviderAccount.provider_ref == ref,
                                            ProviderAccount.state != "closed")
    if session.scalar(used.limit(1)):
        raise Refused("account_taken", "这个 Stripe 账户已经是另一个收款方的", field="ref")
    row = _new(session, payee, provider, now, {"linked": ref, "linked_by": acting(session).ref})
    row.provider_ref = ref
    session.flush()
    return row


def confirm_linking(session: Session, *, brand_id: int, payee_id: UUID, provider: str) -> ProviderAccount:
    """By another person than typed it in; the database refuses the same one too."""
    account = account_of(session, brand_id=brand_id, payee_id=payee_id, provider=provider, lock=True)
    if account is None:
        raise NotFound("provider_account", payee_id)
    if not unconfirmed(account):
        raise Conflict("already_verified", "已经核验过了")
    if acting(session).ref == account.asked["linked_by"]:
        raise Refused("second_person", "填写账户和核验账户必须是两个人，请另一位同事核验")
    account.asked = {**account.asked, "confirmed_by": acting(session).ref}
    session.flush()
    return account


def unconfirmed(account: ProviderAccount) -> bool:
    """One person says that it is the payee's, and nobody else yet."""
    return "linked_by" in account.asked and "confirmed_by" not in account.asked


def _new(session: Session, payee: Payee, provider: str, now: datetime, asked: dict[str, Any]) -> ProviderAccount:
    version = session.scalar(select(func.max(ProviderAccount.version)).where(ProviderAccount.payee_id == payee.id, ProviderAccount.provider == provider)) or 0
    key = new_id()
    row = ProviderAccount(brand_id=payee.brand_id, id=key, payee_id=payee.id, provider=provider, version=version + 1, state="due", problems=[],
                          asked={**asked, "marks": {"brand_id": str(payee.brand_id), "account_id": str(key)}}, created_at=now)
    session.add(row)
    session.flush()
    return row


def note_account(account: ProviderAccount, *, facts: AccountFacts, now: datetime) -> bool:
    """Keeps a reading made at or after `now`, of a locked row; False for an account that is closed or not confirmed, and for a reading older than
    the one that is kept."""
    account.provider_ref = account.provider_ref or facts.ref
    if account.state == "closed" or unconfirmed(account) or (account.checked_at and account.checked_at > now):
        return False
    account.state, account.problems, account.checked_at = state_after(account.state, facts.state), list(facts.problems), now
    return True


def close_account(session: Session, *, brand_id: int, payee_id: UUID, provider: str) -> ProviderAccount:
    """We send nothing there any more; the next one has the next version. Not while a transfer to it is under way."""
    account_holder(session, brand_id=brand_id, payee_id=payee_id, lock=True)
    account = account_of(session, brand_id=brand_id, payee_id=payee_id, provider=provider, lock=True)
    if account is None:
        raise NotFound("provider_account", payee_id)
    if session.scalar(select(Transfer.id).where(Transfer.account_id == account.id, Transfer.state.in_(("due", "sending", "waiting"))).limit(1)):
        raise Conflict("payout_under_way", "有一笔打款正在途中，到账后才能更换账户")
    account.state = "closed"
    session.flush()
    return account


def forget_account(session: Session, *, brand_id: int, account_id: UUID, problem: str) -> None:
    """The provider will not open what was asked for: closed, so that another try asks with another key."""
    row = session.scalar(select(ProviderAccount).where(ProviderAccount.brand_id == brand_id, ProviderAccount.id == account_id).with_for_update())
    if row is not None and row.state == "due":
        row.state, row.problems = "closed", [problem]
