"""A guide's own groups."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_code, new_id
from app.kernel.locks import one_at_a_time
from app.kernel.texts import required

from .models import CommunityGroup
from .queries import group_of

MOST_GROUPS, MOST_MEMBERS = 100, 100_000


def add_group(session: Session, *, brand_id: int, guide_id: UUID, name: str, members: int, now: datetime) -> CommunityGroup:
    """Conflict for a name she uses already; Refused beyond MOST_GROUPS."""
    one_at_a_time(session, f"groups:{brand_id}:{guide_id}")
    name, members = _checked(session, brand_id, guide_id, name, members, None)
    count = select(func.count()).select_from(CommunityGroup).where(CommunityGroup.brand_id == brand_id, CommunityGroup.guide_id == guide_id)
    if (session.scalar(count) or 0) >= MOST_GROUPS:
        raise Refused("too_many_groups", "最多 %(most)d 个群", field="name", most=MOST_GROUPS)
    made = CommunityGroup(brand_id=brand_id, id=new_id(), guide_id=guide_id, name=name, mark=f"g-{new_code(8)}", members=members, counted_at=now,
                          created_at=now)
    session.add(made)
    session.flush()
    return made


def change_group(session: Session, *, brand_id: int, guide_id: UUID, group_id: UUID, name: str, members: int, now: datetime) -> CommunityGroup:
    """Its links stay: they carry the mark, not the name."""
    one_at_a_time(session, f"groups:{brand_id}:{guide_id}")
    found = group_of(session, brand_id=brand_id, guide_id=guide_id, group_id=group_id)
    found.name, found.members = _checked(session, brand_id, guide_id, name, members, group_id)
    found.counted_at = now
    session.flush()
    return found


def close_group(session: Session, *, brand_id: int, guide_id: UUID, group_id: UUID, now: datetime | None) -> CommunityGroup:
    """The group is gone (`now`) or there again (None); its links go on working."""
    found = group_of(session, brand_id=brand_id, guide_id=guide_id, group_id=group_id)
    found.closed_at = now and (found.closed_at or now)
    session.flush()
    return found


def _checked(session: Session, brand_id: int, guide_id: UUID, name: str, members: int, own: UUID | None) -> tuple[str, int]:
    name = required(name, field="name", most=40)
    if not 0 <= members <= MOST_MEMBERS:
        raise Refused("out_of_range", "须在 %(low)d 到 %(high)d 之间", field="members", low=0, high=MOST_MEMBERS)
    taken = session.scalar(select(CommunityGroup.id).where(
        CommunityGroup.brand_id == brand_id, CommunityGroup.guide_id == guide_id, CommunityGroup.name == name))
    if taken is not None and taken != own:
        raise Conflict("group_known", "你已经有一个叫“%(name)s”的群", field="name", name=name)
    return name, members
