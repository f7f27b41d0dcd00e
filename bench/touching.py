"""Touches: what the log costs the share page while they arrive, and how fast the worker moves them beside a bare COPY."""

from __future__ import annotations

import os
import statistics
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from app import create_app
from app.config import from_env
from app.domain.sharing.touch_log import drain
from app.kernel.ids import new_id
from app.web.shared.application import Application
from bench.books import superuser
from bench.load import ROUNDS, SECONDS, Served, measure, served
from bench.machine import Shop, a_brand, stock

TOUCHES = int(os.environ.get("BENCH_TOUCHES", "100000"))
A_SECOND = 20

ARRIVED = """
INSERT INTO touch_arrivals (brand_id, id, visitor, share_link_id, at)
SELECT %(brand)s, uuidv7(), 'visitor-' || n / 3, %(link)s, %(now)s + n * interval '1 second' FROM generate_series(1, %(count)s) n"""
LINK = "SELECT id FROM share_links WHERE brand_id = %s LIMIT 1"
COPY = "COPY touches (brand_id, id, visitor, share_link_id, at) FROM STDIN"


def touches(place: Shop) -> str:
    """Goals: the page's requests/s with touches arriving ≥ 0.97 × without; ≥ 0.5 × the rows/s of COPY into the same table."""
    with served("wsgi:app", place.environment) as server:
        path = f"/s/{place.share_code}"
        pairs = []
        for _ in range(ROUNDS):
            quiet = measure(server, path, seconds=SECONDS).per_second
            with _arriving(server, path):
                pairs.append((measure(server, path, seconds=SECONDS).per_second, quiet))
    page = statistics.median(busy / quiet for busy, quiet in pairs)
    return (f"share page, {A_SECOND} touches/s arriving   ratio {page:.2f} to none  (goal ≥ 0.97)\n{_log(place)}")


@contextmanager
def _arriving(server: Served, path: str) -> Iterator[None]:
    done = threading.Event()

    def arrive() -> None:
        while not done.wait(1 / A_SECOND):
            urllib.request.urlopen(urllib.request.Request(f"{server.url}{path}/touch.gif", headers={"User-Agent": "Mozilla/5.0"}), timeout=20).close()

    thread = threading.Thread(target=arrive)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _log(place: Shop) -> str:
    now = datetime.now(UTC)
    app = create_app(from_env({**os.environ, **place.environment}))
    brands = [a_brand(app, slug, now) for slug in ("touched", "copied")]
    for brand_id in brands:
        stock(app, brand_id, now)
    folder = place.environment["EMBEDDED_POSTGRES"]
    rounds = [(_ours(app, folder, brands[0], now), _copy(folder, brands[1], now)) for _ in range(ROUNDS)]
    app.database.dispose()
    ours, copy = (statistics.median(side) for side in zip(*rounds, strict=True))
    ratio = statistics.median(copied / drained for drained, copied in rounds)
    return f"touches logged         {TOUCHES / ours:7.0f} rows/s  COPY            {TOUCHES / copy:7.0f} rows/s  ratio {ratio:.2f}  (goal ≥ 0.50)"


def _ours(app: Application, folder: str, brand_id: int, now: datetime) -> float:
    with superuser(folder) as connection:
        connection.execute(ARRIVED, {"brand": brand_id, "link": _link(folder, brand_id), "now": now, "count": TOUCHES})
        connection.commit()
    began = time.monotonic()
    left = TOUCHES
    while left:
        with app.database.transaction(brand_id) as session:
            left -= drain(session, brand_id=brand_id)
    return time.monotonic() - began


def _copy(folder: str, brand_id: int, now: datetime) -> float:
    link = _link(folder, brand_id)
    rows = [(brand_id, new_id(), f"visitor-{n // 3}", link, now) for n in range(TOUCHES)]
    began = time.monotonic()
    with superuser(folder) as connection, connection.cursor().copy(COPY) as copy:
        for row in rows:
            copy.write_row(row)
    return time.monotonic() - began


def _link(folder: str, brand_id: int) -> UUID:
    with superuser(folder) as connection:
        row = connection.execute(LINK, (brand_id,)).fetchone()
    assert row
    return UUID(str(row[0]))
