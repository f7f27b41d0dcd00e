"""Providers and transactions that let something happen between two steps: an event, another worker, the end of the process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from app.config import Settings
from app.domain.catalog.ports import Transactions
from app.domain.provider.ports import OnlineProvider
from app.extensions import Database
from tests.builders.stripe_world import StripeWorld

CALLS = ("refund", "reverse", "transfer")


@dataclass
class Around:
    """A real provider; `before` and `after` are called with the name of each call that moves money. `key` changes its key."""

    online: OnlineProvider
    before: Callable[[str], None] = lambda name: None
    after: Callable[[str, Any], None] = lambda name, facts: None
    key: Callable[[str], str] = lambda key: key

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.online, name)
        if name not in CALLS:
            return real

        def call(*arguments: Any, key: str, **named: Any) -> Any:
            self.before(name)
            facts = real(*arguments, key=self.key(key), **named)
            self.after(name, facts)
            return facts

        return call


def under_random_keys(online: OnlineProvider) -> OnlineProvider:
    """As if every call were a new intention."""
    return Around(online, key=lambda key: str(uuid4()))  # type: ignore[return-value]


@dataclass
class Doomed:
    """Counts steps (a commit, the moment before a call, the moment after it) and dies by -9 at one of them."""

    at: int
    database: Transactions
    steps: int = field(default=0)

    def step(self, *_: Any) -> None:
        self.steps += 1
        if self.steps == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def transaction(self, brand_id: int | None = None) -> Iterator[Session]:
        with self.database.transaction(brand_id) as session:
            yield session
        self.step()


def killed_at(settings: Settings, world: StripeWorld, step: int, work: Callable[[Transactions, OnlineProvider], object]) -> bool:
    """Does `work` in a process of its own that is killed at the step; whether it was."""
    child = os.fork()
    if child == 0:
        doomed = Doomed(step, Database(settings))
        work(doomed, Around(world.provider(), before=doomed.step, after=doomed.step))  # type: ignore[arg-type]
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
