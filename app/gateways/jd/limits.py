"""Keeping to JD's rates: so many calls a second and a day, by method, for everyone who calls with the same app."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fnmatch import fnmatch
from functools import cache

from .reactions import SPENT, JdRefused
from .signing import BEIJING

A_SECOND = 10
"""Calls a second and method where nobody told us another number."""


@dataclass(slots=True)
class TokenBucket:
    """Never more than `most` calls in any second: what it holds at once and what flows in during a second make `most` together."""

    most: int
    held: float = field(init=False)
    seen_at: float | None = None

    def __post_init__(self) -> None:
        self.held = self._at_once

    @property
    def _at_once(self) -> float:
        return 1.0 if self.most < 5 else self.most / 5

    def wait(self, now: float) -> float:
        """Takes one token and answers how many seconds to wait before using it. `now` is monotonic seconds."""
        flow = self.most - self._at_once if self.most > 1 else 0.9
        if self.seen_at is not None:
            self.held = min(self._at_once, self.held + (now - self.seen_at) * flow)
        self.seen_at = now
        self.held -= 1
        return max(0.0, -self.held / flow)


@dataclass(slots=True)
class Limits:
    """`per_second` and `per_day` go by glob of the method, the first that fits; without a fit `usual` and no day's limit.

    One object serves every connector of an app in this process; other processes are met by backing off at code 2.
    """

    per_second: Mapping[str, int] = field(default_factory=dict)
    per_day: Mapping[str, int] = field(default_factory=dict)
    usual: int = A_SECOND
    monotonic: Callable[[], float] = time.monotonic
    _buckets: dict[str, TokenBucket] = field(default_factory=dict)
    _spent: dict[tuple[str, date], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, method: str, now: datetime) -> float:
        """Seconds to wait before the call; raises JdRefused (next_day, with `retry_at`) when the day's calls are spent. A day is Beijing's."""
        with self._lock:
            self._count(method, now)
            most = _fit(self.per_second, method) or self.usual
            bucket = self._buckets.setdefault(method, TokenBucket(most))
            return bucket.wait(self.monotonic())

    def _count(self, method: str, now: datetime) -> None:
        most = _fit(self.per_day, method)
        if most is None:
            return
        today = now.astimezone(BEIJING).date()
        used = self._spent.get((method, today), 0)
        if used >= most:
            raise JdRefused(SPENT, method=method, retry_at=tomorrow(now))
        self._spent = {key: count for key, count in self._spent.items() if key[1] == today} | {(method, today): used + 1}


@cache
def shared(app_key: str) -> Limits:
    """The one of this app in this process."""
    return Limits()


def tomorrow(now: datetime) -> datetime:
    """The next midnight in Beijing."""
    local = now.astimezone(BEIJING)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _fit(rates: Mapping[str, int], method: str) -> int | None:
    return next((most for glob, most in rates.items() if fnmatch(method, glob)), None)
