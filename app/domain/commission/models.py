from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped, points_to


class CommissionRule(BrandOwned, Stamped, Base):
    """A version of a rule. Scope columns that are NULL do not narrow; none set is the brand default.

    Exactly one of `rate_bp` (of the base) and `amount_minor` (per unit). In force in [effective_from, effective_to).
    """

    __tablename__ = "commission_rules"
    __audited__ = True
    __table_args__ = (
        points_to("product_id", "products"),
        points_to("variant_id", "variants"),
        points_to("guide_id", "guides"),
        points_to("store_id", "org_units"),
        points_to("dealer_id", "org_units"),
        UniqueConstraint("brand_id", "number", "version"),
        CheckConstraint("(rate_bp IS NULL) <> (amount_minor IS NULL)", name="one_measure"),
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate"),
        CheckConstraint("referrer_bp BETWEEN 0 AND 10000", name="referrer"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("effective_to IS NULL OR effective_to > effective_from", name="period"),
        Index("ix_commission_rules_variant", "brand_id", "variant_id"),
        Index("uq_commission_rules_current", "brand_id", "number", unique=True, postgresql_where=text("superseded_at IS NULL")),
    )

    number: Mapped[int]
    version: Mapped[int] = mapped_column(server_default="1")
    product_id: Mapped[UUID | None]
    variant_id: Mapped[UUID | None]
    category: Mapped[str | None] = mapped_column(String(200))
    guide_id: Mapped[UUID | None]
    guide_level: Mapped[str | None] = mapped_column(String(20))
    store_id: Mapped[UUID | None]
    dealer_id: Mapped[UUID | None]
    activity_id: Mapped[UUID | None]
    rate_bp: Mapped[int | None]
    amount_minor: Mapped[Minor | None]
    referrer_bp: Mapped[int] = mapped_column(server_default="0")
    effective_from: Mapped[Moment]
    effective_to: Mapped[Moment | None]
    superseded_at: Mapped[Moment | None]
    created_by: Mapped[str] = mapped_column(String(80), server_default="")


class CommissionLine(BrandOwned, Base):
    """One party's share of one order line: unique (order line, payee, role) (R18). All of a line's sum to its base (R34)."""

    __tablename__ = "commission_lines"
    __table_args__ = (
        points_to("order_line_id", "order_lines"),
        points_to("payee_id", "payees"),
        points_to("rule_id", "commission_rules"),
        points_to("split_plan_id", "split_plans"),
        points_to("guide_id", "guides"),
        points_to("org_unit_id", "org_units"),
        UniqueConstraint("brand_id", "order_line_id", "payee_id", "role"),
        Index("ix_commission_lines_payee", "brand_id", "payee_id", "id"),
        CheckConstraint("role IN ('guide', 'referrer', 'store', 'fulfilling_store', 'dealer', 'mall', 'region', 'platform', 'brand')", name="role"),
        CheckConstraint("amount_minor >= 0", name="amount"),
    )

    order_line_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(String(18))
    payee_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    rate_bp: Mapped[int | None]
    rule_id: Mapped[UUID | None]
    rule_version: Mapped[int | None]
    split_plan_id: Mapped[UUID | None]
    guide_id: Mapped[UUID | None]
    org_unit_id: Mapped[UUID | None]
    trace: Mapped[dict[str, Any]]
