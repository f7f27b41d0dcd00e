from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, String, UniqueConstraint, text
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
    """What a brand decides about itself; one row a brand. Amounts in minor units, rates in basis points.

    `stock_ttl_hours`: so long a flagship's stock is believed without being confirmed (`catalog/freshness.py`); NULL for ever.
    `outsiders`: people who are not staff may join as guides, by invitation. `guides_invite`: guides may invite, where two levels are on.
    """

    __tablename__ = "brand_settings"
    __audited__ = True
    __table_args__ = (
        Index("uq_brand_settings_one_row", "brand_id", unique=True),
        CheckConstraint("guard_bp BETWEEN 0 AND 10000", name="guard"),
        CheckConstraint("commission_cap_bp BETWEEN 0 AND 10000", name="commission_cap"),
        CheckConstraint("payout_schedule IN ('none', 'weekly', 'monthly')", name="payout_schedule"),
        CheckConstraint("payout_day BETWEEN 1 AND CASE payout_schedule WHEN 'weekly' THEN 7 ELSE 28 END", name="payout_day"),
        CheckConstraint("tax_scheme IN ('none', 'cn_labour')", name="tax_scheme"),
        CheckConstraint("credit_online_bp BETWEEN 0 AND 10000 AND credit_selling_bp BETWEEN 0 AND 10000 AND credit_fulfilling_bp BETWEEN 0 AND 10000",
                        name="credits"),
        CheckConstraint("attribution_window_days BETWEEN 1 AND 90", name="window"),
        CheckConstraint("attribution_model IN ('last_touch', 'first_touch')", name="attribution_model"),
        CheckConstraint("self_purchase IN ('none', 'allowed', 'discount')", name="self_purchase"),
        CheckConstraint("binding_days BETWEEN 0 AND 3650 AND binding_protection_days BETWEEN 0 AND 3650", name="binding"),
        CheckConstraint("after_sale_days BETWEEN 0 AND 90", name="after_sale"),
        CheckConstraint("stock_ttl_hours BETWEEN 1 AND 720", name="stock_ttl"),
        CheckConstraint("shipping_fee_minor >= 0 AND payout_minimum_minor >= 0 AND withdrawal_minimum_minor >= 0", name="amounts"),
    )

    guard_bp: Mapped[int] = mapped_column(server_default="0")
    commission_cap_bp: Mapped[int] = mapped_column(server_default="10000")
    attribution_window_days: Mapped[int] = mapped_column(server_default="15")
    attribution_model: Mapped[str] = mapped_column(String(12), server_default="last_touch")
    self_purchase: Mapped[str] = mapped_column(String(8), server_default="none")
    binding_days: Mapped[int] = mapped_column(server_default="365")
    binding_protection_days: Mapped[int] = mapped_column(server_default="30")
    binding_exclusive: Mapped[bool] = mapped_column(server_default="false")
    outsiders: Mapped[bool] = mapped_column(server_default="true")
    guides_invite: Mapped[bool] = mapped_column(server_default="false")
    after_sale_days: Mapped[int] = mapped_column(server_default="15")
    payment_minutes: Mapped[int] = mapped_column(server_default="30")
    stock_ttl_hours: Mapped[int | None]
    shipping_fee_minor: Mapped[Minor] = mapped_column(server_default="0")
    free_shipping_from_minor: Mapped[Minor] = mapped_column(server_default="0")
    payout_minimum_minor: Mapped[Minor] = mapped_column(server_default="1")
    payout_schedule: Mapped[str] = mapped_column(String(8), server_default="none")
    payout_day: Mapped[int] = mapped_column(server_default="1")
    withdrawals: Mapped[bool] = mapped_column(server_default="true")
    withdrawal_minimum_minor: Mapped[Minor] = mapped_column(server_default="1")
    tax_scheme: Mapped[str] = mapped_column(String(10), server_default="none")
    company_invoices: Mapped[bool] = mapped_column(server_default="true")
    credit_online_bp: Mapped[int] = mapped_column(server_default="10000")
    credit_selling_bp: Mapped[int] = mapped_column(server_default="10000")
    credit_fulfilling_bp: Mapped[int] = mapped_column(server_default="10000")
    two_levels: Mapped[bool] = mapped_column(server_default="false")
    slogan: Mapped[str] = mapped_column(String(60), server_default="")
    color: Mapped[str] = mapped_column(String(7), server_default="#1f3d36")
    tint: Mapped[str] = mapped_column(String(7), server_default="#eef3f0")
    sand: Mapped[str] = mapped_column(String(7), server_default="#f3eee4")
    logo_key: Mapped[str] = mapped_column(String(200), server_default="")
    service_phone: Mapped[str] = mapped_column(String(40), server_default="")


class PlatformFeePlan(BrandOwned, Stamped, Base):
    """What the platform takes of the base (R22, R28): the plan that began last holds; its first `free_days` days cost nothing.

    `rate_bp` is for orders through a guide's link, `storefront_bp` for all others; both frozen on the order. `provider_fee_party` bears what
    the payment provider takes of an order placed under the plan.
    """

    __tablename__ = "platform_fee_plans"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("brand_id", "number"),
        CheckConstraint("rate_bp BETWEEN 0 AND 3000 AND storefront_bp BETWEEN 0 AND 3000", name="rates"),
        CheckConstraint("free_days BETWEEN 0 AND 3660", name="free_days"),
        CheckConstraint("provider_fee_party IN ('brand', 'platform')", name="provider_fee_party"),
        Index("ix_platform_fee_plans_from", "brand_id", "effective_from"),
    )

    number: Mapped[int]
    rate_bp: Mapped[int]
    storefront_bp: Mapped[int]
    free_days: Mapped[int] = mapped_column(server_default="0")
    provider_fee_party: Mapped[str] = mapped_column(String(8), server_default="brand")
    effective_from: Mapped[Moment]
    note: Mapped[str] = mapped_column(String(200), server_default="")
    created_by: Mapped[str] = mapped_column(String(80), server_default="")
