"""What the house asks of who carries text messages."""

from __future__ import annotations

from typing import Protocol


class NotSent(Exception):
    """The carrier did not take it; `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TextMessages(Protocol):
    @property
    def ready(self) -> bool:
        """Whether messages can be sent at all; where not, nobody is offered to sign in by one."""
        ...

    def send(self, *, phone: str, text: str) -> None:
        """To a phone in E.164. May be called twice for one message; raises NotSent."""
        ...
