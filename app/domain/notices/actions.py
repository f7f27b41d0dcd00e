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
                                 .where(Notice.id.in_(made), NoticeWish.by_text | NoticeWish.by_mail)).all()
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


def wish(session: Session, *, brand_id: int, account_id: UUID, by_text: bool, by_mail: bool, email: str) -> NoticeWish:
    """How she wants to hear. Refuses messages to no address."""
    email = clean(email)
    if (by_mail or email) and ("@" not in email[1:-1] or len(email) > 200 or " " in email):
        raise Refused("email_invalid", "请填写有效的邮箱", field="email")
    found = session.scalar(select(NoticeWish).where(NoticeWish.brand_id == brand_id, NoticeWish.account_id == account_id))
    if found is None:
        found = NoticeWish(brand_id=brand_id, id=new_id(), account_id=account_id)
        session.add(found)
    found.by_text, found.by_mail, found.email = by_text, by_mail, email
    session.flush()
    return found
