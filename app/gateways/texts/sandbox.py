"""Plays the carrier: the last message to each phone lies in a file, and a page of the sandbox shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.kernel.errors import NotFound
from app.kernel.files import Files
from app.kernel.ids import digest


@dataclass(frozen=True, slots=True)
class PlayedTexts:
    files: Files
    ready: bool = True

    def send(self, *, phone: str, text: str, template: str, parts: Mapping[str, str], key: str) -> None:
        self.files.put(_key(phone), text.encode())

    def last(self, phone: str) -> str:
        """What was sent to this phone last, '' for nothing."""
        try:
            return self.files.get(_key(phone)).decode()
        except NotFound:
            return ""


def _key(phone: str) -> str:
    return f"sandbox/texts/{digest(phone)}.txt"
