"""A line to a shop that goes wrong as told: for proving connectors. The shop itself stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from app.domain.catalog.ports import Answer, Download, FlagshipUnreachable, Talk

FAULTS = ("timeout_before", "timeout_after", "reset", "error", "busy", "html", "cut", "garbage", "empty")
"""What passes by itself: no answer before or after the call had its effect, a status, or an answer that is not whole."""
STATUSES = {"error": 500, "busy": 429, "unauthorised": 401}
BODIES = {"html": b"<!doctype html><html><body>Be right back</body></html>", "garbage": b"\xff\xfe{\x00]garbage", "empty": b""}


@dataclass(frozen=True, slots=True)
class Fault:
    """Plays from the call of index `after` on, `times` times (-1: for ever). `then` happens when it has played."""

    kind: str
    after: int = 0
    times: int = 1
    then: Callable[[], None] | None = None


@dataclass(slots=True)
class Line:
    """Counts calls, plays faults, and lets something happen after the n-th answer (`between`, from 1)."""

    real_talk: Talk
    real_download: Download
    between: Mapping[int, Callable[[], None]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    talks: int = 0
    downloads: int = 0

    @property
    def calls(self) -> int:
        return self.talks + self.downloads

    def play(self, *faults: Fault) -> None:
        """The first of them that is due plays; then it is over, or goes on if it has more times to play."""
        self.faults += faults

    def talk(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", seconds: float = 30.0,
             max_bytes: int = 32 * 1024 * 1024) -> Answer:
        fault = self._due()
        self.talks += 1
        if fault is None:
            answer = self.real_talk(method, url, headers=headers, body=body, seconds=seconds, max_bytes=max_bytes)
            self._moved()
            return answer
        if fault in STATUSES:
            return Answer(STATUSES[fault], {"retry-after": "7"} if fault == "busy" else {}, b"{}")
        if fault == "timeout_before":
            raise _timeout(unsure=False)
        answer = self.real_talk(method, url, headers=headers, body=body, seconds=seconds, max_bytes=max_bytes)
        if fault == "timeout_after":
            raise _timeout(unsure=True)
        if fault == "reset":
            raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址", unsure=True)
        return Answer(200, answer.headers, BODIES.get(fault, answer.body[:len(answer.body) // 2]))

    def download(self, url: str, *, max_bytes: int, into: BinaryIO | None = None) -> bytes:
        content = self._downloaded(url, max_bytes=max_bytes)
        if into is None:
            return content
        into.write(content)
        return b""

    def _downloaded(self, url: str, *, max_bytes: int) -> bytes:
        fault = self._due()
        self.downloads += 1
        if fault is None:
            content = self.real_download(url, max_bytes=max_bytes)
            self._moved()
            return content
        if fault in STATUSES:
            raise FlagshipUnreachable("http_status", "旗舰店的网址回答了 %(status)d", status=STATUSES[fault], after=7 if fault == "busy" else 0)
        if fault.startswith("timeout"):
            raise _timeout(unsure=fault == "timeout_after")
        if fault == "reset":
            raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址")
        content = self.real_download(url, max_bytes=max_bytes)
        return BODIES.get(fault, content[:len(content) // 2])

    def _due(self) -> str | None:
        at = next((at for at, fault in enumerate(self.faults) if self.calls >= fault.after and fault.times), None)
        if at is None:
            return None
        fault = self.faults[at]
        self.faults[at] = replace(fault, times=fault.times - 1)
        if fault.then:
            fault.then()
        return fault.kind

    def _moved(self) -> None:
        act = self.between.get(self.calls)
        if act:
            act()


def _timeout(*, unsure: bool) -> FlagshipUnreachable:
    return FlagshipUnreachable("timeout", "旗舰店的网址太久没有回答", unsure=unsure)
