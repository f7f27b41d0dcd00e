from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base, BrandOwned, Minor, Moment, belongs_to, points_to


class Order(BrandOwned, Base):
    """total = goods after discounts + shipping. `channel` is frozen (R28). `device`: the browser it was placed in, by a keyed digest."""

    __tablename__ = "orders"
    __audited__ = True
    __table_args__ = (
        points_to("share_link_id", "share_links"),
        points_to("guide_id", "guides"),
        points_to("store_id", "org_units"),
        points_to("customer_id", "customers"),
        points_to("platform_fee_plan_id", "platform_fee_plans"),
        UniqueConstraint("brand_id", "number"),
        Index("uq_orders_checkout_key", "brand_id", "checkout_key", unique=True, postgresql_where=text("checkout_key <> ''")),
        Index("ix_orders_placed", "brand_id", "placed_at"),
        Index("ix_orders_guide", "brand_id", "guide_id", "placed_at"),
        Index("ix_orders_store", "brand_id", "store_id", "placed_at"),
        Index("ix_orders_customer", "brand_id", "customer_id", "placed_at", postgresql_where=text("customer_id IS NOT NULL")),
        CheckConstraint(
            "state IN ('pending_payment', 'paid', 'partly_shipped', 'shipped', 'delivered', 'completed', 'cancelled', 'refunded')", name="state"),
        CheckConstraint("total_minor >= 0 AND shipping_minor >= 0 AND shipping_refunded_minor BETWEEN 0 AND shipping_minor", name="amounts"),
    )

    number: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(16), server_default="guide_link")
    share_link_id: Mapped[UUID | None]
    guide_id: Mapped[UUID | None]
    store_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    currency: Mapped[str] = mapped_column(String(3))
    gross_minor: Mapped[Minor]
    discount_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    shipping_refunded_minor: Mapped[Minor] = mapped_column(server_default="0")
    total_minor: Mapped[Minor]
    platform_fee_bp: Mapped[int]
    platform_fee_plan_id: Mapped[UUID | None]
    contact: Mapped[dict[str, Any]]
    address: Mapped[dict[str, Any]]
    coupons: Mapped[list[Any]] = mapped_column(server_default="[]")
    note: Mapped[str] = mapped_column(String(300), server_default="")
    checkout_key: Mapped[str] = mapped_column(String(64), server_default="")
    device: Mapped[str] = mapped_column(String(64), server_default="")
    placed_at: Mapped[Moment]
    pay_by: Mapped[Moment]
    paid_at: Mapped[Moment | None]
    cancelled_at: Mapped[Moment | None]
    delivered_at: Mapped[Moment | None]

    lines: Mapped[list[OrderLine]] = relationship(
        "OrderLine", order_by="OrderLine.position", lazy="select", viewonly=True,
        primaryjoin="and_(Order.id == remote(foreign(OrderLine.order_id)), Order.brand_id == remote(OrderLine.brand_id))")


class OrderLine(BrandOwned, Base):
    """Base and paid are stored as components (R5, R7): list price or activity price × quantity = gross; gross - brand
    discount = base; base - what platform, store and guide fund = paid.

    `hold_until` is set on receipt; `refunded_minor` and `refunded_quantity` are cumulative.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        points_to("order_id", "orders"),
        points_to("variant_id", "variants"),
        points_to("product_id", "products"),
        points_to("activity_id", "activities"),
        UniqueConstraint("brand_id", "order_id", "position"),
        Index("ix_order_lines_activity", "brand_id", "activity_id", postgresql_where=text("activity_id IS NOT NULL")),
        Index("ix_order_lines_hold", "brand_id", "hold_until", postgresql_where=text("hold_until IS NOT NULL")),
        CheckConstraint("quantity BETWEEN 1 AND 9999", name="quantity"),
        CheckConstraint("gross_minor = unit_price_minor * quantity", name="gross"),
        CheckConstraint("base_minor = gross_minor - brand_discount_minor AND base_minor >= 0", name="base"),
        CheckConstraint("paid_minor = base_minor - platform_discount_minor - store_discount_minor - guide_discount_minor AND paid_minor >= 0", name="paid"),
        CheckConstraint("refunded_minor BETWEEN 0 AND paid_minor AND refunded_quantity BETWEEN 0 AND quantity", name="refunded"),
        CheckConstraint("shipped_quantity BETWEEN 0 AND quantity AND delivered_quantity BETWEEN 0 AND shipped_quantity", name="shipped"),
    )

    order_id: Mapped[UUID]
    position: Mapped[int]
    variant_id: Mapped[UUID]
    product_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(300))
    sku: Mapped[str] = mapped_column(String(120))
    options: Mapped[dict[str, Any]]
    quantity: Mapped[int]
    list_price_minor: Mapped[Minor]
    activity_id: Mapped[UUID | None]
    unit_price_minor: Mapped[Minor]
    gross_minor: Mapped[Minor]
    brand_discount_minor: Mapped[Minor]
    platform_discount_minor: Mapped[Minor]
    store_discount_minor: Mapped[Minor] = mapped_column(server_default="0")
    guide_discount_minor: Mapped[Minor] = mapped_column(server_default="0")
    base_minor: Mapped[Minor]
    paid_minor: Mapped[Minor]
    refunded_minor: Mapped[Minor] = mapped_column(server_default="0")
    refunded_quantity: Mapped[int] = mapped_column(server_default="0")
    shipped_quantity: Mapped[int] = mapped_column(server_default="0")
    delivered_quantity: Mapped[int] = mapped_column(server_default="0")
    received_at: Mapped[Moment | None]
    hold_until: Mapped[Moment | None]

    order: Mapped[Order] = belongs_to("OrderLine", "order_id", "Order")


class AttributionDecision(BrandOwned, Base):
    """Who earned an order line and why: winner, and every candidate with what spoke for or against it (R8). Append-only."""

    __tablename__ = "attribution_decisions"
    __table_args__ = (
        points_to("order_line_id", "order_lines"),
        points_to("guide_id", "guides"),
        points_to("store_id", "org_units"),
        UniqueConstraint("brand_id", "order_line_id", "version"),
        CheckConstraint("reason IN ('chosen', 'coupon', 'last_touch', 'first_touch', 'binding', 'store', 'brand', 'dispute', 'upheld')", name="reason"),
    )

    order_line_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default="1")
    guide_id: Mapped[UUID | None]
    store_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(12))
    candidates: Mapped[list[Any]]
    decided_at: Mapped[Moment]


class AttributionDispute(BrandOwned, Base):
    """A guide says that an order is hers, with evidence; headquarters decides while the money is not released yet (R8).

    `order_guide_id` is whom the order was credited to when she asked.
    """

    __tablename__ = "attribution_disputes"
    __audited__ = True
    __table_args__ = (
        points_to("order_id", "orders"),
        points_to("guide_id", "guides"),
        points_to("order_guide_id", "guides"),
        points_to("share_link_id", "share_links"),
        Index("uq_attribution_disputes_open", "brand_id", "order_id", "guide_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_attribution_disputes_guide", "brand_id", "guide_id", "opened_at"),
        CheckConstraint("state IN ('open', 'accepted', 'refused')", name="state"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("order_guide_id <> guide_id", name="not_hers"),
    )

    order_id: Mapped[UUID]
    guide_id: Mapped[UUID]
    order_guide_id: Mapped[UUID | None]
    share_link_id: Mapped[UUID | None]
    evidence: Mapped[str] = mapped_column(String(1000))
    state: Mapped[str] = mapped_column(String(8), server_default="open")
    answer: Mapped[str] = mapped_column(String(300), server_default="")
    answered_by: Mapped[str] = mapped_column(String(80), server_default="")
    opened_at: Mapped[Moment]
    answered_at: Mapped[Moment | None]


class Payment(BrandOwned, Base):
    """An order keeps the money of one payment at most; what arrives beyond it is given back whole at once.

    `payer`: the account it was paid from, by a keyed digest, where the provider tells it.
    """

    __tablename__ = "payments"
    __table_args__ = (
        points_to("order_id", "orders"),
        Index("ix_payments_order", "brand_id", "order_id"),
        Index("ix_payments_payer", "brand_id", "payer", postgresql_where=text("payer <> ''")),
        Index("uq_payments_one_success", "brand_id", "order_id", unique=True, postgresql_where=text("state = 'succeeded' AND refunded_minor < amount_minor")),
        CheckConstraint("state IN ('open', 'succeeded', 'failed', 'expired')", name="state"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded"),
    )

    order_id: Mapped[UUID]
    provider: Mapped[str] = mapped_column(String(20))
    provider_ref: Mapped[str] = mapped_column(String(120), server_default="")
    amount_minor: Mapped[Minor]
    refunded_minor: Mapped[Minor] = mapped_column(server_default="0")
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[Moment]
    settled_at: Mapped[Moment | None]
    payer: Mapped[str] = mapped_column(String(64), server_default="")


class PaymentEvent(BrandOwned, Base):
    """The inbox: an event a provider told us, once (R18)."""

    __tablename__ = "payment_events"
    __table_args__ = (points_to("payment_id", "payments"), UniqueConstraint("brand_id", "provider", "event_id"))

    provider: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(120))
    payment_id: Mapped[UUID]
    outcome: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[Moment]
    applied_at: Mapped[Moment | None]


class Refund(BrandOwned, Base):
    """Money given back to the shopper; nothing, where coupons had paid for all of what she returns.

    The shares give back their part when it is booked. `state` follows the provider: pending until it says so, failed until somebody sends it
    again (the next `attempt`) or says how she got her money otherwise (`outside_ref`).
    """

    __tablename__ = "refunds"
    __audited__ = True
    __table_args__ = (
        points_to("order_id", "orders"),
        points_to("payment_id", "payments"),
        Index("ix_refunds_order", "brand_id", "order_id"),
        Index("ix_refunds_unsettled", "brand_id", "requested_at", postgresql_where=text("state <> 'succeeded'")),
        CheckConstraint("state IN ('pending', 'succeeded', 'failed')", name="state"),
        CheckConstraint("amount_minor >= 0 AND shipping_minor BETWEEN 0 AND amount_minor", name="amount"),
    )

    order_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor] = mapped_column(server_default="0")
    reason: Mapped[str] = mapped_column(String(200), server_default="")
    state: Mapped[str] = mapped_column(String(10))
    provider_ref: Mapped[str] = mapped_column(String(120), server_default="")
    attempt: Mapped[int] = mapped_column(server_default="1")
    problem: Mapped[str] = mapped_column(String(200), server_default="")
    outside_ref: Mapped[str] = mapped_column(String(120), server_default="")
    requested_by: Mapped[str] = mapped_column(String(80), server_default="")
    requested_at: Mapped[Moment]
    asked_at: Mapped[Moment | None]
    settled_at: Mapped[Moment | None]

    lines: Mapped[list[RefundLine]] = relationship(
        "RefundLine", lazy="selectin", cascade="all",
        primaryjoin="and_(Refund.id == remote(foreign(RefundLine.refund_id)), Refund.brand_id == remote(RefundLine.brand_id))")


class RefundLine(BrandOwned, Base):
    __tablename__ = "refund_lines"
    __table_args__ = (
        points_to("refund_id", "refunds"),
        points_to("order_line_id", "order_lines"),
        UniqueConstraint("brand_id", "refund_id", "order_line_id"),
        CheckConstraint("amount_minor >= 0 AND quantity >= 0", name="amount"),
    )

    refund_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    quantity: Mapped[int] = mapped_column(server_default="0")
    amount_minor: Mapped[Minor]


