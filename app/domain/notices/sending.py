"""Messages on their way out: planned once by each channel, taken up, sent or missed. Nothing here talks to anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.customers.ports import NotSent
from app.kernel import queue
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_id

from .actions import JOB
from .models import Notice, NoticeSend, NoticeWish
from .rules import INTERRUPTED_AFTER, may_repeat, next_try


def plan(session: Session, *, brand_id: int, notice_id: UUID, channels: Iterable[str], now: datetime) -> None:
    """One row by each channel, however often."""
    rows = [{"brand_id": brand_id, "id": new_id(), "notice_id": notice_id, "channel": channel, "planned_at": now, "next_at": now} for channel in channels]
    if rows:
        session.execute(insert(NoticeSend).values(rows).on_conflict_do_nothing())


def is_planned(session: Session, *, brand_id: int, notice_id: UUID) -> bool:
    return session.scalar(select(NoticeSend.id).where(NoticeSend.brand_id == brand_id, NoticeSend.notice_id == notice_id).limit(1)) is not None


def take_up(session: Session, *, brand_id: int, notice_id: UUID, now: datetime) -> list[NoticeSend]:
    """What is due, now the caller's. What somebody took up and never answered for is `unsure`; who may still be at it is looked for later."""
    rows = session.scalars(select(NoticeSend).where(NoticeSend.brand_id == brand_id, NoticeSend.notice_id == notice_id).order_by(NoticeSend.channel)
                           .with_for_update()).all()
    due = [one for one in rows if one.state == "waiting" and one.next_at <= now]
    for one in rows:
        if one.state == "sending" and one.next_at <= now - INTERRUPTED_AFTER:
            one.state, one.reason = "unsure", "interrupted"
        elif one.state == "sending":
            _again(session, one, one.next_at + INTERRUPTED_AFTER)
    for one in due:
        one.state, one.tries, one.next_at = "sending", one.tries + 1, now
    session.flush()
    return due


def drop(session: Session, sends: Iterable[NoticeSend]) -> None:
    """Nobody wants it any more."""
    for one in sends:
        one.state = "dropped"


def arrived(session: Session, *, brand_id: int, send_id: UUID) -> None:
    session.execute(update(NoticeSend).where(NoticeSend.brand_id == brand_id, NoticeSend.id == send_id)
                    .values(state="sent", reason="").execution_options(synchronize_session=False))


def missed(session: Session, *, brand_id: int, send_id: UUID, why: NotSent, now: datetime) -> NoticeSend:
    """Tried again later while that may help and cannot reach her twice; otherwise it stays where the operator sees it."""
    one = session.scalars(select(NoticeSend).where(NoticeSend.brand_id == brand_id, NoticeSend.id == send_id)).one()
    at = next_try(tries=one.tries, planned_at=one.planned_at, now=now, seconds=why.seconds)
    again = at is not None and (why.fate == "later" or (why.fate == "unsure" and may_repeat(one.channel, planned_at=one.planned_at, at=at)))
    one.reason, one.gone = why.reason[:80], why.fate == "gone"
    one.state = "waiting" if again else "unsure" if why.fate == "unsure" else "failed"
    if again and at is not None:
        one.next_at = at
        _again(session, one, at)
    session.flush()
    return one


def bounced(session: Session, *, brand_id: int, account_id: UUID, email: str, now: datetime) -> None:
    """This address of hers takes no mail; if she has said another meanwhile, nothing is wrong with that."""
    session.execute(update(NoticeWish).where(NoticeWish.brand_id == brand_id, NoticeWish.account_id == account_id, NoticeWish.email == email)
                    .values(bounced_at=now, by_mail=False).execution_options(synchronize_session=False))


def came_back(session: Session, *, brand_id: int, notice_id: UUID, address: str, status: str, gone: bool, now: datetime) -> bool:
    """Mail that had left and was returned, as a report says that anybody may have written: it must name a notice, and the address it went to."""
    account_id = session.scalar(select(Notice.account_id).where(Notice.brand_id == brand_id, Notice.id == notice_id))
    one = session.scalar(select(NoticeSend).where(NoticeSend.brand_id == brand_id, NoticeSend.notice_id == notice_id, NoticeSend.channel == "mail",
                                                  NoticeSend.state.in_(("sent", "unsure"))).with_for_update())
    wished = session.scalar(select(NoticeWish).where(NoticeWish.brand_id == brand_id, NoticeWish.account_id == account_id)) if account_id else None
    if one is None or wished is None or account_id is None or wished.email.lower() != address.lower():
        return False
    one.state, one.reason, one.gone = "failed", f"bounced {status}"[:80], True
    if gone:
        bounced(session, brand_id=brand_id, account_id=account_id, email=wished.email, now=now)
    session.flush()
    return True


def send_again(session: Session, *, brand_id: int, send_id: UUID, now: datetime) -> None:
    """By the operator, after what was wrong is mended. Refuses what may have left already, and who takes none by this channel."""
    one = session.scalar(select(NoticeSend).where(NoticeSend.brand_id == brand_id, NoticeSend.id == send_id).with_for_update())
    if one is None:
        raise NotFound("notice_send", send_id)
    if one.state != "failed" or one.gone:
        raise Refused("send_not_failed", "这条消息没有失败，不能再发")
    one.state, one.tries, one.planned_at, one.next_at = "waiting", 0, now, now
    queue.defer(session, JOB, brand_id=brand_id, notice_id=str(one.notice_id))
    session.flush()


def _again(session: Session, one: NoticeSend, at: datetime) -> None:
    queue.defer(session, JOB, at=at, brand_id=one.brand_id, notice_id=str(one.notice_id))
