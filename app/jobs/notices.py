"""Notices that somebody wished to hear of outside the app leave here, outside of any transaction; sent twice they say the same."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from app.domain.customers.ports import NotSent
from app.domain.notices.actions import JOB
from app.domain.notices.models import Notice
from app.domain.notices.ports import MailNotSent
from app.domain.notices.queries import wish_of
from app.domain.people.models import Account
from app.extensions import Database
from app.gateways.wiring import Gateways
from app.jobs import job
from app.web.shared.notice_words import message_text

log = structlog.get_logger()


@job(JOB, own_sessions=True, attempts=3)
def send_notice(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, notice_id: str) -> None:
    """By text and by mail, as she wishes at this moment; who left meanwhile is told nothing."""
    with database.transaction(brand_id) as session:
        notice = session.get(Notice, (brand_id, UUID(notice_id)))
        account = session.get(Account, (brand_id, notice.account_id)) if notice else None
        wished = wish_of(session, brand_id=brand_id, account_id=account.id) if account else None
        if notice is None or account is None or wished is None or not account.active:
            return
        title, text = message_text(session, notice, account)
    if wished.by_text and gateways.texts.ready:
        try:
            gateways.texts.send(phone=account.login, text=f"{title} {text}")
        except NotSent as error:
            log.warning("notice not sent by text", reason=error.reason, notice_id=notice_id)
    if wished.by_mail and gateways.mail.ready:
        try:
            gateways.mail.send(to=wished.email, subject=title, text=text, key=notice_id)
        except MailNotSent as error:
            log.warning("notice not sent by mail", reason=error.reason, notice_id=notice_id)
