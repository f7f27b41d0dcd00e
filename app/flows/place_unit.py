"""A unit is added, moved or opened again: whoever sells there must fit what the units above it take (R22)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.orgs import actions
from app.domain.orgs.models import OrgUnit
from app.flows.guard_margin import guarded


def add_unit(session: Session, *, brand_id: int, kind: str, name: str, code: str, parent_id: UUID | None = None, now: datetime, **address: str) -> OrgUnit:
    """Refuses a place where the terms that hold would exceed."""
    with guarded(session, brand_id=brand_id, now=now, field="parent_id"):
        return actions.add_org_unit(session, brand_id=brand_id, kind=kind, name=name, code=code, parent_id=parent_id, **address)


def move_unit(session: Session, *, brand_id: int, unit_id: UUID, parent_id: UUID | None, now: datetime) -> OrgUnit:
    """With all that is below it; orders keep the store and shares frozen on them (R4, R21)."""
    with guarded(session, brand_id=brand_id, now=now, field="parent_id"):
        return actions.move_org_unit(session, brand_id=brand_id, unit_id=unit_id, parent_id=parent_id)


def reopen_unit(session: Session, *, brand_id: int, unit_id: UUID, now: datetime) -> OrgUnit:
    with guarded(session, brand_id=brand_id, now=now, field=None):
        return actions.open_org_unit(session, brand_id=brand_id, unit_id=unit_id)
