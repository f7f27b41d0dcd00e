from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Minor, Moment, points_to


class SignalSetting(BrandOwned, Base):
    """What a brand decided of one signal (rules.SIGNALS); no row: as the rule says."""

    __tablename__ = "signal_settings"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("brand_id", "signal"),
        CheckConstraint("mode IN ('off', 'watch', 'hold')", name="mode"),
        CheckConstraint("most BETWEEN 1 AND 1000", name="most"),
    )

    signal: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(5))
    most: Mapped[int | None]


class GuideDevice(BrandOwned, Base):
    """A browser in which a guide signed in to her app, by a keyed digest: nobody can tell from it which."""

    __tablename__ = "guide_devices"
    __table_args__ = (
        points_to("guide_id", "guides"),
        UniqueConstraint("brand_id", "device", "guide_id"),
    )

    guide_id: Mapped[UUID]
    device: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[Moment]


class SaleHold(BrandOwned, Base):
    """A sale that is looked at before it pays; one an order, for good, so that what was cleared is not held again.

    While `open` or `appealed` nothing of the order is released. `guide_id` and `store_id` are whose sale it was then;
    `amount_minor` what guide and referrer are to get of it.
    """

    __tablename__ = "sale_holds"
    __audited__ = True
    __table_args__ = (
        points_to("order_id", "orders"),
        points_to("guide_id", "guides"),
        points_to("store_id", "org_units"),
        UniqueConstraint("brand_id", "order_id"),
        Index("ix_sale_holds_guide", "brand_id", "guide_id", "opened_at"),
        Index("ix_sale_holds_state", "brand_id", "state", "opened_at"),
        CheckConstraint("state IN ('open', 'appealed', 'cleared', 'upheld', 'watched')", name="state"),
        CheckConstraint("(state IN ('cleared', 'upheld')) = (decided_at IS NOT NULL)", name="decided"),
        CheckConstraint("(appealed_at IS NULL) = (appeal = '') AND (state <> 'appealed' OR appealed_at IS NOT NULL)", name="appealed"),
    )

    order_id: Mapped[UUID]
    guide_id: Mapped[UUID]
    store_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(8))
    signals: Mapped[list[Any]]
    amount_minor: Mapped[Minor]
    opened_at: Mapped[Moment]
    appeal: Mapped[str] = mapped_column(String(1000), server_default="")
    appealed_at: Mapped[Moment | None]
    note: Mapped[str] = mapped_column(String(300), server_default="")
    decided_by: Mapped[str] = mapped_column(String(80), server_default="")
    decided_at: Mapped[Moment | None]
