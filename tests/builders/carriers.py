"""The house with its carriers (WeChat, Alibaba Cloud, a mail server: doubles on real sockets), and a guide who may wish to hear from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.domain.notices.actions import JOB, Telling, bind_wechat, tell, wish
from app.domain.notices.models import Notice, NoticeSend
from app.domain.notices.templates import read_templates
from app.gateways.mail.smtp import SmtpMail
from app.gateways.talking import HttpTalk
from app.gateways.texts.aliyun import AliyunTexts
from app.gateways.wechat.js_sdk import WeChat
from app.gateways.wechat.messages import TemplateMessages
from app.gateways.wiring import Gateways
from app.jobs import REGISTRY, notices
from app.jobs.worker import run_job
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON
from tests.gateways.doubles.aliyun_sms import AliyunSmsDouble
from tests.gateways.doubles.mail_server import MailServer, mail_server
from tests.gateways.doubles.wechat import WeChatDouble


class World:
    """The house with its carriers, and Lin, who may wish to hear from it."""

    def __init__(self, app: Application, shop: Shop, wechat: WeChatDouble, sms: AliyunSmsDouble, mail: MailServer) -> None:
        self.app, self.shop, self.wechat, self.sms, self.mail = app, shop, wechat, sms, mail
        talk = HttpTalk(allow_private=True)
        account = WeChat(talk, wechat.app_id, wechat.secret, wechat.url)
        templates = read_templates("*=TM-any:thing1=title,thing2=text,time3=time paid_out=TM-paid:amount1=amount,thing2=brand")
        self.gateways: Gateways = replace(
            app.gateways, wechat_messages=TemplateMessages(account, templates), mail=SmtpMail(mail.url, "no-reply@yundian.example"),
            texts=AliyunTexts(talk, sms.key_id, sms.secret, sms.sign, {"code": "SMS_CODE", "notice": "SMS_NOTICE"}, sms.url, clock=lambda: NOON))
        assert shop.lin.account_id
        self.lin: UUID = shop.lin.account_id

    def wishes(self, *, by_text: bool = False, email: str = "", wechat: bool = False) -> None:
        session = self.shop.session
        if wechat:
            bind_wechat(session, brand_id=self.shop.brand_id, account_id=self.lin, app_id=self.wechat.app_id, openid="oLin")
        wish(session, brand_id=self.shop.brand_id, account_id=self.lin, by_text=by_text, by_mail=bool(email), email=email, by_wechat=wechat)
        session.commit()

    def told(self, kind: str = "released", cause: str = "settlement:x", **data: Any) -> str:
        session = self.shop.session
        tell(session, brand_id=self.shop.brand_id, kind=kind, cause=cause, to=[Telling(self.lin, {"amount_minor": 123588, **data})], now=NOON)
        session.commit()
        return str(session.scalars(select(Notice.id).where(Notice.account_id == self.lin, Notice.cause == cause)).one())

    def run(self, notice_id: str, now: datetime = NOON) -> None:
        with self.app.app_context():
            run_job(self.app, REGISTRY[notices.JOB], {"brand_id": self.shop.brand_id, "notice_id": notice_id, "gateways": self.gateways, "now": now})

    def sends(self) -> dict[str, tuple[str, str, int]]:
        """Channel → (state, reason, tries)."""
        self.shop.session.rollback()
        return {one.channel: (one.state, one.reason, one.tries) for one in self.shop.session.scalars(select(NoticeSend))}

    def next_jobs(self) -> list[datetime]:
        """When the job is queued to look again."""
        rows = self.shop.session.execute(text("SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = :job AND args->>'brand_id' = :brand "
                                              "AND scheduled_at IS NOT NULL ORDER BY 1"), {"job": JOB, "brand": str(self.shop.brand_id)})
        return [at for (at,) in rows]


@pytest.fixture
def world(app: Application, session: BrandSession) -> Iterator[World]:
    with app.database.transaction() as alone:
        alone.execute(text("DELETE FROM wechat_keys"))
    wechat, sms = WeChatDouble(), AliyunSmsDouble(NOON)
    with ExitStack() as stack:
        stack.enter_context(wechat.open())
        stack.enter_context(sms.open())
        yield World(app, a_shop(session), wechat, sms, stack.enter_context(mail_server()))
