"""Where files are kept, as the core sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """Keys are relative paths made by us ('<brand>/media/<hash>-m.webp'), never by people. `get` of nothing is NotFound."""

    def put(self, key: str, content: bytes) -> None: ...
    def get(self, key: str) -> bytes: ...
    def path(self, key: str) -> Path: ...
    def has(self, key: str) -> bool: ...
