"""Accounts and the audit log, as the console lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.brands.models import Signpost
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import Account, AuditEvent


def brands_of_login(session: Session, *, login: str) -> Sequence[int]:
    """The brands a login leads to; asked on a session that serves none."""
    return session.scalars(select(Signpost.brand_id).where(Signpost.kind == "login", Signpost.key == login).order_by(Signpost.brand_id)).all()


def account_by_login(session: Session, *, brand_id: int, login: str) -> Account | None:
    return session.scalar(select(Account).where(Account.brand_id == brand_id, Account.login == login))


def account_by_id(session: Session, *, brand_id: int, account_id: UUID) -> Account | None:
    return session.scalar(select(Account).where(Account.brand_id == brand_id, Account.id == account_id))


def colleagues_page(session: Session, *, brand_id: int, q: str = "", role: str = "", number: int = 1) -> Page:
    """Console accounts, newest first."""
    statement = select(Account).where(Account.brand_id == brand_id, Account.role != "guide")
    if q:
        statement = statement.where(or_(Account.name.icontains(q, autoescape=True), Account.login.icontains(q, autoescape=True)))
    if role:
        statement = statement.where(Account.role == role)
    return numbered(session, statement.order_by(Account.active.desc(), Account.id.desc()), number=number)


def audit_page(session: Session, *, brand_id: int, q: str = "", subject_kind: str = "", action: str = "",
               from_: datetime | None = None, to: datetime | None = None, number: int = 1) -> Page:
    """What was changed, newest first; `q` looks in who and what, the window is half-open."""
    statement = select(AuditEvent).where(AuditEvent.brand_id == brand_id)
    if q:
        statement = statement.where(or_(AuditEvent.actor_name.icontains(q, autoescape=True), AuditEvent.subject_name.icontains(q, autoescape=True),
                                        AuditEvent.subject_id == q))
    for column, value in ((AuditEvent.subject_kind, subject_kind), (AuditEvent.action, action)):
        if value:
            statement = statement.where(column == value)
    if from_:
        statement = statement.where(AuditEvent.at >= from_)
    if to:
        statement = statement.where(AuditEvent.at < to)
    return numbered(session, statement.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()), number=number)


def audit_event(session: Session, *, brand_id: int, event_id: UUID) -> AuditEvent:
    event = session.scalar(select(AuditEvent).where(AuditEvent.brand_id == brand_id, AuditEvent.id == event_id))
    if event is None:
        raise NotFound("audit_event", event_id)
    return event


def audit_kinds(session: Session, *, brand_id: int) -> Sequence[str]:
    """The kinds of rows that were ever changed, for the filter."""
    return session.scalars(select(AuditEvent.subject_kind).where(AuditEvent.brand_id == brand_id).distinct().order_by(AuditEvent.subject_kind)).all()
