"""What the house asks of who carries text messages, and what may come of a message that anybody carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

Fate = Literal["later", "never", "gone", "unsure"]
"""Of a message that did not leave: another try may do; none will until somebody changes something here (settings, a template);
this address takes none; it may have left after all."""


class NotSent(Exception):
    """`reason` is the carrier's code, `seconds` how long it wants to be left alone at least."""

    def __init__(self, reason: str, fate: Fate = "later", *, seconds: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.fate, self.seconds = reason, fate, seconds


class TextMessages(Protocol):
    @property
    def ready(self) -> bool:
        """Whether messages can be sent at all; where not, nobody is offered to sign in by one."""
        ...

    def send(self, *, phone: str, text: str, template: str, parts: Mapping[str, str], key: str) -> None:
        """To a phone in E.164; raises NotSent. May be called twice for one message, with the same `key`.

        Carriers that only know approved templates take `parts`: `template` code has code; notice has brand, title, text.
        """
        ...
