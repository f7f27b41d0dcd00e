from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base, BrandOwned, Moment, points_to


class Fulfilment(BrandOwned, Base):
    """`source` is flagship (its warehouse) or store (ship from store, then `store_id`)."""

    __tablename__ = "fulfilments"
    __audited__ = True
    __table_args__ = (
        points_to("order_id", "orders"),
        points_to("store_id", "org_units"),
        Index("ix_fulfilments_order", "brand_id", "order_id"),
        CheckConstraint("source IN ('flagship', 'store')", name="source"),
    )

    order_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(String(10), server_default="flagship")
    store_id: Mapped[UUID | None]
    carrier: Mapped[str] = mapped_column(String(40), server_default="")
    tracking_no: Mapped[str] = mapped_column(String(60), server_default="")
    shipped_at: Mapped[Moment]
    delivered_at: Mapped[Moment | None]

    lines: Mapped[list[FulfilmentLine]] = relationship(
        "FulfilmentLine", lazy="selectin", cascade="all",
        primaryjoin="and_(Fulfilment.id == remote(foreign(FulfilmentLine.fulfilment_id)), Fulfilment.brand_id == remote(FulfilmentLine.brand_id))")


class FulfilmentLine(BrandOwned, Base):
    __tablename__ = "fulfilment_lines"
    __table_args__ = (
        points_to("fulfilment_id", "fulfilments"),
        points_to("order_line_id", "order_lines"),
        UniqueConstraint("brand_id", "fulfilment_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    fulfilment_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    quantity: Mapped[int]
