"""Who of headquarters is behind a change: as if signed in to the console."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.people.actors import ROLE_PERMISSIONS, Actor
from app.domain.people.audit import act_as
from app.domain.people.models import Account
from app.kernel.tenancy import BrandSession


def act_for(session: BrandSession, email: str) -> None:
    """The audit log names this colleague for what follows."""
    account = session.scalars(select(Account).where(Account.login == email)).one()
    act_as(session, Actor("account", str(account.id), account.name, ROLE_PERMISSIONS[account.role], role=account.role))
