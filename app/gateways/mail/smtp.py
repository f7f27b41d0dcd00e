"""Mail through the operator's SMTP server (MAIL_URL = smtps://user:password@host:port or smtp://…, MAIL_FROM)."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from app.domain.notices.ports import MailNotSent

SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """`smtps` is TLS from the first byte; `smtp` turns to TLS before the password is said, and must where there is one."""

    url: str = field(repr=False)
    sender: str

    @property
    def ready(self) -> bool:
        return bool(self.url)

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        try:
            self._send(self._message(to, subject, text, key))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise MailNotSent(type(error).__name__) from None

    def _message(self, to: str, subject: str, text: str, key: str) -> EmailMessage:
        """ValueError for a header that would be two."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Message-ID"] = f"<{key}@{urlsplit(self.url).hostname}>"
        message.set_content(text)
        return message

    def _send(self, message: EmailMessage) -> None:
        parts = urlsplit(self.url)
        with self._open() as server:
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif parts.scheme == "smtp" and parts.password:
                raise MailNotSent("the server offers no TLS for the password")
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)

    def _open(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or (465 if parts.scheme == "smtps" else 587)
        if parts.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
        server = smtplib.SMTP(host, port, timeout=SECONDS)
        server.ehlo()
        return server
