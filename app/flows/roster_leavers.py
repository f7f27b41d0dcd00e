"""A roster that is said to be whole names, by leaving them out, the staff who have left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.queries import below

from .leave_guide import leave_guide


def missing_staff(session: Session, *, brand_id: int, phones: Collection[str], within: str | None) -> list[Guide]:
    """Staff at work inside the scope whose phone is not on the roster. Outsiders are on no roster, and applicants are not staff yet."""
    rows = session.scalars(
        select(Guide).join(OrgUnit, (OrgUnit.brand_id == Guide.brand_id) & (OrgUnit.id == Guide.store_id)).options(contains_eager(Guide.store))
        .where(Guide.brand_id == brand_id, Guide.kind == "staff", Guide.status.in_(("active", "suspended")), below(within)).order_by(OrgUnit.code, Guide.id))
    return [one for one in rows if one.phone not in phones]


def let_go(session: Session, *, brand_id: int, missing: Collection[Guide], now: datetime) -> None:
    """Each leaves as if said on her own page: sign-in ends, links degrade to the store, money owed is still paid (R21)."""
    for one in missing:
        leave_guide(session, brand_id=brand_id, guide_id=one.id, now=now)
