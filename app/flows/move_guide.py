"""A guide changes her store: her own rates must fit the split there (R21, R22)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.guides import actions
from app.domain.guides.models import Guide
from app.flows.guard_margin import guarded


def move_guide(session: Session, *, brand_id: int, guide_id: UUID, store_id: UUID, within: str | None = None, now: datetime) -> Guide:
    """To another open store; orders keep the store frozen on them. Refuses a store where one of her rules would exceed."""
    with guarded(session, brand_id=brand_id, now=now, field="store_id"):
        return actions.move_guide(session, brand_id=brand_id, guide_id=guide_id, store_id=store_id, within=within)
