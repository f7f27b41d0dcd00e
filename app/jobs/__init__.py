"""What runs in the background: thin wrappers over flows, registered by name; every job may run twice.

Jobs are enqueued by `kernel.queue.defer` inside the business transaction and run by `flask worker` on any machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """`own_sessions`: called with the Database, for work in several short transactions; else with a session that is
    committed after. `attempts` counts tries before a job stays failed; waits grow 2, 4, 8 … times 5 s. `cron` makes it
    run by itself, with no arguments, one at a time."""

    name: str
    run: Callable[..., None]
    own_sessions: bool
    attempts: int
    queue: str
    cron: str


REGISTRY: dict[str, Job] = {}


def job(name: str, *, own_sessions: bool = False, attempts: int = 8, queue: str = "default",
        cron: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the job of that name. It gets now, gateways and what was deferred as keywords."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        REGISTRY[name] = Job(name, function, own_sessions, attempts, queue, cron)
        return function

    return register
