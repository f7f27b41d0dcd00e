"""When a call is made again: which failures pass, how long to wait, when to stop. Every connector uses this one policy."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from app.domain.catalog.ports import FlagshipUnreachable

T = TypeVar("T")

PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 529, 530})
PASSING_CODES = frozenset({"timeout", "connection_failed", "host_unknown", "broken_gzip"})


class TryAgain(Exception):
    """This attempt failed in a way that may pass. `reason` is what is said when patience ends, `after` the seconds the shop asked for."""

    def __init__(self, reason: FlagshipUnreachable, *, after: float = 0.0) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.after = after


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits double from `first_seconds` to `most_seconds`; a shop that asks for more than `asked_most` is left alone for now."""

    tries: int = 6
    first_seconds: float = 0.5
    most_seconds: float = 30.0
    asked_most: float = 180.0

    def pause(self, failures: int, *, after: float, chance: float) -> float | None:
        """Seconds before the next attempt after so many failures, None to give up. `chance` from 0 to 1 spreads callers apart."""
        if failures >= self.tries or after > self.asked_most:
            return None
        backoff = min(self.most_seconds, self.first_seconds * 2 ** (failures - 1))
        return max(after, backoff * (0.5 + chance / 2))


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Retry:
    """Calls `attempt` until it answers. It raises TryAgain for what may pass; FlagshipUnreachable and others go through at once."""

    patience: Patience = PATIENCE
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def __call__(self, attempt: Callable[[], T]) -> T:
        failures = 0
        while True:
            try:
                return attempt()
            except TryAgain as failed:
                failures += 1
                seconds = self.patience.pause(failures, after=failed.after, chance=self.chance())
                if seconds is None:
                    raise failed.reason from None
            self.sleep(seconds)
