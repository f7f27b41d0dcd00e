"""What sharing asks of WeChat."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

STALE = frozenset({40001, 40014, 42001})
"""The token is no longer good: another is asked for, once."""
OUT_OF_CALLS = 45009
_RESTS = {OUT_OF_CALLS: timedelta(hours=1), -1: timedelta(minutes=1)}


class WeChatRefused(Exception):
    """WeChat's error code; -1 also stands for no answer, or one that makes no sense: then `unsure` says that the call may have had its effect."""

    def __init__(self, code: int, *, unsure: bool = False) -> None:
        super().__init__(code)
        self.code, self.unsure = code, unsure

    @property
    def stale(self) -> bool:
        return self.code in STALE

    @property
    def rest(self) -> timedelta:
        """How long not to ask again: a minute when busy, an hour when the day's calls are used up, else ten minutes (a wrong secret)."""
        return _RESTS.get(self.code, timedelta(minutes=10))


class PublicAccount(Protocol):
    @property
    def app_id(self) -> str: ...
    def token(self) -> tuple[str, int]: ...


class JsSdk(PublicAccount, Protocol):
    def ticket(self, token: str) -> tuple[str, int]: ...
