from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped, points_to


class SplitPlan(BrandOwned, Stamped, Base):
    """In force in [effective_from, effective_to) for `org_unit_id` and what is below it; NULL is the whole brand."""

    __tablename__ = "split_plans"
    __audited__ = True
    __table_args__ = (
        points_to("org_unit_id", "org_units"),
        CheckConstraint("effective_to IS NULL OR effective_to > effective_from", name="period"),
        Index("ix_split_plans_scope", "brand_id", "org_unit_id", "effective_from"),
    )

    number: Mapped[int]
    org_unit_id: Mapped[UUID | None]
    effective_from: Mapped[Moment]
    effective_to: Mapped[Moment | None]
    created_by: Mapped[str] = mapped_column(String(80), server_default="")

    shares: Mapped[list[SplitShare]] = relationship(
        "SplitShare", order_by="SplitShare.position", lazy="selectin", cascade="all",
        primaryjoin="and_(SplitPlan.id == remote(foreign(SplitShare.plan_id)), SplitPlan.brand_id == remote(SplitShare.brand_id))")


class SplitShare(BrandOwned, Base):
    __tablename__ = "split_shares"
    __audited__ = True
    __table_args__ = (
        points_to("plan_id", "split_plans", "CASCADE"),
        points_to("payee_id", "payees"),
        UniqueConstraint("brand_id", "plan_id", "position"),
        CheckConstraint("role IN ('store', 'fulfilling_store', 'dealer', 'mall', 'region')", name="role"),
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate"),
        CheckConstraint("min_minor IS NULL OR min_minor >= 0", name="min"),
        CheckConstraint("max_minor IS NULL OR max_minor >= coalesce(min_minor, 0)", name="max"),
    )

    plan_id: Mapped[UUID]
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(18))
    rate_bp: Mapped[int]
    min_minor: Mapped[Minor | None]
    max_minor: Mapped[Minor | None]
    payee_id: Mapped[UUID | None]
