"""Writing goes on in a thread of its own while what comes next is made ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass


@dataclass(slots=True)
class Behind:
    """One piece of work at a time, in the order given; at most one waits to be done."""

    _pool: ThreadPoolExecutor
    _at_work: Future[None] | None = None

    def do(self, work: Callable[[], None]) -> None:
        """Begin it when the piece before is done; raises what that one raised."""
        self.wait()
        self._at_work = self._pool.submit(copy_context().run, work)

    def wait(self) -> None:
        """Until all is done; raises what it raised."""
        at_work, self._at_work = self._at_work, None
        if at_work is not None:
            at_work.result()


@contextmanager
def write_behind() -> Iterator[Behind]:
    """Whatever ends it, nothing is at work afterwards."""
    with ThreadPoolExecutor(1, "write-behind") as pool:
        behind = Behind(pool)
        yield behind
        behind.wait()
