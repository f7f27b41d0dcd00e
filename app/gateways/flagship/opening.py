"""The flagship gateway flows are handed: stored settings in, connector out; uploads are read from the file store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.catalog.ports import Download, FlagshipConnector
from app.kernel.errors import Refused
from app.kernel.files import Files

from . import connect, settings_errors


@dataclass(frozen=True, slots=True)
class Flagships:
    """`files` keeps the uploads that stored settings name by `file_key`."""

    download: Download
    files: Files

    def problems(self, kind: str, settings: Mapping[str, object]) -> list[Refused]:
        return settings_errors(kind, settings)

    def open(self, kind: str, settings: Mapping[str, object], *, now: datetime) -> FlagshipConnector:
        key = settings.get("file_key")
        given = {"file": self.files.path(str(key))} if key else {"url": settings.get("url")}
        return connect(kind, given, download=self.download, now=now)

    def open_typed(self, kind: str, settings: Mapping[str, object], *, now: datetime) -> FlagshipConnector:
        """The connector for settings not stored yet, to try them."""
        return connect(kind, settings, download=self.download, now=now)
