"""Plays the mail server: the last message to each address lies in a file."""

from __future__ import annotations

from dataclasses import dataclass

from app.kernel.errors import NotFound
from app.kernel.files import Files
from app.kernel.ids import digest


@dataclass(frozen=True, slots=True)
class PlayedMail:
    files: Files
    ready: bool = True

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        self.files.put(_key(to), f"{subject}\n\n{text}".encode())

    def last(self, to: str) -> str:
        """What was sent to this address last, '' for nothing."""
        try:
            return self.files.get(_key(to)).decode()
        except NotFound:
            return ""


def _key(to: str) -> str:
    return f"sandbox/mail/{digest(to)}.txt"
