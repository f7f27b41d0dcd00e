"""Mail over SMTP, held against a real server: the message arrives whole, what does not leave says what that means, no password without TLS."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path

import pytest

from app.config import BadSetting, from_env
from app.domain.customers.ports import NotSent
from app.gateways.mail.smtp import SmtpMail
from tests.gateways.doubles.mail_server import MailServer, mail_server

LETTER = {"to": "lin@farway.example", "subject": "打款了", "text": "第 1 批打款，到手 ¥35.88。", "key": "k-1"}
SENDER = "云店 <no-reply@yundian.example>"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as found:
        yield found


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """Demands TLS and sign-in; its certificate is one that this machine trusts."""
    with mail_server(tmp_path) as found:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        yield found


def why(url: str, **changes: str) -> tuple[str, str]:
    """(reason, fate) of what did not leave."""
    with pytest.raises(NotSent) as caught:
        SmtpMail(url, SENDER).send(**{**LETTER, **changes})
    return caught.value.reason, caught.value.fate


def test_the_message_arrives(server: MailServer) -> None:
    SmtpMail(server.url, SENDER).send(**LETTER)
    message = message_from_bytes(server.kept[0])
    assert str(make_header(decode_header(message["Subject"]))) == "打款了"
    assert (message["To"], message["Message-ID"], message["Auto-Submitted"]) == ("lin@farway.example", "<k-1@localhost>", "auto-generated")
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes) and body.decode().strip() == LETTER["text"]


def test_it_turns_to_tls_and_signs_in(secure: MailServer) -> None:
    SmtpMail(secure.url.replace("//", "//lin:p%40ss%20word@"), SENDER).send(**LETTER)
    assert (len(secure.kept), secure.secured) == (1, [True])


def test_a_wrong_password_waits_for_somebody(secure: MailServer) -> None:
    assert why(secure.url.replace("//", "//lin:wrong@")) == ("smtp_535", "never")
    secure.says["AUTH"] = "454 4.7.0 Temporary authentication failure"
    assert why(secure.url.replace("//", "//lin:p%40ss%20word@")) == ("smtp_454", "later")
    assert secure.kept == []


def test_a_certificate_that_nobody_vouches_for_gets_no_password(secure: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert why(secure.url.replace("//", "//lin:p%40ss%20word@"))[1] == "later"
    assert secure.kept == []


def test_a_password_is_not_said_to_a_server_without_tls(server: MailServer) -> None:
    assert why(server.url.replace("//", "//user:secret@")) == ("no_tls", "never")
    assert server.kept == []


@pytest.mark.parametrize(("verb", "answer", "expected"), [
    ("RCPT", "550 5.1.1 User unknown", ("rcpt_550 5.1.1", "gone")),
    ("RCPT", "550 No such user here", ("rcpt_550", "gone")),
    ("RCPT", "550 5.7.1 Relaying denied", ("rcpt_550 5.7.1", "never")),
    ("RCPT", "552 5.2.2 Mailbox full", ("rcpt_552 5.2.2", "never")),
    ("RCPT", "451 4.7.1 Greylisted, try again later", ("rcpt_451 4.7.1", "later")),
    ("MAIL", "550 5.1.8 Sender refused", ("smtp_550", "never")),
    ("MAIL", "452 4.3.1 Insufficient storage", ("smtp_452", "later")),
    ("DATA", "554 5.6.0 Looks like spam", ("smtp_554", "never")),
    ("DATA", "451 4.3.0 Try again", ("smtp_451", "later"))])
def test_each_refusal_means_what_it_says(server: MailServer, verb: str, answer: str, expected: tuple[str, str]) -> None:
    """4xx is for now, 5xx for good; only of a mailbox that is not there the address is done with."""
    server.says[verb] = answer
    assert why(server.url) == expected
    assert server.kept == []


def test_no_answer_after_the_message_may_mean_that_it_was_taken(server: MailServer) -> None:
    server.breaks = True
    assert why(server.url) == ("SMTPServerDisconnected", "unsure")
    assert len(server.kept) == 1, "it was"


def test_nobody_there_is_for_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert why(f"smtp://127.0.0.1:{free.getsockname()[1]}") == ("ConnectionRefusedError", "later")


def test_an_address_with_line_breaks_reaches_nobody(server: MailServer) -> None:
    assert why(server.url, to="a@b.example\r\nBcc: x@y.example") == ("message_invalid", "never")
    assert server.kept == []


@pytest.mark.parametrize("environment", [{"MAIL_URL": "http://mail", "MAIL_FROM": "a@b"}, {"MAIL_URL": "smtp://mail"}])
def test_bad_settings_are_named(environment: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match="MAIL_"):
        from_env(environment)
