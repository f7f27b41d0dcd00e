"""Groups, each found by the guide whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound

from .models import CommunityGroup


def group_of(session: Session, *, brand_id: int, guide_id: UUID, group_id: UUID | None) -> CommunityGroup:
    found = session.scalar(select(CommunityGroup).where(
        CommunityGroup.brand_id == brand_id, CommunityGroup.guide_id == guide_id, CommunityGroup.id == group_id))
    if found is None:
        raise NotFound("community_group", group_id)
    return found


def open_groups(session: Session, *, brand_id: int, guide_id: UUID) -> Sequence[CommunityGroup]:
    """Those she still sells in, by name."""
    return session.scalars(select(CommunityGroup).where(
        CommunityGroup.brand_id == brand_id, CommunityGroup.guide_id == guide_id, CommunityGroup.closed_at.is_(None)).order_by(CommunityGroup.name)).all()
