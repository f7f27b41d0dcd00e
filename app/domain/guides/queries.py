"""Guides and invite codes, inside a scope (`within`: an org path, None for the whole brand)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from app.domain.brands.models import Signpost
from app.domain.brands.queries import settings_of
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.queries import below
from app.kernel.errors import NotFound, Refused
from app.kernel.paging import Page, numbered

from .models import Guide, InviteCode

SORTS = {"name": Guide.name, "store": OrgUnit.code, "joined": Guide.joined_at, "employee_no": Guide.employee_no}


def guide(session: Session, *, brand_id: int, guide_id: UUID, within: str | None = None) -> Guide:
    """One guide with her store; outside the scope she is not found."""
    found = session.scalar(_guides(brand_id, within).where(Guide.id == guide_id))
    if found is None:
        raise NotFound("guide", guide_id)
    return found


def require_welcome(session: Session, *, brand_id: int, kind: str) -> None:
    """Outsiders become guides only where the brand lets them; those who are guides already stay. Raises Refused staff_only."""
    if kind == "affiliate" and not settings_of(session, brand_id=brand_id).outsiders:
        raise Refused("staff_only", "品牌只让员工做导购，不收分销员", field="kind")


def guide_by_phone(session: Session, *, brand_id: int, phone: str) -> Guide | None:
    return session.scalar(select(Guide).where(Guide.brand_id == brand_id, Guide.phone == phone))


def guide_by_employee_no(session: Session, *, brand_id: int, employee_no: str) -> Guide | None:
    return session.scalar(select(Guide).where(Guide.brand_id == brand_id, Guide.employee_no == employee_no, Guide.employee_no != ""))


def referrers(session: Session, *, brand_id: int) -> dict[UUID, UUID]:
    """Guide → who referred her, of all who were."""
    rows = session.execute(select(Guide.id, Guide.referrer_id).where(Guide.brand_id == brand_id, Guide.referrer_id.is_not(None)))
    return {guide_id: referrer_id for guide_id, referrer_id in rows if referrer_id}


def guides_page(session: Session, *, brand_id: int, within: str | None = None, q: str = "", status: str = "", store_id: UUID | None = None,
                sort: str = "-joined", number: int = 1) -> Page:
    """Guides with their stores; `q` looks in name, phone and employee number."""
    statement = _guides(brand_id, within)
    if q:
        statement = statement.where(or_(*(field.icontains(q, autoescape=True) for field in (Guide.name, Guide.phone, Guide.employee_no))))
    if status:
        statement = statement.where(Guide.status == status)
    if store_id:
        statement = statement.where(Guide.store_id == store_id)
    column = SORTS.get(sort.lstrip("-"), Guide.joined_at)
    order = column.desc().nulls_last() if sort.startswith("-") else column.asc().nulls_last()
    return numbered(session, statement.order_by(order, Guide.id.desc()), number=number)


def counts_by_status(session: Session, *, brand_id: int, within: str | None = None) -> dict[str, int]:
    rows = session.execute(select(Guide.status, func.count()).select_from(Guide).join(OrgUnit, _of_store())
                           .where(Guide.brand_id == brand_id, below(within)).group_by(Guide.status))
    return {guide_id: referrer_id for guide_id, referrer_id in rows if referrer_id}


def working_at(session: Session, *, brand_id: int, store_id: UUID) -> int:
    """Guides of a store who have not left: active, suspended or waiting."""
    return session.scalar(select(func.count()).select_from(Guide).where(
        Guide.brand_id == brand_id, Guide.store_id == store_id, Guide.status.in_(("active", "suspended", "pending")))) or 0


def guide_counts(session: Session, *, brand_id: int, store_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Active guides by store."""
    rows = session.execute(select(Guide.store_id, func.count()).where(
        Guide.brand_id == brand_id, Guide.store_id.in_(store_ids), Guide.status == "active").group_by(Guide.store_id))
    return {guide_id: referrer_id for guide_id, referrer_id in rows if referrer_id}


def invite_codes_page(session: Session, *, brand_id: int, within: str | None = None, q: str = "", state: str = "", now: datetime, number: int = 1) -> Page:
    """Invite codes with their stores, newest first; `q` looks in code and store, `state` is open, full, expired or revoked."""
    statement = _codes(brand_id, within)
    if q:
        statement = statement.where(or_(*(field.icontains(q, autoescape=True) for field in (InviteCode.code, OrgUnit.name, OrgUnit.code))))
    revoked, expired, full = InviteCode.revoked_at.is_not(None), InviteCode.expires_at <= now, InviteCode.used_count >= InviteCode.max_uses
    states = {"revoked": revoked, "expired": and_(~revoked, expired), "full": and_(~revoked, ~expired, full), "open": and_(~revoked, ~expired, ~full)}
    if state in states:
        statement = statement.where(states[state])
    return numbered(session, statement.order_by(InviteCode.id.desc()), number=number)


def invite_code(session: Session, *, brand_id: int, code_id: UUID, within: str | None = None) -> InviteCode:
    found = session.scalar(_codes(brand_id, within).where(InviteCode.id == code_id))
    if found is None:
        raise NotFound("invite_code", code_id)
    return found


def invite_code_by_text(session: Session, *, brand_id: int, code: str) -> InviteCode:
    found = session.scalar(_codes(brand_id, None).where(InviteCode.code == code))
    if found is None:
        raise NotFound("invite_code", code)
    return found


def brand_of_invite(session: Session, *, code: str) -> int | None:
    """The brand an invite code leads to; asked on a session that serves none."""
    return session.scalar(select(Signpost.brand_id).where(Signpost.kind == "invite", Signpost.key == code))


def _guides(brand_id: int, within: str | None) -> Select[Guide]:
    return (select(Guide).join(OrgUnit, _of_store()).options(contains_eager(Guide.store))
            .where(Guide.brand_id == brand_id, below(within)))


def _codes(brand_id: int, within: str | None) -> Select[InviteCode]:
    return (select(InviteCode).join(OrgUnit, (InviteCode.store_id == OrgUnit.id) & (InviteCode.brand_id == OrgUnit.brand_id))
            .options(contains_eager(InviteCode.store)).where(InviteCode.brand_id == brand_id, below(within)))


def _of_store() -> ColumnElement[bool]:
    return (Guide.store_id == OrgUnit.id) & (Guide.brand_id == OrgUnit.brand_id)


def working_guides(session: Session, *, brand_id: int, near: UUID | None = None, within: str | None = None) -> Sequence[Guide]:
    """Active guides inside the scope, those of the store `near` first, then by store and name; at most five hundred."""
    first = [Guide.store_id != near] if near else []
    return session.scalars(_guides(brand_id, within).where(Guide.status == "active").order_by(*first, OrgUnit.code, Guide.name, Guide.id).limit(500)).all()
