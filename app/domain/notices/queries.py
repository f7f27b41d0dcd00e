"""A person's notices, newest first."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.paging import Page, numbered

from .models import Notice, NoticeWish


def notices_page(session: Session, *, brand_id: int, account_id: UUID, unread: bool = False, number: int = 1) -> Page:
    statement = select(Notice).where(Notice.brand_id == brand_id, Notice.account_id == account_id)
    if unread:
        statement = statement.where(Notice.read_at.is_(None))
    return numbered(session, statement.order_by(Notice.at.desc(), Notice.id.desc()), number=number)


def unread_count(session: Session, *, brand_id: int, account_id: UUID) -> int:
    return session.scalar(select(func.count()).select_from(Notice).where(
        Notice.brand_id == brand_id, Notice.account_id == account_id, Notice.read_at.is_(None))) or 0


def wish_of(session: Session, *, brand_id: int, account_id: UUID) -> NoticeWish | None:
    return session.scalar(select(NoticeWish).where(NoticeWish.brand_id == brand_id, NoticeWish.account_id == account_id))
