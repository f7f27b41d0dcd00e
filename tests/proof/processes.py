"""Real processes on a database of their own: web server, worker and commands, and how to kill them where it hurts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from app.config import ROOT, Settings

BIN = Path(sys.executable).parent
PATIENCE = 60.0


def environment(settings: Settings) -> dict[str, str]:
    """What a process needs to run on these settings."""
    return {**os.environ, "APP_ENV": "development", "DATABASE_URL": settings.database_url, "OWNER_DATABASE_URL": settings.owner_url,
            "OPERATOR_DATABASE_URL": settings.operator_url, "SECRET_KEY": settings.secret_key, "FILES": str(settings.files), "THROTTLE": "0"}


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with _running([str(BIN / "flask"), "--app", "wsgi", "worker", "--concurrency", "1"], environment(settings)) as process:
        yield process


@contextmanager
def web(settings: Settings) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """gunicorn with the house's settings and one worker; its address."""
    port = _free_port()
    with _running([str(BIN / "gunicorn"), "wsgi:app"], {**environment(settings), "PORT": str(port), "WEB_WORKERS": "1"}) as process:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(address + "/healthz") or _refuse_ended(process))
        yield process, address


def run_command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BIN / "flask"), "--app", "wsgi", *arguments], cwd=ROOT, env=environment(settings), capture_output=True, text=True, check=False)


def kill(process: subprocess.Popen[bytes]) -> None:
    """-9 for the process and all its children, as the kernel does when memory runs out."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class HeldUp:
    """Nobody can write to a table until it is let go; calling it says whether someone is waiting to."""

    def __init__(self, holding: psycopg.Connection[Any], looking: psycopg.Connection[Any], table: str) -> None:
        self.holding, self.looking = holding, looking
        holding.execute(f"LOCK TABLE {table} IN SHARE MODE")

    def __call__(self) -> bool:
        return _count(self.looking, "wait_event_type = 'Lock'") > 0

    def release(self) -> None:
        self.holding.rollback()


@contextmanager
def held_up(folder: Path, name: str, table: str) -> Iterator[HeldUp]:
    with psycopg.connect(host=str(folder), user="postgres", dbname=name) as holding, _looking(folder, name) as looking:
        yield HeldUp(holding, looking, table)


def wait_for_quiet(folder: Path, name: str) -> None:
    """Until the server has noticed that its clients are gone and rolled their work back."""
    with _looking(folder, name) as looking:
        wait_until(lambda: _count(looking, "state <> 'idle'") == 0)


def wait_until(true: Callable[[], Any], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def _looking(folder: Path, name: str) -> psycopg.Connection[Any]:
    return psycopg.connect(host=str(folder), user="postgres", dbname=name, autocommit=True)


def _count(looking: psycopg.Connection[Any], what: str) -> int:
    row = looking.execute(f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'yundian_app' AND {what}").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _running(command: list[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        kill(process)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def _refuse_ended(process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the web server ended while starting"
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
