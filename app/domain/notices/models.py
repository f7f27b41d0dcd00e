from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Moment, Stamped, points_to


class Notice(BrandOwned, Base):
    """`cause` names what happened: the same thing is told to the same person once, however often a job runs."""

    __tablename__ = "notices"
    __table_args__ = (
        points_to("account_id", "accounts"),
        UniqueConstraint("brand_id", "account_id", "cause"),
        Index("ix_notices_newest", "brand_id", "account_id", "at"),
        Index("ix_notices_unread", "brand_id", "account_id", postgresql_where=text("read_at IS NULL")),
    )

    account_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(30))
    cause: Mapped[str] = mapped_column(String(120))
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    at: Mapped[Moment]
    read_at: Mapped[Moment | None]


class NoticeWish(BrandOwned, Stamped, Base):
    """How a person wants to hear beside her app; without a row, not at all."""

    __tablename__ = "notice_wishes"
    __table_args__ = (
        points_to("account_id", "accounts"),
        UniqueConstraint("brand_id", "account_id"),
        CheckConstraint("NOT by_mail OR email <> ''", name="mail"),
    )

    account_id: Mapped[UUID]
    by_text: Mapped[bool] = mapped_column(server_default="false")
    by_mail: Mapped[bool] = mapped_column(server_default="false")
    email: Mapped[str] = mapped_column(String(200), server_default="")
