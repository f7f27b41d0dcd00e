from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base, BrandOwned, Minor, Moment, points_to


class AfterSale(BrandOwned, Base):
    """One case of one order. Open while `requested`, `approved` or `returned`; each end is final.

    refund_only: money for goods she keeps or never got; return_refund: goods come back first; exchange: goods come back,
    others of the same price go out, no money moves; shipping_only: the shipping fee alone (no commission moves, R11).
    """

    __tablename__ = "after_sales"
    __audited__ = True
    __table_args__ = (
        points_to("order_id", "orders"),
        points_to("refund_id", "refunds"),
        points_to("fulfilment_id", "fulfilments"),
        UniqueConstraint("brand_id", "number"),
        Index("ix_after_sales_order", "brand_id", "order_id"),
        Index("ix_after_sales_state", "brand_id", "state", "requested_at"),
        CheckConstraint("kind IN ('refund_only', 'return_refund', 'exchange', 'shipping_only')", name="kind"),
        CheckConstraint("state IN ('requested', 'approved', 'returned', 'refunded', 'exchanged', 'rejected', 'cancelled')", name="state"),
        CheckConstraint("refund_id IS NOT NULL OR state <> 'refunded'", name="refund"),
        CheckConstraint("shipping_minor >= 0", name="shipping"),
    )

    number: Mapped[str] = mapped_column(String(24))
    order_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(10))
    shipping_minor: Mapped[Minor] = mapped_column(server_default="0")
    reason: Mapped[str] = mapped_column(String(200), server_default="")
    requested_by: Mapped[str] = mapped_column(String(80), server_default="")
    requested_at: Mapped[Moment]
    decided_by: Mapped[str] = mapped_column(String(80), server_default="")
    decided_at: Mapped[Moment | None]
    answer: Mapped[str] = mapped_column(String(200), server_default="")
    return_carrier: Mapped[str] = mapped_column(String(40), server_default="")
    return_tracking_no: Mapped[str] = mapped_column(String(60), server_default="")
    returned_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    refund_id: Mapped[UUID | None]
    fulfilment_id: Mapped[UUID | None]

    lines: Mapped[list[AfterSaleLine]] = relationship(
        "AfterSaleLine", lazy="selectin", cascade="all",
        primaryjoin="and_(AfterSale.id == remote(foreign(AfterSaleLine.after_sale_id)), AfterSale.brand_id == remote(AfterSaleLine.brand_id))")


class AfterSaleLine(BrandOwned, Base):
    """`amount_minor` NULL: the pieces' part of what was paid. `open` follows the case: a line has one open case at most.

    `restocked` is known once the goods are back.
    """

    __tablename__ = "after_sale_lines"
    __audited__ = True
    __table_args__ = (
        points_to("after_sale_id", "after_sales"),
        points_to("order_line_id", "order_lines"),
        points_to("exchange_variant_id", "variants"),
        UniqueConstraint("brand_id", "after_sale_id", "order_line_id"),
        Index("uq_after_sale_lines_one_open", "brand_id", "order_line_id", unique=True, postgresql_where=text("open")),
        CheckConstraint("quantity >= 0 AND amount_minor > 0", name="amounts"),
    )

    after_sale_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    quantity: Mapped[int]
    amount_minor: Mapped[Minor | None]
    exchange_variant_id: Mapped[UUID | None]
    restocked: Mapped[bool | None]
    open: Mapped[bool] = mapped_column(server_default="true")


class Chargeback(BrandOwned, Base):
    """The shopper's bank takes the payment back. Open: the order's held money waits; lost: reversed like a refund, and the fee is the brand's.

    An inquiry asks before anything is taken: nothing waits. `provider` is who tells of it and rules, '' where people book it. `evidence` is
    what the brand answers, frozen when it is sent (`asked_at`, under `attempt`) and handed in once (`answered_at`); `reminded_at` is when
    the brand was told that the time runs out.
    """

    __tablename__ = "chargebacks"
    __audited__ = True
    __table_args__ = (
        points_to("order_id", "orders"),
        points_to("payment_id", "payments"),
        points_to("refund_id", "refunds"),
        UniqueConstraint("brand_id", "payment_id", "provider_ref"),
        Index("uq_chargebacks_one_open", "brand_id", "order_id", unique=True, postgresql_where=text("state = 'open'")),
        CheckConstraint("state IN ('inquiry', 'open', 'won', 'lost')", name="state"),
        CheckConstraint("amount_minor > 0 AND fee_minor >= 0", name="amounts"),
    )

    order_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    provider: Mapped[str] = mapped_column(String(20), server_default="")
    provider_ref: Mapped[str] = mapped_column(String(120), server_default="")
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    attempt: Mapped[int] = mapped_column(server_default="1")
    asked_at: Mapped[Moment | None]
    answered_at: Mapped[Moment | None]
    problem: Mapped[str] = mapped_column(String(200), server_default="")
    reminded_at: Mapped[Moment | None]
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor] = mapped_column(server_default="0")
    reason: Mapped[str] = mapped_column(String(200), server_default="")
    state: Mapped[str] = mapped_column(String(8))
    opened_by: Mapped[str] = mapped_column(String(80), server_default="")
    opened_at: Mapped[Moment]
    answer_by: Mapped[Moment | None]
    decided_by: Mapped[str] = mapped_column(String(80), server_default="")
    decided_at: Mapped[Moment | None]
    refund_id: Mapped[UUID | None]

    @property
    def evidence_state(self) -> str:
        """none, draft, sending (handed in, not known to have arrived) or handed_in."""
        return "handed_in" if self.answered_at else "sending" if self.asked_at else "draft" if self.evidence else "none"
