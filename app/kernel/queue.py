"""Putting work into the queue inside the business transaction: the job row is the outbox (design.md, Time and jobs).

Jobs are named here and defined in app.jobs; the core never imports them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procrastinate import App, PsycopgConnector
from sqlalchemy.orm import Session

from .db import driver

_enqueuer = App(connector=PsycopgConnector())


def defer(session: Session, job: str, *, queue: str = "default", lock: str | None = None, queueing_lock: str | None = None,
          at: datetime | None = None, **arguments: Any) -> None:
    """Enqueue `job` (a task name of app.jobs) with JSON arguments; it becomes visible when the session commits."""
    task = _enqueuer.configure_task(name=job, queue=queue, lock=lock, queueing_lock=queueing_lock, schedule_at=at,
                                    connection=driver(session))
    task.defer(**arguments)
