"""Who is behind a change: as if signed in."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.guides.models import Guide
from app.domain.people.actors import ROLE_PERMISSIONS, Actor
from app.domain.people.audit import act_as
from app.domain.people.models import Account
from app.kernel.tenancy import BrandSession
from demo.brand import OPERATOR


def act_for(session: BrandSession, who: str) -> None:
    """The audit log names this colleague (e-mail), guide (staff number) or the operator for what follows."""
    act_as(session, _actor(session, who))


def _actor(session: BrandSession, who: str) -> Actor:
    if who == OPERATOR[0]:
        return Actor("operator", *OPERATOR, ROLE_PERMISSIONS["operator"], role="operator")
    if "@" not in who:
        guide = session.scalars(select(Guide).where(Guide.employee_no == who)).one()
        return Actor("guide", str(guide.id), guide.name, ROLE_PERMISSIONS["guide"], role="guide")
    account = session.scalars(select(Account).where(Account.login == who)).one()
    return Actor("account", str(account.id), account.name, ROLE_PERMISSIONS[account.role], role=account.role)
