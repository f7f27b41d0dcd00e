"""A store closes: nobody works there any more and its invite codes admit nobody."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.guides.models import InviteCode
from app.domain.guides.queries import working_at
from app.domain.orgs.actions import close_org_unit
from app.domain.orgs.models import OrgUnit
from app.kernel.errors import Refused


def close_store(session: Session, *, brand_id: int, unit_id: UUID, now: datetime) -> OrgUnit:
    """Closes a store or any other unit. Refused while guides work there: move them or let them leave first."""
    working = working_at(session, brand_id=brand_id, store_id=unit_id)
    if working:
        raise Refused("store_has_guides", "还有 %(count)d 名导购在这家门店，请先调店或办理离职", count=working)
    unit = close_org_unit(session, brand_id=brand_id, unit_id=unit_id)
    session.execute(update(InviteCode).where(InviteCode.brand_id == brand_id, InviteCode.store_id == unit_id, InviteCode.revoked_at.is_(None))
                    .values(revoked_at=now))
    return unit
