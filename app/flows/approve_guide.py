"""A waiting guide is approved: she may work, and the brand's own systems hear of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.guides import actions
from app.domain.guides.models import Guide
from app.domain.notices.actions import Telling, tell

from .enrol_guide import tell_joined


def approve_guide(session: Session, *, brand_id: int, guide_id: UUID, within: str | None = None, now: datetime) -> Guide:
    """Conflict when she is not waiting any more."""
    guide = actions.approve_guide(session, brand_id=brand_id, guide_id=guide_id, within=within, now=now)
    tell_joined(session, guide=guide, now=now)
    if guide.account_id:
        tell(session, brand_id=brand_id, kind="welcome", cause=f"guide:{guide.id}:approved", to=[Telling(guide.account_id, {})], now=now)
    return guide
