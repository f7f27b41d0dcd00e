"""A long statement as a CSV through the real page: what a web worker holds for 10,000 lines, and for ten times as many."""

from __future__ import annotations

import urllib.request
from datetime import UTC, datetime
from typing import Any

import psycopg

from app.web.shared.application import Application
from bench.load import Served, served
from bench.machine import Shop

LONGEST = """
SELECT payee_id, count(*) FROM ledger_entries WHERE brand_id = %s AND phase = 'available' AND role = 'guide' GROUP BY 1 ORDER BY 2 DESC LIMIT 2"""


def statements(place: Shop, app: Application, connection: psycopg.Connection[Any], brand_id: int) -> str:
    """Goal: the same memory."""
    (long, many), (short, few) = connection.execute(LONGEST, (brand_id,)).fetchall()
    with served("wsgi:app", place.environment, workers=1) as server:
        cookie = _owners_cookie(app, connection, brand_id)
        _fetch(server, cookie, short)
        small, large = (_peak(server, cookie, payee, lines) for payee, lines in ((short, few), (long, many)))
    return (f"statement, streamed     {large:7.0f} MB peak for {many:,} lines   {small:7.0f} MB for {few:,}   "
            f"ratio {large / small:.2f}  (goal ≤ 1.10)")


def _peak(server: Served, cookie: str, payee: object, lines: int) -> float:
    server.forget_peak()
    assert _fetch(server, cookie, payee) >= lines
    return server.peak_mb()


def _fetch(server: Served, cookie: str, payee: object) -> int:
    """Reads the CSV as it comes; how many lines it had."""
    address = f"{server.url}/console/statements/{payee}.csv?month={datetime.now(UTC):%Y-%m}"
    count = 0
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookie}), timeout=300) as answer:
        assert "csv" in answer.headers["Content-Type"]
        while chunk := answer.read(65536):
            count += chunk.count(b"\n")
    return count


def _owners_cookie(app: Application, connection: psycopg.Connection[Any], brand_id: int) -> str:
    """The console as its owner sees it."""
    account = connection.execute("SELECT id, epoch FROM accounts WHERE brand_id = %s AND role = 'owner'", (brand_id,)).fetchone()
    assert account
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    signed = signer.dumps({"console": {"brand": brand_id, "account": str(account[0]), "epoch": account[1]}})
    return f"{app.config['SESSION_COOKIE_NAME']}={signed}"
