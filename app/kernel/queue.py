"""Putting work into the queue inside the business transaction: the job row is the outbox (design.md, Time and jobs).

Jobs are named here and defined in app.jobs; the core never imports them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procrastinate import App, PsycopgConnector
from sqlalchemy.orm import Session

from .db import driver, dump_json

WAITING = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args)
SELECT 'default', %(job)s, 0, %(lock)s, %(arguments)s::jsonb
WHERE NOT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = %(lock)s AND status = 'todo')
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING"""
_enqueuer = App(connector=PsycopgConnector())


def defer(session: Session, job: str, *, queue: str = "default", lock: str | None = None, queueing_lock: str | None = None,
          at: datetime | None = None, **arguments: Any) -> None:
    """Enqueue `job` (a task name of app.jobs) with JSON arguments; it becomes visible when the session commits."""
    task = _enqueuer.configure_task(name=job, queue=queue, lock=lock, queueing_lock=queueing_lock, schedule_at=at,
                                    connection=driver(session))
    task.defer(**arguments)


def waiting(job: str, **arguments: Any) -> tuple[str, dict[str, str]]:
    """For `gather`: after it one job of that name and these arguments waits, whoever else asks for it at the same time.

    `defer` with a queueing lock raises where one waits already, which ends the transaction it is in.
    """
    given = dump_json(arguments)
    return WAITING, {"job": job, "lock": f"{job} {given}" if arguments else job, "arguments": given}
