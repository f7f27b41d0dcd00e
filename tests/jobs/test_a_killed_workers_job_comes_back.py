"""kill -9 of a worker in the middle of a job loses nothing: the job is put back and done by the next worker."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from app import create_app
from app.config import Settings
from app.domain.brands.models import Brand
from app.extensions import Database
from app.jobs import REGISTRY, job
from app.jobs.worker import put_back_stalled, queue_app
from app.kernel.queue import defer
from app.web.shared.application import Application

NAME = "write_a_line"


def work(settings: Settings, line: str, seconds: float) -> None:
    """A worker process whose job writes a line, then takes its time; it serves this test's queue only."""

    @job(NAME, own_sessions=True, attempts=1, queue=NAME)
    def write(database: Database, *, path: str, **_: object) -> None:
        with Path(path).open("a") as file:
            file.write(line + "\n")
        time.sleep(seconds)

    queue = queue_app(create_app(settings, TESTING=True), by_itself=False)
    with queue.open():
        queue.run_worker(queues=[NAME], concurrency=1, wait=seconds > 0, update_heartbeat_interval=0.3, install_signal_handlers=False, listen_notify=False,
                         fetch_job_polling_interval=0.2)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "lines"


def lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def test_it_is_done_by_the_next_worker(app: Application, settings: Settings, database: Database, brand: Brand, written: Path) -> None:
    with database.transaction(brand.id) as session:
        defer(session, NAME, queue=NAME, path=str(written))
    process = multiprocessing.get_context("spawn").Process(target=work, args=(settings, "begun", 60.0))
    process.start()
    wait_until(lambda: lines(written) == ["begun"])
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert status(database) == "doing", "without the rescue it would stay so for ever"
    REGISTRY.pop(NAME, None)
    time.sleep(1.2)
    assert asyncio.run(rescue(app)) >= 1
    assert status(database) == "todo"
    follower = multiprocessing.get_context("spawn").Process(target=work, args=(settings, "done", 0.0))
    follower.start()
    follower.join(60)
    assert lines(written) == ["begun", "done"]


async def rescue(app: Application) -> int:
    queue = queue_app(app)
    async with queue.open_async():
        return await put_back_stalled(queue, after_seconds=1)


def status(database: Database) -> str:
    with database.transaction() as session:
        return str(session.scalar(text("SELECT status::text FROM procrastinate_jobs WHERE task_name = :name ORDER BY id DESC LIMIT 1"), {"name": NAME}))


def wait_until(true: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)
