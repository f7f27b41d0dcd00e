"""`make run`: one supervisor for PostgreSQL, worker and web; what it started ends when it ends, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from dotenv import load_dotenv
from sqlalchemy import create_engine, text

from app.config import ROOT, Settings, from_env
from app.gateways import embedded_postgres
from demo.brand import LAST_DAY, SLUG
from demo.sign_ins import sign_ins
from scripts.migrate import migrate

BIN = Path(sys.executable).parent
PR_SET_PDEATHSIG = 1
Child = subprocess.Popen[bytes]
TOLD = "SELECT EXISTS (SELECT FROM orders o JOIN brands b ON b.id = o.brand_id WHERE b.slug = :slug AND o.checkout_key LIKE :last)"


class Stop(Exception):
    """Someone asked us to end."""


def main() -> int:
    load_dotenv(ROOT / ".env")
    settings = from_env(os.environ)
    port = int(os.environ.get("PORT") or 8000)
    if taken(port):
        print(f"port {port} is in use; choose another: make run PORT={port + 1}", file=sys.stderr)
        return 1
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _ask_to_stop)
    database: Child | None = None
    children: list[Child] = []
    try:
        database = start_database(settings)
        migrate(settings.owner_url)
        with_demo = settings.app_env != "production"
        if with_demo and not demo_brand_exists(settings):
            load_demo()
        children = [flask("worker"), web(port)]
        wait_for(port, children)
        print(welcome(port, with_demo=with_demo), flush=True)
        return watch(children)
    except Stop:
        print("\nstopping", flush=True)
        return 0
    finally:
        end(children, database)


def taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start_database(settings: Settings) -> Child | None:
    """The embedded server, unless DATABASE_URL names another or one already runs on our folder."""
    if settings.embedded is None:
        return None
    server = None if embedded_postgres.is_running(settings.embedded) else embedded_postgres.start(settings.embedded)
    embedded_postgres.make_database(settings.embedded)
    return server


def demo_brand_exists(settings: Settings) -> bool:
    """Whether its story has been told: a day of it is one transaction, so any order of the last day means all of it."""
    engine = create_engine(settings.operator_url)
    with engine.connect() as connection:
        told = connection.scalar(text(TOLD), {"slug": SLUG, "last": f"story-{LAST_DAY}-%"})
    engine.dispose()
    return bool(told)


def load_demo() -> None:
    """Load the demo brand, or what is missing of it."""
    loaded = subprocess.run(flask_command("demo", "load", "--quiet"), cwd=ROOT, check=False)
    if loaded.returncode:
        print("the demo brand could not be loaded; the application starts without it", file=sys.stderr)


def flask_command(*arguments: str) -> list[str]:
    return [str(BIN / "flask"), "--app", "wsgi", *arguments]


def flask(*arguments: str) -> Child:
    return _child(flask_command(*arguments), {})


def web(port: int) -> Child:
    return _child([str(BIN / "gunicorn"), "wsgi:app"], {"PORT": str(port)})


def _child(command: list[str], more: Mapping[str, str]) -> Child:
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **more}, preexec_fn=_die_with_parent(), start_new_session=True)


def _die_with_parent() -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return tie


def wait_for(port: int, children: list[Child], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if any(child.poll() is not None for child in children):
            raise SystemExit("a process ended while starting; see above")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise SystemExit("the application did not get ready")


def watch(children: list[Child]) -> int:
    """Until one ends by itself: then all end."""
    while True:
        for child in children:
            if child.poll() is not None:
                print(f"{Path(str(child.args[0])).name} ended with {child.returncode}", file=sys.stderr)  # type: ignore[index]
                return 1
        time.sleep(0.3)


def end(children: list[Child], database: Child | None) -> None:
    """Web and worker finish what they do, then PostgreSQL stops."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
    if database:
        embedded_postgres.stop(database)


def welcome(port: int, *, with_demo: bool) -> str:
    address = f"http://127.0.0.1:{port}"
    return "\n".join(["", f"Yundian is up: {address}", *(sign_ins(address) if with_demo else ()), "Ctrl-C stops everything."])


def _ask_to_stop(*_: object) -> None:
    raise Stop


if __name__ == "__main__":
    sys.exit(main())
