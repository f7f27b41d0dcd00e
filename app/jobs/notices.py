"""Notices that somebody wished to hear of outside the app leave here: each once by each channel, tried again within bounds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from app.domain.customers.ports import NotSent
from app.domain.notices import sending
from app.domain.notices.actions import JOB
from app.domain.notices.models import Notice
from app.domain.notices.queries import wish_of
from app.domain.people.models import Account
from app.extensions import Database
from app.flows.carry_notice import Letter, addresses, carry_notice, wished_channels
from app.gateways.wiring import Gateways
from app.jobs import job
from app.kernel import queue
from app.web.shared.application import app
from app.web.shared.notice_words import message_parts

log = structlog.get_logger()


@job(JOB, own_sessions=True, attempts=3)
def send_notice(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, notice_id: str) -> None:
    """What is due of this notice, as she wishes at this moment; who left meanwhile is told nothing."""
    letter, due = _due(database, gateways, brand_id, UUID(notice_id), now)
    for send_id, channel, to in due:
        assert letter
        try:
            carry_notice(database, gateways, channel=channel, to=to, letter=letter, now=now)
        except NotSent as why:
            log.warning("notice not sent", channel=channel, reason=why.reason, fate=why.fate, notice_id=notice_id)
            _missed(database, gateways, brand_id, send_id, to, why, now)
        else:
            with database.transaction(brand_id) as session:
                sending.arrived(session, brand_id=brand_id, send_id=send_id)


def _due(database: Database, gateways: Gateways, brand_id: int, notice_id: UUID, now: datetime) -> tuple[Letter | None, list[tuple[UUID, str, str]]]:
    """The letter, and what was taken up of it: (send, channel, address)."""
    with database.transaction(brand_id) as session:
        notice = session.get(Notice, (brand_id, notice_id))
        account = session.get(Account, (brand_id, notice.account_id)) if notice else None
        if notice is None or account is None:
            return None, []
        wished = wish_of(session, brand_id=brand_id, account_id=account.id)
        reached = addresses(gateways, wished, account) if wished and account.active else {}
        if wished and not sending.is_planned(session, brand_id=brand_id, notice_id=notice_id):
            sending.plan(session, brand_id=brand_id, notice_id=notice_id, channels=wished_channels(wished, reached), now=now)
        taken = sending.take_up(session, brand_id=brand_id, notice_id=notice_id, now=now)
        sending.drop(session, [one for one in taken if one.channel not in reached])
        letter = Letter(brand_id, notice_id, notice.kind, message_parts(session, notice, account), f"{app().settings.public_url}/guide/notices")
        return letter, [(one.id, one.channel, reached[one.channel]) for one in taken if one.channel in reached]


def _missed(database: Database, gateways: Gateways, brand_id: int, send_id: UUID, to: str, why: NotSent, now: datetime) -> None:
    """Who cannot be reached by WeChat gets a text instead; an address that takes no mail is left alone from now on."""
    with database.transaction(brand_id) as session:
        one = sending.missed(session, brand_id=brand_id, send_id=send_id, why=why, now=now)
        if why.fate == "gone" and one.channel == "wechat" and gateways.texts.ready:
            sending.plan(session, brand_id=brand_id, notice_id=one.notice_id, channels=["text"], now=now)
            queue.defer(session, JOB, brand_id=brand_id, notice_id=str(one.notice_id))
        if why.fate == "gone" and one.channel == "mail":
            notice = session.get_one(Notice, (brand_id, one.notice_id))
            sending.bounced(session, brand_id=brand_id, account_id=notice.account_id, email=to, now=now)
