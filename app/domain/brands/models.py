from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped


class Brand(Stamped, Base):
    """A tenant. `currency` and `timezone` never change (R17, R33)."""

    __tablename__ = "brands"
    __table_args__ = (CheckConstraint("status IN ('pending', 'approved', 'suspended')", name="status"),)

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), server_default="")
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(12), server_default="pending")
    contact_name: Mapped[str] = mapped_column(String(80), server_default="")
    contact_phone: Mapped[str] = mapped_column(String(40), server_default="")
    approved_at: Mapped[Moment | None]


class Signpost(Base):
    """Global: (kind, key) → brand. `login` may lead to several brands, every other kind to one."""

    __tablename__ = "signposts"
    __table_args__ = (Index("uq_signposts_one_brand", "kind", "key", unique=True, postgresql_where=text("kind <> 'login'")),)

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    brand_id: Mapped[int] = mapped_column(ForeignKey("brands.id"), primary_key=True, autoincrement=False)


class Operator(Stamped, Base):
    """A person of the SaaS operator; the app's own login cannot read this table."""

    __tablename__ = "operators"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default="true")


class BrandSettings(BrandOwned, Base):
    """What a brand decides about itself; one row a brand. Amounts in minor units, rates in basis points."""

    __tablename__ = "brand_settings"
    __audited__ = True
    __table_args__ = (
        Index("uq_brand_settings_one_row", "brand_id", unique=True),
        CheckConstraint("platform_fee_bp BETWEEN 0 AND 3000", name="platform_fee"),
        CheckConstraint("guard_bp BETWEEN 0 AND 10000", name="guard"),
        CheckConstraint("attribution_window_days BETWEEN 1 AND 90", name="window"),
        CheckConstraint("after_sale_days BETWEEN 0 AND 90", name="after_sale"),
        CheckConstraint("shipping_fee_minor >= 0 AND payout_minimum_minor >= 0", name="amounts"),
    )

    platform_fee_bp: Mapped[int] = mapped_column(server_default="100")
    guard_bp: Mapped[int] = mapped_column(server_default="0")
    attribution_window_days: Mapped[int] = mapped_column(server_default="15")
    after_sale_days: Mapped[int] = mapped_column(server_default="15")
    payment_minutes: Mapped[int] = mapped_column(server_default="30")
    shipping_fee_minor: Mapped[Minor] = mapped_column(server_default="0")
    free_shipping_from_minor: Mapped[Minor] = mapped_column(server_default="0")
    payout_minimum_minor: Mapped[Minor] = mapped_column(server_default="1")
    two_levels: Mapped[bool] = mapped_column(server_default="false")
    slogan: Mapped[str] = mapped_column(String(60), server_default="")
    color: Mapped[str] = mapped_column(String(7), server_default="#1f3d36")
    tint: Mapped[str] = mapped_column(String(7), server_default="#eef3f0")
    sand: Mapped[str] = mapped_column(String(7), server_default="#f3eee4")
    logo_key: Mapped[str] = mapped_column(String(200), server_default="")
    service_phone: Mapped[str] = mapped_column(String(40), server_default="")
