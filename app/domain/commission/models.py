from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped, points_to


class CommissionRule(BrandOwned, Stamped, Base):
    """A version of a rule. Scope columns that are NULL do not narrow; none set is the brand default.

    Exactly one of `rate_bp` (of the base, between `min_minor` and `max_minor` per unit) and `amount_minor` (per unit). In
    force in [effective_from, effective_to).
    """

    __tablename__ = "commission_rules"
    __audited__ = True
    __table_args__ = (
        points_to("product_id", "products"),
        points_to("variant_id", "variants"),
        points_to("guide_id", "guides"),
        points_to("store_id", "org_units"),
        points_to("dealer_id", "org_units"),
        points_to("activity_id", "activities"),
        UniqueConstraint("brand_id", "number", "version"),
        CheckConstraint("(rate_bp IS NULL) <> (amount_minor IS NULL)", name="one_measure"),
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate"),
        CheckConstraint("referrer_bp BETWEEN 0 AND 10000", name="referrer"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("min_minor >= 0 AND max_minor >= coalesce(min_minor, 0)", name="limits"),
        CheckConstraint("amount_minor IS NULL OR (min_minor IS NULL AND max_minor IS NULL)", name="limits_of_a_rate"),
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
    min_minor: Mapped[Minor | None]
    max_minor: Mapped[Minor | None]
    referrer_bp: Mapped[int] = mapped_column(server_default="0")
    effective_from: Mapped[Moment]
    effective_to: Mapped[Moment | None]
    superseded_at: Mapped[Moment | None]
    created_by: Mapped[str] = mapped_column(String(80), server_default="")


class CommissionLine(BrandOwned, Base):
    """One party's share of one order line: unique (order line, payee, role) (R18). All of a line's sum to its base (R34).

    A line has at most one guide and one referrer: there is no place for a third level (R19). `funded_minor` is the part of
    a coupon this party pays out of its share (R7).
    """

    __tablename__ = "commission_lines"
    __table_args__ = (
        points_to("order_line_id", "order_lines"),
        points_to("payee_id", "payees"),
        points_to("rule_id", "commission_rules"),
        points_to("split_plan_id", "split_plans"),
        points_to("guide_id", "guides"),
        points_to("org_unit_id", "org_units"),
        UniqueConstraint("brand_id", "order_line_id", "payee_id", "role", postgresql_include=["amount_minor"]),
        Index("ix_commission_lines_payee", "brand_id", "payee_id", "id"),
        Index("uq_commission_lines_two_levels", "brand_id", "order_line_id", "role", unique=True, postgresql_where=text("role IN ('guide', 'referrer')")),
        CheckConstraint("role IN ('guide', 'referrer', 'store', 'fulfilling_store', 'dealer', 'mall', 'region', 'platform', 'brand')", name="role"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("funded_minor BETWEEN 0 AND amount_minor", name="funded"),
    )

    order_line_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(String(18))
    payee_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    funded_minor: Mapped[Minor] = mapped_column(server_default="0")
    rate_bp: Mapped[int | None]
    rule_id: Mapped[UUID | None]
    rule_version: Mapped[int | None]
    split_plan_id: Mapped[UUID | None]
    guide_id: Mapped[UUID | None]
    org_unit_id: Mapped[UUID | None]
    trace: Mapped[dict[str, Any]]


class ShareMove(BrandOwned, Base):
    """A share of a line has another holder since a dispute was accepted or a hold upheld: amount and rate stay as frozen, who gets it does not (R4, R8).

    Append-only; the last version holds. No row: whom the line names.
    """

    __tablename__ = "share_moves"
    __table_args__ = (
        points_to("commission_line_id", "commission_lines"),
        points_to("payee_id", "payees"),
        points_to("guide_id", "guides"),
        points_to("org_unit_id", "org_units"),
        points_to("dispute_id", "attribution_disputes"),
        points_to("hold_id", "sale_holds"),
        UniqueConstraint("brand_id", "commission_line_id", "version"),
        Index("ix_share_moves_payee", "brand_id", "payee_id"),
        CheckConstraint("version > 1", name="version"),
        CheckConstraint("num_nonnulls(dispute_id, hold_id) = 1", name="why"),
    )

    commission_line_id: Mapped[UUID]
    version: Mapped[int]
    payee_id: Mapped[UUID]
    guide_id: Mapped[UUID | None]
    org_unit_id: Mapped[UUID | None]
    dispute_id: Mapped[UUID | None]
    hold_id: Mapped[UUID | None]
    moved_at: Mapped[Moment]


class SalesCredit(BrandOwned, Base):
    """KPI, not money: whose performance a paid order line counts for. Unlike money it may count several times (业绩).

    `guide` and `selling` are who sold, `fulfilling` the store that shipped, `online` the brand's online team (no unit).
    `amount_minor` is the goods paid for × `weight_bp`; what was refunded since is subtracted when it is read.
    Of a line and kind the last version holds: an accepted dispute writes the next.
    """

    __tablename__ = "sales_credits"
    __table_args__ = (
        points_to("order_line_id", "order_lines"),
        points_to("guide_id", "guides"),
        points_to("org_unit_id", "org_units"),
        points_to("fulfilment_id", "fulfilments"),
        UniqueConstraint("brand_id", "order_line_id", "kind", "org_unit_id", "fulfilment_id", "version", name="uq_sales_credits_once",
                         postgresql_nulls_not_distinct=True),
        Index("ix_sales_credits_unit", "brand_id", "org_unit_id", "credited_at"),
        Index("ix_sales_credits_at", "brand_id", "credited_at"),
        CheckConstraint("kind IN ('guide', 'selling', 'fulfilling', 'online')", name="kind"),
        CheckConstraint("(kind = 'online') = (org_unit_id IS NULL) AND (kind = 'fulfilling') = (fulfilment_id IS NOT NULL)", name="unit"),
        CheckConstraint("amount_minor >= 0 AND quantity > 0 AND weight_bp BETWEEN 0 AND 10000", name="amounts"),
    )

    order_line_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(10))
    guide_id: Mapped[UUID | None]
    org_unit_id: Mapped[UUID | None]
    fulfilment_id: Mapped[UUID | None]
    quantity: Mapped[int]
    weight_bp: Mapped[int]
    amount_minor: Mapped[Minor]
    version: Mapped[int] = mapped_column(server_default="1")
    credited_at: Mapped[Moment]
