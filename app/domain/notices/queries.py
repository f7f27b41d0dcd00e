"""A person's notices, newest first; and messages on their way out, as she and the operator see them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand
from app.kernel.paging import Page, numbered

from .models import Notice, NoticeSend, NoticeWish


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


def last_sends(session: Session, *, brand_id: int, account_id: UUID) -> dict[str, NoticeSend]:
    """Channel → the last message that left, or did not, by it."""
    statement = (select(NoticeSend).join(Notice, (Notice.brand_id == NoticeSend.brand_id) & (Notice.id == NoticeSend.notice_id))
                 .where(NoticeSend.brand_id == brand_id, Notice.account_id == account_id, NoticeSend.state.in_(("sent", "failed", "unsure")))
                 .ext(distinct_on(NoticeSend.channel)).order_by(NoticeSend.channel, NoticeSend.planned_at.desc(), NoticeSend.id.desc()))
    return {one.channel: one for one in session.scalars(statement)}


STATES = ("stuck", "waiting", "sent", "gone", "dropped")
state_now = case((and_(NoticeSend.state == "failed", NoticeSend.gone), "gone"), (NoticeSend.state.in_(("failed", "unsure")), "stuck"),
                 (NoticeSend.state == "sending", "waiting"), else_=NoticeSend.state)
"""Of one message as the operator sees it: stuck is what somebody has to look at, gone is a person whom the channel does not reach."""


def sends_page(session: Session, *, since: datetime, state: str = "", channel: str = "", q: str = "", sort: str = "-planned", number: int = 1) -> Page:
    """Across brands, planned at `since` or later: rows of (send, its state, the notice's kind, the brand's name). `q` is of brand or reason."""
    statement = (select(NoticeSend, state_now, Notice.kind, Brand.name)
                 .join(Notice, (Notice.brand_id == NoticeSend.brand_id) & (Notice.id == NoticeSend.notice_id))
                 .join(Brand, Brand.id == NoticeSend.brand_id).where(NoticeSend.planned_at >= since))
    if state:
        statement = statement.where(state_now == state)
    if channel:
        statement = statement.where(NoticeSend.channel == channel)
    if q.strip():
        statement = statement.where(or_(Brand.name.icontains(q.strip(), autoescape=True), NoticeSend.reason.icontains(q.strip(), autoescape=True)))
    column = {"tries": NoticeSend.tries, "next": NoticeSend.next_at, "reason": NoticeSend.reason}.get(sort.lstrip("-"), NoticeSend.planned_at)
    order = column.desc() if sort.startswith("-") else column.asc()
    return numbered(session, statement.order_by(order, NoticeSend.id.desc()), number=number)


def send_counts(session: Session, *, since: datetime, channel: str = "") -> dict[str, int]:
    """By state, zeros left out."""
    statement = select(state_now, func.count()).where(NoticeSend.planned_at >= since).group_by(state_now)
    return dict(session.execute(statement.where(NoticeSend.channel == channel) if channel else statement).all())
