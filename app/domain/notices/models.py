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
    """How a person wants to hear beside her app; without a row, not at all.

    `openid` is who she is to the public account `wechat_app_id`; one WeChat belongs to one person of the brand. `bounced_at`: her
    address takes no mail, none is sent until she says another.
    """

    __tablename__ = "notice_wishes"
    __table_args__ = (
        points_to("account_id", "accounts"),
        UniqueConstraint("brand_id", "account_id"),
        Index("uq_notice_wishes_wechat", "brand_id", "wechat_app_id", "openid", unique=True, postgresql_where=text("openid <> ''")),
        CheckConstraint("NOT by_mail OR email <> ''", name="mail"),
        CheckConstraint("NOT by_wechat OR openid <> ''", name="wechat"),
    )

    account_id: Mapped[UUID]
    by_text: Mapped[bool] = mapped_column(server_default="false")
    by_mail: Mapped[bool] = mapped_column(server_default="false")
    email: Mapped[str] = mapped_column(String(200), server_default="")
    bounced_at: Mapped[Moment | None]
    by_wechat: Mapped[bool] = mapped_column(server_default="false")
    wechat_app_id: Mapped[str] = mapped_column(String(64), server_default="")
    openid: Mapped[str] = mapped_column(String(64), server_default="")


class NoticeSend(BrandOwned, Base):
    """A notice on its way out by one channel: one row each, so it leaves once. `reason` is the carrier's code.

    A row that is `sending` while nobody sends it was interrupted: it may have left, and is not sent again.
    """

    __tablename__ = "notice_sends"
    __table_args__ = (
        points_to("notice_id", "notices"),
        UniqueConstraint("brand_id", "notice_id", "channel"),
        CheckConstraint("channel IN ('wechat', 'text', 'mail')", name="channel"),
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'unsure', 'dropped')", name="state"),
        Index("ix_notice_sends_newest", "planned_at"),
    )

    notice_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    reason: Mapped[str] = mapped_column(String(80), server_default="")
    gone: Mapped[bool] = mapped_column(server_default="false")
    """It failed as she takes none by this channel; nothing here is to be mended."""
    tries: Mapped[int] = mapped_column(server_default="0")
    planned_at: Mapped[Moment]
    next_at: Mapped[Moment]
    """When it is to be tried; while `sending`, when it was."""
