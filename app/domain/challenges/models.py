from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped, belongs_to, points_to


class Challenge(BrandOwned, Stamped, Base):
    """`goal` is a number of orders, or minor units of sales. `rewarded_minor` is what has been paid of `budget_minor`: the table holds the cap."""

    __tablename__ = "challenges"
    __audited__ = True
    __table_args__ = (
        points_to("org_unit_id", "org_units"),
        CheckConstraint("goal_kind IN ('orders', 'sales')", name="goal_kind"),
        CheckConstraint("goal > 0 AND reward_minor > 0 AND budget_minor >= reward_minor", name="amounts"),
        CheckConstraint("rewarded_minor BETWEEN 0 AND budget_minor", name="budget"),
        CheckConstraint("to_day >= from_day", name="days"),
        CheckConstraint("state IN ('open', 'paid', 'cancelled')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'paid' OR decided_by_id <> created_by_id", name="second_person"),
    )

    title: Mapped[str] = mapped_column(String(60))
    what: Mapped[str] = mapped_column(String(500), server_default="")
    org_unit_id: Mapped[UUID | None]
    goal_kind: Mapped[str] = mapped_column(String(6))
    goal: Mapped[int] = mapped_column(BigInteger)
    reward_minor: Mapped[Minor]
    budget_minor: Mapped[Minor]
    rewarded_minor: Mapped[Minor] = mapped_column(server_default="0")
    from_day: Mapped[date]
    to_day: Mapped[date]
    state: Mapped[str] = mapped_column(String(9), server_default="open")
    created_by_id: Mapped[str] = mapped_column(String(60))
    created_by: Mapped[str] = mapped_column(String(80))
    decided_by_id: Mapped[str] = mapped_column(String(60), server_default="")
    decided_by: Mapped[str] = mapped_column(String(80), server_default="")
    decided_at: Mapped[Moment | None]

    org_unit: Mapped[OrgUnit | None] = belongs_to("Challenge", "org_unit_id", "OrgUnit")


class ChallengeReward(BrandOwned, Base):
    """Who won, in which place, and what was posted to her: once per challenge and guide."""

    __tablename__ = "challenge_rewards"
    __table_args__ = (
        points_to("challenge_id", "challenges"),
        points_to("guide_id", "guides"),
        UniqueConstraint("brand_id", "challenge_id", "guide_id"),
        UniqueConstraint("brand_id", "challenge_id", "place"),
        CheckConstraint("amount_minor > 0 AND place > 0", name="amount"),
    )

    challenge_id: Mapped[UUID]
    guide_id: Mapped[UUID]
    place: Mapped[int]
    reached_at: Mapped[Moment]
    amount_minor: Mapped[Minor]

    guide: Mapped[Guide] = belongs_to("ChallengeReward", "guide_id", "Guide")
