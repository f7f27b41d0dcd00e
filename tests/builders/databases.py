"""Databases of a run: migrated once for each server, then copied, which takes a tenth of the time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from app.config import ROOT
from app.gateways import embedded_postgres
from scripts.migrate import migrate

SECRET = "a test's secret"
"""Of every application of a run: what seals is one for a process (app.kernel.sealing)."""


def url(folder: Path, login: str, name: str) -> str:
    return f"postgresql+psycopg://{login}@/{name}?host={folder}"


@contextmanager
def a_migrated_database(folder: Path, name: str) -> Iterator[None]:
    """Dropped at the end, whoever is still connected."""
    with _server(folder) as server:
        server.execute("SELECT pg_advisory_lock(hashtext('migrated'))")
        server.execute(f'CREATE DATABASE "{name}" OWNER yundian_owner TEMPLATE "{_template(folder, server)}"')
    try:
        yield
    finally:
        with _server(folder) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _template(folder: Path, server: psycopg.Connection[tuple[str]]) -> str:
    """The database with every migration as it is written now; made in the lock, and finished before it has its name. Older ones go."""
    files = sorted((ROOT / "migrations").rglob("*.py"))
    newest = f"migrated_{hashlib.sha256(b''.join(file.read_bytes() for file in files)).hexdigest()[:16]}"
    there = [row[0] for row in server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, 'migrated_')")]
    for old in there:
        if old != newest:
            server.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
    if newest not in there:
        draft = f"migrated_{os.getpid()}"
        embedded_postgres.make_database(folder, draft)
        migrate(url(folder, "yundian_owner", draft))
        server.execute(f'ALTER DATABASE "{draft}" RENAME TO "{newest}"')
    return newest


def _server(folder: Path) -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(host=str(folder), user=embedded_postgres.SUPERUSER, dbname="postgres", autocommit=True)
