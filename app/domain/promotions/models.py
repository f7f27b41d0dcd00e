from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped, points_to


class Coupon(BrandOwned, Stamped, Base):
    """`code` is stored in upper case. `used_count` counts orders that hold it; valid in [starts_at, ends_at).

    A store's coupon (`org_unit_id`) or a guide's (`guide_id`) is paid out of her share and counts only on her own orders (R7).
    Who uses a coupon with an owner (`owner_id`) was won by that guide (R8), whoever pays it.
    """

    __tablename__ = "coupons"
    __audited__ = True
    __table_args__ = (
        points_to("org_unit_id", "org_units"),
        points_to("guide_id", "guides"),
        points_to("owner_id", "guides"),
        UniqueConstraint("brand_id", "code"),
        CheckConstraint("funder IN ('brand', 'platform', 'store', 'guide')", name="funder"),
        CheckConstraint("(funder = 'store') = (org_unit_id IS NOT NULL) AND (funder = 'guide') = (guide_id IS NOT NULL)", name="funded_by"),
        CheckConstraint("guide_id IS NULL OR owner_id IS NULL OR guide_id = owner_id", name="one_guide"),
        CheckConstraint("amount_minor > 0 AND minimum_minor >= 0", name="amounts"),
        CheckConstraint("used_count >= 0 AND used_count <= max_uses", name="quota"),
    )

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80), server_default="")
    funder: Mapped[str] = mapped_column(String(10), server_default="brand")
    org_unit_id: Mapped[UUID | None]
    guide_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    amount_minor: Mapped[Minor]
    minimum_minor: Mapped[Minor] = mapped_column(server_default="0")
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    max_uses: Mapped[int]
    used_count: Mapped[int] = mapped_column(server_default="0")


class Activity(BrandOwned, Stamped, Base):
    """Some variants at their own price in [starts_at, ends_at) (R3, R5). `link_only`: only for who comes by a share link.

    Flash sale, presale and group-buy are kinds of activity; `special_price` is the plain one.
    """

    __tablename__ = "activities"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("brand_id", "number"),
        CheckConstraint("kind IN ('special_price')", name="kind"),
        CheckConstraint("ends_at > starts_at", name="period"),
        Index("ix_activities_period", "brand_id", "ends_at"),
    )

    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(16), server_default="special_price")
    link_only: Mapped[bool] = mapped_column(server_default="true")
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    created_by: Mapped[str] = mapped_column(String(80), server_default="")

    prices: Mapped[list[ActivityPrice]] = relationship(
        "ActivityPrice", lazy="selectin", cascade="all, delete-orphan",
        primaryjoin="and_(Activity.id == remote(foreign(ActivityPrice.activity_id)), Activity.brand_id == remote(ActivityPrice.brand_id))")


class ActivityPrice(BrandOwned, Base):
    """What one piece of a variant costs while the activity is on, in minor units."""

    __tablename__ = "activity_prices"
    __audited__ = True
    __table_args__ = (
        points_to("activity_id", "activities", "CASCADE"),
        points_to("variant_id", "variants"),
        UniqueConstraint("brand_id", "activity_id", "variant_id"),
        Index("ix_activity_prices_variant", "brand_id", "variant_id"),
        CheckConstraint("price_minor >= 0", name="price"),
    )

    activity_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    price_minor: Mapped[Minor]
