"""worker and jobs."""

from __future__ import annotations

import click
from sqlalchemy import text

from app.cli.running import managed
from app.jobs.worker import queue_app
from app.web.shared.application import Application, app

RECENT = """
SELECT id, status::text, task_name, coalesce(args ->> 'brand_id', ''), attempts, scheduled_at
FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') ORDER BY id DESC LIMIT 50"""


@click.command("worker")
@click.option("--concurrency", default=2, show_default=True)
def worker_command(concurrency: int) -> None:
    """Runs background jobs until it is told to stop; a second one may run on any machine."""
    queue = queue_app(app())
    with queue.open():
        queue.run_worker(concurrency=concurrency, shutdown_graceful_timeout=15, delete_jobs="successful", listen_notify=True)


@click.command("jobs")
@managed
def jobs_command() -> None:
    """What is queued, running, failed: counts, then the latest fifty."""
    with app().database.transaction() as session:
        for status, count in session.execute(text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1 ORDER BY 1")):
            click.echo(f"{status:10} {count}")
        recent = session.execute(text(RECENT)).all()
        for row in recent:
            click.echo("  ".join(str(part) for part in row if part is not None))
    if not recent:
        click.echo("nothing is queued, running or failed")


def install(application: Application) -> None:
    application.cli.add_command(worker_command)
    application.cli.add_command(jobs_command)
