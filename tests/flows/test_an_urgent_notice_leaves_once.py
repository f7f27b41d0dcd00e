"""A notice leaves once by each channel she wishes, is tried again only where that cannot reach her twice, and is seen when it is stuck.

WeChat, Alibaba Cloud and the mail server are doubles on real sockets.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.domain.notices.actions import JOB, Telling, bind_wechat, tell, wish
from app.domain.notices.models import Notice, NoticeSend, NoticeWish
from app.domain.notices.rules import STALE_AFTER, WAITS, next_try
from app.domain.notices.sending import send_again
from app.domain.notices.templates import read_templates
from app.gateways.mail.bounces import read_bounce
from app.gateways.mail.smtp import SmtpMail
from app.gateways.talking import HttpTalk
from app.gateways.texts.aliyun import AliyunTexts
from app.gateways.wechat.js_sdk import WeChat
from app.gateways.wechat.messages import TemplateMessages
from app.gateways.wiring import Gateways
from app.jobs import REGISTRY, notices
from app.jobs.worker import run_job
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.money import unguarded
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON
from tests.gateways.doubles.aliyun_sms import AliyunSmsDouble
from tests.gateways.doubles.mail_server import MailServer, mail_server
from tests.gateways.doubles.wechat import WeChatDouble

MINUTE = timedelta(minutes=1)


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


def test_by_wechat_as_the_template_says(world: World) -> None:
    """Amounts without separators, times and texts as long as their fields take; another kind by its own template."""
    world.wishes(wechat=True)
    notice_id = world.told()
    world.run(notice_id)
    [said] = world.wechat.sent
    assert (said["touser"], said["template_id"], said["client_msg_id"]) == ("oLin", "TM-any", UUID(notice_id).hex)
    assert {name: part["value"] for name, part in said["data"].items()} == {
        "thing1": "佣金解冻", "thing2": "¥1,235.88 可以提现了。", "time3": "2026-11-22 12:00"}
    assert said["url"].endswith("/guide/notices")
    world.run(world.told("paid_out", "payout:1", number=1, payout_id=notice_id, reason=""))
    assert world.wechat.sent[1]["data"]["amount1"] == {"value": "¥1235.88"}


def test_by_every_channel_once_however_often_the_job_runs(world: World) -> None:
    world.wishes(by_text=True, email="lin@farway.example", wechat=True)
    notice_id = world.told()
    for _ in range(3):
        world.run(notice_id)
    assert (len(world.wechat.sent), len(world.sms.sent), len(world.mail.kept)) == (1, 1, 1)
    assert world.sends() == dict.fromkeys(("wechat", "text", "mail"), ("sent", "", 1))


def test_two_workers_at_once_send_it_once(world: World) -> None:
    world.wishes(by_text=True)
    notice_id = world.told()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(world.run, [notice_id] * 4))
    assert len(world.sms.sent) == 1


def test_without_the_key_it_could_be_planned_twice(world: World, app: Application) -> None:
    """The unique key is what holds it to once: with it a second row is not taken, without it both would leave."""
    world.wishes(by_text=True)
    world.run(world.told())
    again = text("INSERT INTO notice_sends (brand_id, id, notice_id, channel, planned_at, next_at) "
                 "SELECT brand_id, gen_random_uuid(), notice_id, channel, planned_at, next_at FROM notice_sends WHERE brand_id = :brand "
                 "ON CONFLICT DO NOTHING")
    for dropped, rows in ((False, 1), (True, 2)):
        with unguarded(app.settings, world.shop.brand_id) as bare:
            if dropped:
                bare.execute(text("ALTER TABLE notice_sends DROP CONSTRAINT uq_notice_sends_brand_id_notice_id_channel"))
            bare.execute(again, {"brand": world.shop.brand_id})
            assert bare.execute(text("SELECT count(*) FROM notice_sends WHERE brand_id = :brand"), {"brand": world.shop.brand_id}).scalar() == rows


def test_a_token_that_ended_is_replaced(world: World) -> None:
    world.wishes(wechat=True)
    world.run(world.told())
    world.wechat.end_token()
    world.run(world.told(cause="settlement:y"))
    assert len(world.wechat.sent) == 2
    assert [one.path.rsplit("/", 1)[1] for one in world.wechat.asked] == ["stable_token", "send", "send", "stable_token", "send"]


@pytest.mark.parametrize("codes", [[0, 42001], [-1], [40125]])
def test_without_a_token_that_holds_nothing_leaves(world: World, codes: list[int]) -> None:
    """A token fetched just now that is said to have ended, WeChat busy, and a wrong secret: the first two are tried later, the last is the operator's."""
    world.wishes(wechat=True)
    notice_id, world.wechat.codes = world.told(), list(codes)
    world.run(notice_id)
    assert world.sends()["wechat"] == ("failed" if codes == [40125] else "waiting", f"wechat_{codes[-1]}", 1)
    world.run(notice_id, NOON + MINUTE)
    assert len(world.wechat.sent) == (0 if codes == [40125] else 1)


@pytest.mark.parametrize("code", [43004, 43019, 43101, 40003])
def test_who_does_not_follow_gets_a_text(world: World, code: int) -> None:
    world.wishes(wechat=True)
    notice_id, world.wechat.codes = world.told(), [0, code]
    for _ in range(3):
        world.run(notice_id)
    assert world.sends() == {"wechat": ("failed", f"wechat_{code}", 1), "text": ("sent", "", 1)}
    assert world.sms.sent == [("13900000001", "SMS_NOTICE", {"brand": world.sms.sent[0][2]["brand"], "title": "佣金解冻", "text": "¥1,235.88 可以提现了。"})]
    assert world.wechat.sent == []


def test_used_up_calls_are_tried_after_an_hour(world: World) -> None:
    world.wishes(wechat=True)
    notice_id, world.wechat.codes = world.told(), [0, 45009]
    world.run(notice_id)
    assert world.sends()["wechat"] == ("waiting", "wechat_45009", 1)
    assert world.next_jobs() == [NOON + 60 * MINUTE]
    world.run(notice_id, NOON + 59 * MINUTE)
    assert world.wechat.sent == []
    world.run(notice_id, NOON + 60 * MINUTE)
    assert (world.sends()["wechat"], len(world.wechat.sent)) == (("sent", "", 2), 1)


def test_a_wrong_template_waits_for_the_operator(world: World) -> None:
    world.wishes(wechat=True)
    notice_id = world.told()
    world.wechat.templates = {}
    for _ in range(2):
        world.run(notice_id)
    assert world.sends() == {"wechat": ("failed", "wechat_40037", 1)}
    send_id = world.shop.session.scalars(select(NoticeSend.id)).one()
    world.wechat.templates = {"TM-any": {"thing1", "thing2", "time3"}}
    send_again(world.shop.session, brand_id=world.shop.brand_id, send_id=send_id, now=NOON + MINUTE)
    world.shop.session.commit()
    world.run(notice_id, NOON + MINUTE)
    assert (world.sends()["wechat"][0], len(world.wechat.sent)) == ("sent", 1)
    with pytest.raises(Refused, match="没有失败"):
        send_again(world.shop.session, brand_id=world.shop.brand_id, send_id=send_id, now=NOON)


def test_no_answer_from_wechat_is_asked_again_while_it_knows_the_key(world: World) -> None:
    """It took the message and the answer was lost: asked again with the same key it sends nothing more."""
    world.wishes(wechat=True)
    notice_id, world.wechat.faults = world.told(), ["", "reset_after"]
    world.run(notice_id)
    assert world.sends()["wechat"] == ("waiting", "wechat_-1", 1)
    world.run(notice_id, NOON + MINUTE)
    assert (world.sends()["wechat"], len(world.wechat.sent)) == (("sent", "", 2), 1)


def test_later_than_that_it_is_left_for_somebody_to_look_at(world: World) -> None:
    world.wishes(wechat=True)
    notice_id, world.wechat.faults = world.told(), ["", "reset_after", "reset_after"]
    for at in (NOON, NOON + MINUTE, NOON + 6 * MINUTE, NOON + 60 * MINUTE):
        world.run(notice_id, at)
    assert (world.sends()["wechat"], len(world.wechat.sent)) == (("sent", "", 3), 1), "1 and 6 minutes are within the ten"
    world.wechat.faults = ["reset_after"] * 3
    other = world.told(cause="settlement:y")
    for at in (NOON, NOON + MINUTE, NOON + 6 * MINUTE, NOON + 60 * MINUTE):
        world.run(other, at)
    states = [one.state for one in world.shop.session.scalars(select(NoticeSend).order_by(NoticeSend.planned_at, NoticeSend.id))]
    assert sorted(states) == ["sent", "unsure"]
    assert len(world.wechat.sent) == 2


def test_a_text_that_may_have_left_is_not_sent_again(world: World) -> None:
    world.wishes(by_text=True)
    notice_id, world.sms.faults = world.told(), ["reset_after"]
    for at in (NOON, NOON + MINUTE, NOON + 60 * MINUTE):
        world.run(notice_id, at)
    assert (world.sends()["text"][0], len(world.sms.sent)) == ("unsure", 1)
    with pytest.raises(Refused):
        send_again(world.shop.session, brand_id=world.shop.brand_id, send_id=world.shop.session.scalars(select(NoticeSend.id)).one(), now=NOON)


def test_tries_are_bounded(world: World) -> None:
    """At once, and after 1, 5, 20, 60 and 240 minutes; then it is the operator's."""
    world.wishes(by_text=True)
    notice_id, world.sms.codes, at = world.told(), ["isp.SYSTEM_ERROR"] * 20, NOON
    for wait in (*WAITS, timedelta(hours=9)):
        world.sms.now = NOON
        world.run(notice_id, at)
        at += wait
    assert world.sends()["text"] == ("failed", "isp.SYSTEM_ERROR", 6)
    assert len(world.sms.codes) == 14


def test_old_news_is_not_sent() -> None:
    assert next_try(tries=1, planned_at=NOON, now=NOON + STALE_AFTER - MINUTE) == NOON + STALE_AFTER
    assert next_try(tries=1, planned_at=NOON, now=NOON + STALE_AFTER) is None


def test_a_worker_that_died_while_sending_sends_nothing_twice(world: World) -> None:
    """What it took up may have left: another worker leaves it for the operator, after time enough for a slow carrier."""
    world.wishes(by_text=True)
    notice_id = world.told()
    world.run(notice_id)
    world.shop.session.execute(text("UPDATE notice_sends SET state = 'sending' WHERE brand_id = :brand"), {"brand": world.shop.brand_id})
    world.shop.session.commit()
    world.run(notice_id, NOON + MINUTE)
    assert (world.sends()["text"][0], world.next_jobs()) == ("sending", [NOON + 5 * MINUTE])
    world.run(notice_id, NOON + 5 * MINUTE)
    assert (world.sends()["text"][:2], len(world.sms.sent)) == (("unsure", "interrupted"), 1)


def test_an_address_that_bounces_is_left_alone_until_she_says_another(world: World) -> None:
    world.wishes(email="gone@farway.example")
    world.mail.says["RCPT"] = "550 5.1.1 User unknown"
    world.run(world.told())
    world.shop.session.rollback()
    wished = world.shop.session.scalars(select(NoticeWish)).one()
    assert (wished.by_mail, wished.bounced_at, world.sends()["mail"]) == (False, NOON, ("failed", "rcpt_550 5.1.1", 1))
    world.mail.says.clear()
    world.run(world.told(cause="settlement:y"))
    assert world.mail.kept == []
    world.wishes(email="lin@farway.example")
    world.run(world.told(cause="settlement:z"))
    assert len(world.mail.kept) == 1


REPORT = """From: MAILER-DAEMON@mx.example
To: bounces@yundian.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Sun, 22 Nov 2026 04:00:00 +0000

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: Recipient address rejected
--B
{original}
--B--
"""
"""As Postfix writes it (RFC 3464)."""


def came_in(world: World, *, original: str, address: str = "lin@farway.example", action: str = "failed", status: str = "5.1.1") -> str:
    """What the command says that the mail server pipes it into."""
    report = REPORT.format(address=address, action=action, status=status, original=original)
    with world.app.app_context():
        said = world.app.test_cli_runner().invoke(args=["mail", "bounced"], input=report)
    assert said.exit_code == 0, said.output
    return str(said.output)


@pytest.mark.parametrize("whole", [True, False])
def test_mail_that_comes_back_later_stops_mail_to_that_address(world: World, whole: bool) -> None:
    """The message itself comes with it, or its headers alone. Her own new address is not stopped by a report of the old one."""
    world.wishes(email="Lin@farway.example")
    world.run(world.told())
    sent = world.mail.kept[0].decode()
    original = f"Content-Type: message/rfc822\n\n{sent}" if whole else f"Content-Type: text/rfc822-headers\n\n{sent.split(chr(13))[0]}\n" + next(
        line for line in sent.splitlines() if line.startswith("Message-ID"))
    assert "not ours" in came_in(world, original=original, address="another@farway.example")
    assert "no report" in came_in(world, original=original, action="delayed", status="4.4.1")
    assert world.sends()["mail"] == ("sent", "", 1)
    assert "written down: 5.1.1" in came_in(world, original=original)
    assert world.sends()["mail"] == ("failed", "bounced 5.1.1", 1)
    wished = world.shop.session.scalars(select(NoticeWish)).one()
    assert (wished.by_mail, wished.bounced_at is not None) == (False, True)
    assert "not ours" in came_in(world, original=original), "a second time there is nothing to write down"


def test_a_full_box_is_not_the_end_of_an_address(world: World) -> None:
    world.wishes(email="lin@farway.example")
    world.run(world.told())
    came_in(world, original=f"Content-Type: message/rfc822\n\n{world.mail.kept[0].decode()}", status="5.2.2")
    assert world.sends()["mail"][1] == "bounced 5.2.2"
    assert world.shop.session.scalars(select(NoticeWish)).one().by_mail


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"Content-Type: multipart/report; boundary=B\n\n--B\nContent-Type: message/delivery-status\n\n\n--B--",
                                 b"Subject: Re: hello\n\nthank you", REPORT.replace("{original}", "Content-Type: message/rfc822\n\n").encode()])
def test_other_mail_is_let_be(raw: bytes) -> None:
    assert read_bounce(raw) is None


def test_greylisted_mail_is_sent_a_minute_later(world: World) -> None:
    world.wishes(email="lin@farway.example")
    notice_id, world.mail.says["RCPT"] = world.told(), "451 4.7.1 Greylisted"
    world.run(notice_id)
    world.mail.says.clear()
    world.run(notice_id, NOON + MINUTE)
    assert (world.sends()["mail"], len(world.mail.kept)) == (("sent", "", 2), 1)


def test_what_she_no_longer_wishes_is_dropped(world: World) -> None:
    world.wishes(by_text=True)
    notice_id, world.sms.codes = world.told(), ["isp.SYSTEM_ERROR"]
    world.run(notice_id)
    world.wishes()
    world.run(notice_id, NOON + MINUTE)
    assert (world.sends()["text"][0], world.sms.sent) == ("dropped", [])


def test_a_wechat_of_another_account_is_none(world: World) -> None:
    """The operator changed the public account: its openids are not the new one's, and she hears by text until she binds again."""
    world.wishes(wechat=True)
    world.shop.session.execute(text("UPDATE notice_wishes SET wechat_app_id = 'wx-old' WHERE brand_id = :brand"), {"brand": world.shop.brand_id})
    world.shop.session.commit()
    world.run(world.told())
    assert (world.wechat.sent, len(world.sms.sent)) == ([], 1)
