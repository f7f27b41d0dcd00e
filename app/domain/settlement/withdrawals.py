"""What payees have asked for (R16), as a list and as a sum."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import UnaryExpression, func, or_, select
from sqlalchemy.orm import Session

from app.domain.guides.models import Guide
from app.domain.ledger.models import Payee
from app.domain.orgs.models import OrgUnit
from app.kernel.paging import Page, numbered

from .models import Withdrawal

SORTS: dict[str, UnaryExpression[Any]] = {
    "at": Withdrawal.requested_at.asc(), "-at": Withdrawal.requested_at.desc(), "amount": Withdrawal.amount_minor.asc(),
    "-amount": Withdrawal.amount_minor.desc()}


def withdrawals_page(session: Session, *, brand_id: int, q: str = "", state: str = "", payee_id: UUID | None = None, sort: str = "-at",
                     number: int = 1) -> Page:
    """(Withdrawal, Payee, employee number, place)."""
    statement = (select(Withdrawal, Payee, Guide.employee_no, OrgUnit.name)
                 .join(Payee, (Payee.id == Withdrawal.payee_id) & (Payee.brand_id == Withdrawal.brand_id))
                 .outerjoin(Guide, (Guide.payee_id == Payee.id) & (Guide.brand_id == Payee.brand_id))
                 .outerjoin(OrgUnit, (OrgUnit.id == Guide.store_id) & (OrgUnit.brand_id == Guide.brand_id))
                 .where(Withdrawal.brand_id == brand_id))
    if q:
        statement = statement.where(or_(*(field.icontains(q, autoescape=True) for field in (Payee.name, Guide.employee_no, OrgUnit.name))))
    if state:
        statement = statement.where(Withdrawal.state == state)
    if payee_id:
        statement = statement.where(Withdrawal.payee_id == payee_id)
    return numbered(session, statement.order_by(SORTS.get(sort, SORTS["-at"]), Withdrawal.id), number=number)


def asked_for(session: Session, *, brand_id: int) -> tuple[int, int]:
    """(withdrawals that wait, minor units)."""
    statement = select(func.count(), func.coalesce(func.sum(Withdrawal.amount_minor), 0)).where(
        Withdrawal.brand_id == brand_id, Withdrawal.state == "requested")
    count, amount = session.execute(statement).one()
    return count, int(amount)
