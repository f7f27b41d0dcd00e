"""One call to JD: signed, paced, opened, and every error met with its reaction before anybody else hears of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from app.domain.catalog.ports import Answer, FlagshipUnreachable, NeedsAuthorisation, Talk
from app.gateways.answers import asked_to_wait
from app.gateways.flagship.retrying import PASSING_CODES, Retry, TryAgain
from app.kernel.errors import msgid

from .limits import Limits
from .oauth import App
from .reactions import JdRefused, NoReply, Reaction, meaning_of
from .replies import Body, opened
from .signing import beijing_text, sign
from .tokens import Kept, Tokens

T = TypeVar("T")
HEADERS = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
BURST_PAUSE = 1.0
"""Code 2 may only mean too many in this second; when patience has ended it means minutes."""
BACK_OFF = timedelta(minutes=10)
NOT_AUTHORISED, TOKEN_ENDED = 401, "19"
"""JD refuses with 200 and a code; a 401 comes from what stands before it."""
ENDED = msgid("京东店铺的授权已失效，请用店铺主账号重新授权")


def now_utc() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Gateway:
    """`tokens` is None for calls that need no merchant (union). `clock` and `sleep` are for tests to turn."""

    app: App
    talk: Talk
    tokens: Tokens | None = None
    limits: Limits = field(default_factory=Limits)
    retry: Retry = Retry()
    clock: Callable[[], datetime] = now_utc
    sleep: Callable[[float], None] = time.sleep

    def call(self, method: str, params: Mapping[str, Any], read: Callable[[Body], T], *, version: str = "2.0", repeatable: bool = True) -> T:
        """What `read` finds in the answer. Tries again what may pass, renews the token once, backs off from a burst.

        `repeatable` False: a call that must not be made twice is made once; if it may have had its effect the failure
        carries unsure=True, and it is for the caller to find out. So does the last failure of a repeated call, if an earlier
        one of its tries may have had its effect. `read` may raise NoReply for an answer without sense.
        Raises JdRefused, NeedsAuthorisation, FlagshipUnreachable.
        """
        doubts: list[FlagshipUnreachable] = []
        try:
            return self._authorised(lambda kept: self._attempt(method, params, read, version, kept, doubts, repeatable=repeatable))
        except FlagshipUnreachable as failure:
            if doubts:
                failure.data["unsure"] = True
            raise

    def _authorised(self, attempt: Callable[[Kept | None], T]) -> T:
        """Tries under the one policy, with the permission of now and, if that has ended, with a renewed one."""
        kept = self.tokens.current() if self.tokens else None
        for renewed in (False, True):
            try:
                return self.retry(partial(attempt, kept))
            except JdRefused as refusal:
                if refusal.reaction is not Reaction.REFRESH or self.tokens is None or kept is None:
                    raise
                if not renewed:
                    kept = self.tokens.renewed(kept)
        raise NeedsAuthorisation("needs_authorisation", ENDED)

    def _attempt(self, method: str, params: Mapping[str, Any], read: Callable[[Body], T], version: str, kept: Kept | None,
                 doubts: list[FlagshipUnreachable], *, repeatable: bool) -> T:
        """`doubts` takes up every failure after which the call may have had its effect: a later one does not lift them."""
        try:
            return self._once(method, params, read, version, kept)
        except FlagshipUnreachable as failure:
            if failure.data.get("unsure"):
                doubts.append(failure)
            if not may_pass(failure) or (not repeatable and failure.data.get("unsure")):
                raise
            raise TryAgain(failure, after=_asked_pause(failure)) from None

    def _once(self, method: str, params: Mapping[str, Any], read: Callable[[Body], T], version: str, kept: Kept | None) -> T:
        pause = self.limits.take(method, self.clock())
        if pause > 0:
            self.sleep(pause)
        answer = self.talk("POST", self.app.gateway_url, headers=HEADERS, body=urlencode(self._form(method, params, version, kept)).encode())

        def refusal(jd_code: str, words: str) -> JdRefused:
            return self._refusal(method, jd_code, self._scrubbed(words, kept), answer)

        if answer.status == NOT_AUTHORISED:
            raise refusal(TOKEN_ENDED, "")
        try:
            return read(opened(answer, method, refusal))
        except NoReply as failure:
            failure.after = asked_to_wait(answer.headers)
            raise

    def _form(self, method: str, params: Mapping[str, Any], version: str, kept: Kept | None) -> dict[str, str]:
        """The JSON text is made once: what is signed is what is sent."""
        asked = "param_json" if urlsplit(self.app.gateway_url).path.rstrip("/") == "/api" else "360buy_param_json"
        form = {"method": method, "app_key": self.app.key, "v": version, "timestamp": beijing_text(self.clock()),
                asked: json.dumps(params, ensure_ascii=False, separators=(",", ":"))}
        if kept:
            form["access_token"] = kept.access_token
        return form | {"sign": sign(form, self.app.secret)}

    def _refusal(self, method: str, jd_code: str, words: str, answer: Answer) -> JdRefused:
        meaning, now = meaning_of(jd_code, words), self.clock()
        back = now + BACK_OFF if meaning.reaction is Reaction.BACK_OFF_MINUTES else None
        return JdRefused(meaning, jd_code, retry_at=back, method=method, words=words, minutes=BACK_OFF // timedelta(minutes=1),
                         apart=_apart(answer, now), unsure=meaning.reaction is Reaction.RETRY)

    def _scrubbed(self, words: str, kept: Kept | None) -> str:
        """JD repeats what it dislikes: a secret must not travel into a log that way."""
        for secret in (self.app.secret, *((kept.access_token, kept.refresh_token) if kept else ())):
            words = words.replace(secret, "***") if secret else words
        return words


def may_pass(failure: FlagshipUnreachable) -> bool:
    if isinstance(failure, JdRefused):
        return failure.reaction in (Reaction.RETRY, Reaction.BACK_OFF_MINUTES)
    return isinstance(failure, NoReply) or failure.code in PASSING_CODES


def _asked_pause(failure: FlagshipUnreachable) -> float:
    """Seconds to wait at least."""
    if isinstance(failure, NoReply):
        return failure.after
    return BURST_PAUSE if isinstance(failure, JdRefused) and failure.reaction is Reaction.BACK_OFF_MINUTES else 0.0


def _apart(answer: Answer, now: datetime) -> str:
    """How far the clocks are apart, as JD's Date header tells; "?" without one."""
    try:
        apart = now - parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return "?"
    seconds = round(apart.total_seconds())
    return f"{'+' if seconds >= 0 else '-'}{abs(seconds) // 60}:{abs(seconds) % 60:02d}"
