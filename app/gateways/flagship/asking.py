"""Asking a shop for something, as often as it takes to get a whole answer, or to learn that there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from app.domain.catalog.ports import Answer, FlagshipUnreachable, NeedsAuthorisation, Secrets, Talk
from app.gateways.answers import asked_to_wait

from .retrying import PASSING_CODES, PASSING_STATUSES, Retry, TryAgain

T = TypeVar("T")
MAX_ANSWER = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call. Address, headers and body may carry secrets and are not shown."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    seconds: float = 30.0
    max_bytes: int = MAX_ANSWER


@dataclass(slots=True)
class Asking:
    """Only for calls that may be made twice: reading. `call` makes the call of an attempt from the secrets (signature, nonce),
    `read` makes sense of its answer and raises TryAgain when it is not whole.

    A 401 reads the secrets again: somebody may have renewed them in mid-run.
    """

    talk: Talk = field(repr=False)
    secrets: Secrets = field(repr=False)
    retry: Retry
    _known: Mapping[str, str] | None = field(default=None, repr=False)

    def ask(self, call: Callable[[Mapping[str, str]], Call], read: Callable[[Answer], T]) -> T:
        """Raises FlagshipUnreachable, NeedsAuthorisation."""

        def attempt() -> T:
            return read(self._told(call(self.known())))

        return self.renewing(attempt)

    def renewing(self, attempt: Callable[[], T]) -> T:
        """Tries under the one policy, and once more with the secrets of now after a 401."""
        try:
            return self.retry(attempt)
        except NeedsAuthorisation:
            before, self._known = self.known(), None
            if dict(before) == dict(self.known()):
                raise
        return self.retry(attempt)

    def known(self) -> Mapping[str, str]:
        if self._known is None:
            self._known = self.secrets.read()
        return self._known

    def _told(self, call: Call) -> Answer:
        try:
            answer = self.talk(call.method, call.url, headers=call.headers, body=call.body, seconds=call.seconds, max_bytes=call.max_bytes)
        except FlagshipUnreachable as lost:
            if lost.code in PASSING_CODES:
                raise TryAgain(lost) from None
            raise
        refuse_status(answer)
        return answer


def refuse_status(answer: Answer) -> None:
    """Raises TryAgain for what passes, NeedsAuthorisation for 401, FlagshipUnreachable for other answers than 2xx."""
    status = answer.status
    if 200 <= status < 300:
        return
    if status in PASSING_STATUSES:
        raise TryAgain(_bad_status(status), after=asked_to_wait(answer.headers))
    if status == 401:
        raise NeedsAuthorisation("not_authorised", "旗舰店不认这份授权，请检查密钥或重新授权")
    if status == 403:
        raise FlagshipUnreachable("forbidden", "旗舰店不允许这样读取，请检查密钥的权限和对方的防火墙")
    if 300 <= status < 400:
        raise FlagshipUnreachable("redirected", "这个网址会跳转，请填写跳转后的网址", status=status)
    raise _bad_status(status)


def as_json(answer: Answer) -> Any:
    """Raises TryAgain for what is no whole JSON document."""
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise broken() from None


def broken() -> TryAgain:
    """An answer that is cut off, an error page with status 200, or otherwise not what was asked for."""
    return TryAgain(FlagshipUnreachable("broken_answer", "旗舰店的回答不完整或看不懂"))


def _bad_status(status: int) -> FlagshipUnreachable:
    return FlagshipUnreachable("http_status", "旗舰店的网址回答了 %(status)d", status=status)
