from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Minor, Moment, points_to


class AllianceReading(BrandOwned, Base):
    """A source whose alliance orders are read. Whatever changed until `read_until` is taken in; nothing is skipped, however long it fails."""

    __tablename__ = "alliance_readings"
    __audited__ = True
    __table_args__ = (points_to("source_id", "flagship_sources"), UniqueConstraint("brand_id", "source_id"))

    source_id: Mapped[UUID]
    active: Mapped[bool] = mapped_column(server_default="true")
    read_until: Mapped[Moment]
    read_at: Mapped[Moment | None]
    failed_at: Mapped[Moment | None]
    error_code: Mapped[str] = mapped_column(String(60), server_default="")
    error_message: Mapped[str] = mapped_column(server_default="")
    error_data: Mapped[dict[str, Any] | None]


class AllianceOrder(BrandOwned, Base):
    """One SKU of one order as the alliance has it, by the alliance's own `row_id` (ports.AllianceRow says what the values mean).

    `earned_minor` is what it owes by the row as it stands. `guide_id` is whose share link the code is; NULL for a code of nobody's.
    Information for the brand: nothing of it is in the ledger.
    """

    __tablename__ = "alliance_orders"
    __table_args__ = (
        points_to("source_id", "flagship_sources"),
        points_to("guide_id", "guides"),
        UniqueConstraint("brand_id", "source_id", "row_id"),
        Index("ix_alliance_orders_ordered", "brand_id", "ordered_at"),
        Index("ix_alliance_orders_guide", "brand_id", "guide_id"),
        CheckConstraint("state IN ('unpaid', 'deposit', 'paid', 'finished', 'split', 'void')", name="state"),
    )

    source_id: Mapped[UUID]
    row_id: Mapped[str] = mapped_column(String(64))
    order_number: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int] = mapped_column(BigInteger)
    returned: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    valid_code: Mapped[int] = mapped_column(BigInteger)
    void_reason: Mapped[str] = mapped_column(server_default="")
    through_own_shop: Mapped[bool]
    commission_bp: Mapped[int] = mapped_column(BigInteger)
    base_minor: Mapped[Minor]
    estimate_minor: Mapped[Minor]
    actual_minor: Mapped[Minor]
    earned_minor: Mapped[Minor]
    code: Mapped[str] = mapped_column(String(80), server_default="")
    guide_id: Mapped[UUID | None]
    position: Mapped[int] = mapped_column(BigInteger)
    same_shop: Mapped[bool]
    settles_on: Mapped[int] = mapped_column(BigInteger)
    ordered_at: Mapped[Moment | None]
    finished_at: Mapped[Moment | None]
    changed_at: Mapped[Moment | None]
    seen_at: Mapped[Moment]
    read_at: Mapped[Moment]
