"""Where files are kept, as the core sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class FilesUnreachable(Exception):
    """The store does not answer, or not to us. `reason` is for the operator and holds no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Files(Protocol):
    """Keys are relative paths made by us ('<brand>/media/<hash>-m.webp'), never by people. A reader sees a whole file or none.

    `get` of nothing is NotFound. Everything but `path` and `address` may raise FilesUnreachable.
    """

    def put(self, key: str, content: bytes) -> None: ...
    def get(self, key: str) -> bytes: ...
    def has(self, key: str) -> bool: ...

    def path(self, key: str) -> Path | None:
        """Where it would lie on this machine; None for a store elsewhere."""
        ...

    def address(self, key: str) -> str:
        """Where anyone may fetch it without asking us; '' if only through us."""
        ...

    def check(self) -> None:
        """Raises FilesUnreachable if nothing could be kept now, saying what is wrong."""
        ...
