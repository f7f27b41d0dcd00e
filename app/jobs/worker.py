"""The worker process: procrastinate on our own database, with a rescue of jobs whose worker died."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import procrastinate
import structlog
from procrastinate import PsycopgConnector, RetryStrategy
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

import app.jobs as jobs_package
from app.extensions import APP_ROLE
from app.jobs import REGISTRY, Job
from app.web.shared.application import Application

log = structlog.get_logger()
STALLED_AFTER_SECONDS = 30
EVERY_MINUTE = "* * * * *"


def queue_app(application: Application, *, by_itself: bool = True) -> procrastinate.App:
    """A procrastinate app with every job of app.jobs and, unless told otherwise, the rescue and those that run by themselves."""
    for module in pkgutil.iter_modules(jobs_package.__path__):
        importlib.import_module(f"app.jobs.{module.name}")
    queue = procrastinate.App(connector=PsycopgConnector(conninfo=conninfo(application), min_size=1, max_size=4))
    for entry in REGISTRY.values():
        retry = RetryStrategy(max_attempts=entry.attempts, exponential_wait=5) if entry.attempts > 1 else False
        queue.task(name=entry.name, queue=entry.queue, retry=retry)(_wrapped(application, entry))
        if entry.cron and by_itself:
            tick = queue.task(name=f"{entry.name}_by_itself", queueing_lock=entry.name)(_ticking(application, entry))
            queue.periodic(cron=entry.cron, periodic_id=entry.name)(tick)
    rescue = queue.task(name="rescue_stalled_jobs")(_rescuing(queue))
    if by_itself:
        queue.periodic(cron=EVERY_MINUTE, periodic_id="rescue")(rescue)
    return queue


async def put_back_stalled(queue: procrastinate.App, *, after_seconds: float = STALLED_AFTER_SECONDS) -> int:
    """Jobs whose worker stopped giving signs of life (kill -9, lost machine) go back into the queue; how many."""
    stalled = list(await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=after_seconds))
    for one in stalled:
        log.warning("stalled job put back", job=one.task_name, id=one.id)
        await queue.job_manager.retry_job(one)
    return len(stalled)


def conninfo(application: Application) -> str:
    """The app login's address as libpq wants it."""
    url = make_url(application.settings.database_url).set(drivername="postgresql")
    return make_conninfo(url.render_as_string(hide_password=False), options=f"-c role={APP_ROLE}")


def _wrapped(application: Application, entry: Job) -> Any:
    def run(**arguments: Any) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(job=entry.name, brand_id=arguments.get("brand_id"))
        log.info("job begins")
        with application.app_context():
            run_job(application, entry, arguments)
        log.info("job ends")

    return run


def run_job(application: Application, entry: Job, arguments: dict[str, Any]) -> None:
    """Run one job now, as the worker would."""
    more = {"now": application.clock(), "gateways": application.gateways, **arguments}
    if entry.own_sessions:
        entry.run(application.database, **more)
        return
    with application.database.transaction(arguments["brand_id"]) as session:
        entry.run(session, **more)


def _ticking(application: Application, entry: Job) -> Any:
    def tick(timestamp: int) -> None:
        with application.app_context():
            run_job(application, entry, {})

    return tick


def _rescuing(queue: procrastinate.App) -> Any:
    async def rescue(timestamp: int) -> None:
        await put_back_stalled(queue)

    return rescue
