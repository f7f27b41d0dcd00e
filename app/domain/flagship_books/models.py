from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.catalog.models import FlagshipSource
from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped, belongs_to, points_to


class FlagshipDay(BrandOwned, Stamped, Base):
    """One source's day in the brand's time zone.

    `reading` is the reading that stands (0: none yet), `trying` the one under way since `began_at`; a failed one leaves what stands.
    `read_at` is when the reading that stands began. `listed`: the flagship's list was read to its end, who was not in it is asked one by one.
    """

    __tablename__ = "flagship_days"
    __table_args__ = (
        points_to("source_id", "flagship_sources"),
        UniqueConstraint("brand_id", "source_id", "day"),
        Index("ix_flagship_days_day", "brand_id", "day"),
        CheckConstraint("state IN ('queued', 'running', 'matched', 'differs', 'failed')", name="state"),
    )

    source_id: Mapped[UUID]
    day: Mapped[date]
    state: Mapped[str] = mapped_column(String(8), server_default="queued")
    reading: Mapped[int] = mapped_column(server_default="0")
    trying: Mapped[int] = mapped_column(server_default="0")
    listed: Mapped[bool] = mapped_column(server_default="false")
    asked_by: Mapped[str] = mapped_column(String(80), server_default="")
    asked_at: Mapped[Moment]
    began_at: Mapped[Moment | None]
    read_at: Mapped[Moment | None]
    order_count: Mapped[int] = mapped_column(server_default="0")
    difference_count: Mapped[int] = mapped_column(server_default="0")
    untold_count: Mapped[int] = mapped_column(server_default="0")
    orders_ours_minor: Mapped[Minor] = mapped_column(server_default="0")
    orders_theirs_minor: Mapped[Minor] = mapped_column(server_default="0")
    refunds_ours_minor: Mapped[Minor] = mapped_column(server_default="0")
    refunds_theirs_minor: Mapped[Minor] = mapped_column(server_default="0")
    fees_theirs_minor: Mapped[Minor] = mapped_column(server_default="0")
    error_code: Mapped[str] = mapped_column(String(60), server_default="")
    error_message: Mapped[str] = mapped_column(server_default="")
    error_data: Mapped[dict[str, Any] | None]

    source: Mapped[FlagshipSource] = belongs_to("FlagshipDay", "source_id", "FlagshipSource")


class FlagshipDayLine(BrandOwned, Base):
    """What a reading found of one order: `kind` order, refund or fee; `cause` "" is a match. `error_*` is why an unread one is unread.

    `order_key` is our number, or the flagship's where we know of none: what a person wrote follows it into the next reading.
    """

    __tablename__ = "flagship_day_lines"
    __table_args__ = (
        points_to("day_id", "flagship_days", "CASCADE"),
        points_to("order_push_id", "order_pushes"),
        points_to("order_id", "orders"),
        UniqueConstraint("brand_id", "day_id", "reading", "kind", "order_key", "cause", name="uq_flagship_day_lines_line"),
        Index("ix_flagship_day_lines_open", "brand_id", "day_id", postgresql_where=text("differs AND handled_at IS NULL")),
        Index("ix_flagship_day_lines_key", "brand_id", "order_key"),
        CheckConstraint("kind IN ('order', 'refund', 'fee')", name="kind"),
    )

    day_id: Mapped[UUID]
    reading: Mapped[int]
    kind: Mapped[str] = mapped_column(String(6))
    cause: Mapped[str] = mapped_column(String(24), server_default="")
    differs: Mapped[bool]
    order_key: Mapped[str] = mapped_column(String(120))
    flagship_order_id: Mapped[str] = mapped_column(String(120), server_default="")
    order_push_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    ours_minor: Mapped[Minor | None]
    theirs_minor: Mapped[Minor | None]
    ours_state: Mapped[str] = mapped_column(String(16), server_default="")
    theirs_state: Mapped[str] = mapped_column(String(60), server_default="")
    error_code: Mapped[str] = mapped_column(String(60), server_default="")
    error_message: Mapped[str] = mapped_column(server_default="")
    error_data: Mapped[dict[str, Any] | None]
    note: Mapped[str] = mapped_column(String(300), server_default="")
    handled_at: Mapped[Moment | None]
    handled_by: Mapped[str] = mapped_column(String(80), server_default="")
