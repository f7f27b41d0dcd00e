from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.guides.models import Guide
from app.kernel.db import Base, BrandOwned, Moment, Stamped, belongs_to, points_to


class CommunityGroup(BrandOwned, Stamped, Base):
    """`mark` is the label of its share links and never changes; `members` is what the guide last said, at `counted_at`."""

    __tablename__ = "community_groups"
    __audited__ = True
    __table_args__ = (
        points_to("guide_id", "guides"),
        UniqueConstraint("brand_id", "guide_id", "name"),
        UniqueConstraint("brand_id", "guide_id", "mark"),
        CheckConstraint("members BETWEEN 0 AND 100000", name="members"),
    )

    guide_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(40))
    mark: Mapped[str] = mapped_column(String(60))
    members: Mapped[int] = mapped_column(server_default="0")
    counted_at: Mapped[Moment]
    closed_at: Mapped[Moment | None]

    guide: Mapped[Guide] = belongs_to("CommunityGroup", "guide_id", "Guide")
