"""What the house asks of who carries mail."""

from __future__ import annotations

from typing import Protocol


class MailNotSent(Exception):
    """`reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Mail(Protocol):
    @property
    def ready(self) -> bool:
        """Whether mail can be sent at all; where not, nobody is offered it."""
        ...

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """May be called twice for one message, with the same `key`; raises MailNotSent."""
        ...
