"""Payees with accounts at Stripe, opened by the real flow and filled in by the world."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.domain.notices.models import Notice
from app.domain.provider.models import ProviderAccount
from app.domain.provider.routing import Told
from app.flows.connect_payees import apply_account, open_account
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.stripe_world import StripeWorld

EMAIL = "lin@example.com"


def opened(application: Application, brand_id: int, payee_id: UUID, *, email: str = EMAIL, country: str = "", home: str = "SG") -> ProviderAccount:
    return open_account(application.database, brand_id=brand_id, provider=application.gateways.online, payee_id=payee_id, email=email, country=country,
                        home=home, now=application.clock())


def heard(application: Application, ref: str) -> Told | None:
    """As when an event about the account is worked."""
    return apply_account(application.database, provider=application.gateways.online, ref=ref, now=application.clock())


def filled_in(application: Application, world: StripeWorld, account: ProviderAccount, outcome: str = "complete") -> None:
    """What the payee or Stripe's own checks do, and that we hear of it."""
    world.does(f"accounts/{account.provider_ref}/{outcome}")
    assert heard(application, account.provider_ref) is not None


def a_ready_account(application: Application, world: StripeWorld, brand_id: int, payee_id: UUID) -> ProviderAccount:
    account = opened(application, brand_id, payee_id)
    filled_in(application, world, account)
    return account


def accounts_of(session: BrandSession, payee_id: UUID) -> Sequence[ProviderAccount]:
    """Oldest first, as they are now."""
    session.rollback()
    return session.scalars(select(ProviderAccount).where(ProviderAccount.payee_id == payee_id).order_by(ProviderAccount.version)
                           .execution_options(populate_existing=True)).all()


def told(session: BrandSession, account_id: UUID | None) -> list[str]:
    """Kinds of notices about her account, in order."""
    session.rollback()
    return list(session.scalars(select(Notice.kind).where(Notice.account_id == account_id, Notice.kind.startswith("account_")).order_by(Notice.id)))


def opened_there(world: StripeWorld) -> int:
    """How many accounts the world has."""
    return int(world.sees("state")["objects"].get("platform", {}).get("account", 0))
