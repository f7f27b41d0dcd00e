"""An address that takes no mail gets none until she says another one; what may pass is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.notices.models import NoticeWish
from app.gateways.mail.bounces import read_bounce
from tests.builders.carriers import World
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


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
