"""Mail through the operator's SMTP server (MAIL_URL = smtps://user:password@host:port or smtp://…, MAIL_FROM, MAIL_BOUNCES)."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from app.domain.customers.ports import Fate, NotSent

SECONDS = 15.0
NO_SUCH_BOX = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""RFC 3463: no such mailbox or domain, moved, disabled. Other refusals of an address (policy, relaying, a full box) are not its end."""


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """`smtps` is TLS from the first byte; `smtp` turns to TLS before the password is said, and must where there is one."""

    url: str = field(repr=False)
    sender: str
    bounces: str = ""
    """Where what comes back is sent to; '' for the sender."""

    @property
    def ready(self) -> bool:
        return bool(self.url)

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        try:
            message = self._message(to, subject, text, key)
        except ValueError:
            raise NotSent("message_invalid", "never") from None
        handed: list[bool] = []
        try:
            self._send(message, handed)
        except smtplib.SMTPException as error:
            raise _not_sent(error, bool(handed)) from None
        except (OSError, ValueError) as error:
            raise NotSent(type(error).__name__, "unsure" if handed else "later") from None

    def _message(self, to: str, subject: str, text: str, key: str) -> EmailMessage:
        """ValueError for a header that would be two."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Message-ID"] = f"<{key}@{urlsplit(self.url).hostname}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message

    def _send(self, message: EmailMessage, handed: list[bool]) -> None:
        """`handed` is no longer empty once the message itself goes over: from then on no answer may mean that it was taken."""
        parts = urlsplit(self.url)
        server = self._open(handed)
        try:
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif parts.scheme == "smtp" and parts.password:
                raise NotSent("no_tls", "never")
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message, from_addr=self.bounces or None)
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()

    def _open(self, handed: list[bool]) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or (465 if parts.scheme == "smtps" else 587)
        if parts.scheme == "smtps":
            return _TlsServer(handed, host, port, timeout=SECONDS, context=ssl.create_default_context())
        server = _Server(handed, host, port, timeout=SECONDS)
        server.ehlo()
        return server


class _Noting:
    """Notes when a message is handed over."""

    def __init__(self, handed: list[bool], *where: Any, **how: Any) -> None:
        self._handed = handed
        super().__init__(*where, **how)

    def data(self, message: Any) -> Any:
        self._handed.append(True)
        return super().data(message)  # type: ignore[misc]


class _Server(_Noting, smtplib.SMTP):
    pass


class _TlsServer(_Noting, smtplib.SMTP_SSL):
    pass


def _not_sent(error: smtplib.SMTPException, handed: bool) -> NotSent:
    """What the server said: 4xx is for now, 5xx for good; about a mailbox that is not there it is her address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        fate: Fate = "later" if code < 500 else "gone" if _enhanced(said) in NO_SUCH_BOX or (code == 550 and not _enhanced(said)) else "never"
        return NotSent(f"rcpt_{code} {_enhanced(said)}".strip(), fate)
    if isinstance(error, smtplib.SMTPResponseException):
        return NotSent(f"smtp_{error.smtp_code}", "never" if error.smtp_code >= 500 else "later")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotSent(type(error).__name__, "never")
    return NotSent(type(error).__name__, "unsure" if handed else "later")


def _enhanced(said: bytes | str) -> str:
    """The enhanced status code (RFC 3463) an answer begins with, '' for none."""
    first = (said.decode(errors="replace") if isinstance(said, bytes) else said).split(" ", 1)[0]
    return first if first.count(".") == 2 and first.replace(".", "").isdigit() else ""
