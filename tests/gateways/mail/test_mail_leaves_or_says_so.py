"""Mail over SMTP: the message arrives whole, what does not leave is told, and no password goes without TLS."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header

import pytest

from app.config import BadSetting, from_env
from app.domain.notices.ports import MailNotSent
from app.gateways.mail.smtp import SmtpMail
from tests.gateways.doubles.mail_server import mail_server

LETTER = {"to": "lin@farway.example", "subject": "打款了", "text": "第 1 批打款，到手 ¥35.88。", "key": "k-1"}


def test_the_message_arrives() -> None:
    with mail_server() as server:
        SmtpMail(server.url, "云店 <no-reply@yundian.example>").send(**LETTER)
    message = message_from_bytes(server.kept[0])
    assert str(make_header(decode_header(message["Subject"]))) == "打款了"
    assert (message["To"], message["Message-ID"]) == ("lin@farway.example", "<k-1@127.0.0.1>")
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes) and body.decode().strip() == LETTER["text"]


@pytest.mark.parametrize("fault", ["silent", "full"])
def test_what_does_not_leave_is_told(fault: str) -> None:
    with mail_server() as server:
        setattr(server, fault, True)
        with pytest.raises(MailNotSent):
            SmtpMail(server.url, "no-reply@yundian.example").send(**LETTER)
        assert server.kept == []


def test_a_password_is_not_said_to_a_server_without_tls() -> None:
    with mail_server() as server:
        with pytest.raises(MailNotSent, match="TLS"):
            SmtpMail(server.url.replace("//", "//user:secret@"), "no-reply@yundian.example").send(**LETTER)
        assert server.kept == []


def test_an_address_with_line_breaks_reaches_nobody() -> None:
    with mail_server() as server, pytest.raises(MailNotSent):
        SmtpMail(server.url, "no-reply@yundian.example").send(**{**LETTER, "to": "a@b.example\r\nBcc: x@y.example"})
    assert server.kept == []


@pytest.mark.parametrize("environment", [{"MAIL_URL": "http://mail", "MAIL_FROM": "a@b"}, {"MAIL_URL": "smtp://mail"}])
def test_bad_settings_are_named(environment: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match="MAIL_"):
        from_env(environment)
