"""The whole application as it runs: a real server on loopback, a database of its own, a worker, a clock turned by hand."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app import create_app
from app.config import Settings, Stripe
from app.domain.brands.models import Brand
from app.domain.ledger.checking import check_ledger
from app.jobs.worker import queue_app
from app.web.shared.application import Application
from tests.builders.databases import SECRET, a_migrated_database, url
from tests.conftest import NOON, TestClock


class Worker:
    """The worker process's loop in a thread; it can be held back to see what a page says meanwhile."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(20), "the worker did not start"

    def stop(self) -> None:
        if self._thread and self._loop and self._task:
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(20)
        self._thread = None

    @contextmanager
    def held_back(self) -> Iterator[None]:
        self.stop()
        yield
        self.start()

    async def _run(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        queue = queue_app(self._app, by_itself=False)
        async with queue.open_async():
            self._task = asyncio.create_task(queue.run_worker_async(
                install_signal_handlers=False, listen_notify=True, concurrency=2, fetch_job_polling_interval=0.5, shutdown_graceful_timeout=10))
            ready.set()
            try:
                await self._task
            except asyncio.CancelledError:
                return


@dataclass
class Live:
    """`seen` holds the pages that were already examined for accessibility, by endpoint, size and language."""

    app: Application
    address: str
    clock: TestClock
    worker: Worker
    seen: set[tuple[str, ...]] = field(default_factory=set)

    def pass_days(self, days: int) -> None:
        self.clock.now += timedelta(days=days)

    def endpoint(self, path: str) -> str:
        """The name of the page behind an address, so that one page is known again under many ids."""
        adapter = self.app.url_map.bind("127.0.0.1")
        method = "GET" if "GET" in adapter.allowed_methods(path) else "POST"
        return str(adapter.match(path, method=method)[0])

    def brand_id(self, slug: str) -> int:
        with self.app.database.transaction(operator=True) as session:
            return int(session.query(Brand).filter_by(slug=slug).one().id)

    def violations(self, slug: str) -> list[str]:
        """What `ledger check` finds wrong with the brand's books."""
        brand_id = self.brand_id(slug)
        with self.app.database.transaction(brand_id) as session:
            return [f"{one.rule}: {one.text}" for one in check_ledger(session, brand_id=brand_id)]


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """No lines for requests."""


@contextmanager
def running(postgres: Path, *, stripe: Stripe | None = None) -> Iterator[Live]:
    """Payments are played, or go through `stripe`: the worlds of tests/builders/stripe_world."""
    with _database(postgres) as (name, port), TemporaryDirectory(prefix="yundian-") as folder:
        address = f"http://127.0.0.1:{port}"
        files, mirror = Path(folder) / "files", Path(folder) / "mirror"
        mirror.mkdir()
        settings = Settings(
            app_env="development", database_url=url(postgres, "yundian_app", name), owner_url=url(postgres, "yundian_owner", name),
            operator_url=url(postgres, "yundian_operator", name), embedded=None, redis_url="", secret_key=SECRET,
            public_url=address, payment_provider="stripe" if stripe else "sandbox", stripe=stripe, files=files, mirror=mirror, page_cache_seconds=0.2,
            throttle=False)
        clock = TestClock()
        clock.now = NOON
        app = create_app(settings, clock=clock)
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Silent)
        live = Live(app, address, clock, Worker(app))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        live.worker.start()
        try:
            yield live
        finally:
            _end(live, server)


def _end(live: Live, server: BaseWSGIServer) -> None:
    live.worker.stop()
    server.shutdown()
    server.server_close()
    live.app.database.dispose()


@contextmanager
def _database(postgres: Path) -> Iterator[tuple[str, int]]:
    """A migrated database of this process, dropped at the end, and a port that is free."""
    name = f"browser_{os.getpid()}"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with a_migrated_database(postgres, name):
        yield name, port
