"""Telling people, and what they have read of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel import queue
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time
from app.kernel.texts import clean

from .models import Notice, NoticeWish
from .rules import KINDS, URGENT

JOB = "send_notice"
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Telling:
    """To whom, and what differs for her."""

    account_id: UUID
    data: Mapping[str, Any]


def tell(session: Session, *, brand_id: int, kind: str, cause: str, to: Iterable[Telling], now: datetime) -> int:
    """Writes one notice each, once per person and cause; how many are new. Messages leave only if the transaction commits."""
    assert kind in KINDS, kind
    rows = [{"brand_id": brand_id, "id": new_id(), "account_id": one.account_id, "kind": kind, "cause": cause[:120], "data": dict(one.data), "at": now}
            for one in to]
    made = [notice_id for start in range(0, len(rows), AT_ONCE) for notice_id in session.scalars(
        insert(Notice).values(rows[start:start + AT_ONCE]).on_conflict_do_nothing().returning(Notice.id))]
    if kind in URGENT and made:
        wished = session.scalars(select(Notice.id).join(NoticeWish, (NoticeWish.brand_id == Notice.brand_id) & (NoticeWish.account_id == Notice.account_id))
                                 .where(Notice.id.in_(made), NoticeWish.by_text | NoticeWish.by_mail | NoticeWish.by_wechat)).all()
        for notice_id in wished:
            queue.defer(session, JOB, brand_id=brand_id, notice_id=str(notice_id))
    return len(made)


def read_notice(session: Session, *, brand_id: int, account_id: UUID, notice_id: UUID, now: datetime) -> Notice:
    """Her own notice, read from now on; NotFound for anybody else's."""
    found = session.scalar(select(Notice).where(Notice.brand_id == brand_id, Notice.account_id == account_id, Notice.id == notice_id))
    if found is None:
        raise NotFound("notice", notice_id)
    found.read_at = found.read_at or now
    return found


def read_all(session: Session, *, brand_id: int, account_id: UUID, now: datetime) -> None:
    session.execute(update(Notice).where(Notice.brand_id == brand_id, Notice.account_id == account_id, Notice.read_at.is_(None))
                    .values(read_at=now).execution_options(synchronize_session=False))


def wish(session: Session, *, brand_id: int, account_id: UUID, by_text: bool, by_mail: bool, email: str, by_wechat: bool = False) -> NoticeWish:
    """How she wants to hear. Refuses messages to no address; an address she says anew may take mail again."""
    email = clean(email)
    if (by_mail or email) and ("@" not in email[1:-1] or len(email) > 200 or " " in email):
        raise Refused("email_invalid", "请填写有效的邮箱", field="email")
    found = _wish(session, brand_id, account_id)
    found.by_text, found.by_mail, found.email, found.by_wechat = by_text, by_mail, email, by_wechat and bool(found.openid)
    if by_mail:
        found.bounced_at = None
    session.flush()
    return found


def bind_wechat(session: Session, *, brand_id: int, account_id: UUID, app_id: str, openid: str) -> None:
    """Her WeChat is known from now on and gets her messages. Refuses a second one, and one that is another person's."""
    one_at_a_time(session, f"wechat:{brand_id}:{openid}")
    found = _wish(session, brand_id, account_id)
    if found.openid and found.wechat_app_id == app_id and found.openid != openid:
        raise Refused("wechat_bound", "已经绑定了一个微信，先解绑再换")
    taken = select(NoticeWish.id).where(NoticeWish.brand_id == brand_id, NoticeWish.wechat_app_id == app_id, NoticeWish.openid == openid,
                                        NoticeWish.account_id != account_id)
    if session.scalar(taken) is not None:
        raise Refused("wechat_taken", "这个微信已经绑定了别的账号")
    found.wechat_app_id, found.openid, found.by_wechat = app_id, openid, True
    session.flush()


def unbind_wechat(session: Session, *, brand_id: int, account_id: UUID) -> None:
    found = _wish(session, brand_id, account_id)
    found.wechat_app_id, found.openid, found.by_wechat = "", "", False
    session.flush()


def _wish(session: Session, brand_id: int, account_id: UUID) -> NoticeWish:
    """Hers, locked; made if there is none."""
    session.execute(insert(NoticeWish).values(brand_id=brand_id, id=new_id(), account_id=account_id).on_conflict_do_nothing())
    return session.scalars(select(NoticeWish).where(NoticeWish.brand_id == brand_id, NoticeWish.account_id == account_id).with_for_update()
                           .execution_options(populate_existing=True)).one()
