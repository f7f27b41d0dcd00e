"""After so many calls in a row without an answer the provider is left alone for a while: a shopper hears so at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app.domain.provider.ports import Later

MOST_FAILURES = 5
REST_SECONDS = 30.0


class Circuit:
    """One a process. Closed: calls go out. Open: `enter` raises Later until it rested, then one call tries for all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._failures, self._opens_at, self._trying = 0, 0.0, False

    def enter(self) -> None:
        with self._lock:
            if self._failures < MOST_FAILURES:
                return
            left = self._opens_at - self._clock()
            if left > 0 or self._trying:
                raise Later("circuit_open", "the provider did not answer several times in a row", max(left, 1.0))
            self._trying = True

    def answered(self) -> None:
        """Any answer, a refusal too."""
        with self._lock:
            self._failures, self._trying = 0, False

    def failed(self) -> None:
        with self._lock:
            self._failures, self._trying = self._failures + 1, False
            self._opens_at = self._clock() + REST_SECONDS
