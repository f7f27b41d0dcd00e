"""A flagship's table of fifty thousand SKUs synced by the real run, beside COPY and a merge of the same rows by hand.

Each round: the first sync of a new brand, the same rows by hand into another, the same table again, and the table with one
row in a hundred changed. What the worker holds is measured in processes of their own.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import re
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from app import create_app
from app.config import from_env
from app.domain.catalog.models import FlagshipSource, SyncRun
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.flows.sync_flagship import queue_sync, run_sync
from app.gateways.flagship.own_template import TEMPLATE_HEADER
from app.jobs.worker import queue_app
from app.kernel.ids import new_id
from app.web.shared.application import Application
from bench.books import superuser
from bench.machine import Shop, a_brand

SKUS = int(os.environ.get("BENCH_SKUS", "50000"))
ROUNDS = int(os.environ.get("BENCH_SYNC_ROUNDS", "3"))
SMALL, LARGE = SKUS // 5, SKUS * 4
VARIANTS = [(colour, code, size) for colour, code in (("雾蓝", "B"), ("燕麦", "O")) for size in ("20", "24")]
TABLES = ("products", "variants", "product_images")
Seconds = tuple[float, float, float, float]
"""Of the first sync, by hand, unchanged, 1 % changed."""


def sync(place: Shop) -> str:
    """Goals: first ≤ 3 × by hand; unchanged ≤ 0.35 × and 1 % changed ≤ 0.4 × the first."""
    app, folder = create_app(from_env({**os.environ, **place.environment})), place.environment["EMBEDDED_POSTGRES"]
    rounds = [_round(app, folder, number) for number in range(ROUNDS)]
    app.database.dispose()
    first, by_hand, again, changed = (statistics.median(column) for column in zip(*rounds, strict=True))
    to_hand, of_again, of_changed = (statistics.median(ratio) for ratio in zip(*((a / b, c / a, d / a) for a, b, c, d in rounds), strict=True))
    return (f"first sync, {SKUS:,} SKUs  {first:.1f} s   COPY and merge {by_hand:.1f} s   ratio {to_hand:.2f}  (goal ≤ 3)\n"
            f"unchanged, again       {again:.1f} s   ratio {of_again:.2f} to the first  (goal ≤ 0.35)\n"
            f"1 % changed            {changed:.1f} s   ratio {of_changed:.2f} to the first  (goal ≤ 0.40)")


def sync_memory(place: Shop) -> str:
    """Goals: the worker's peak ≤ 250 MB, flat from 10,000 to 200,000 SKUs."""
    small, large = (_peak_mb(place, skus) for skus in (SMALL, LARGE))
    return (f"sync worker, peak      {large:.0f} MB for {LARGE:,} SKUs   {small:.0f} MB for {SMALL:,}   ratio {large / small:.2f}  (goals ≤ 250 MB, ≤ 1.10)")


def _round(app: Application, folder: str, number: int) -> Seconds:
    brand_id, other = (a_brand(app, f"{name}-{number}", datetime.now(UTC)) for name in ("syncing", "by-copy"))
    source_id = _a_source(app, brand_id)
    first = _synced(app, brand_id, source_id, table(SKUS), created=SKUS)
    by_hand = _by_hand(app, folder, brand_id, other)
    again = _synced(app, brand_id, source_id, table(SKUS), unchanged=SKUS)
    changed = _synced(app, brand_id, source_id, table(SKUS, raised=1), unchanged=SKUS - SKUS // 100, updated=SKUS // 100)
    return first, by_hand, again, changed


def table(skus: int, *, raised: int = 0) -> bytes:
    """Our template filled in, four variants a product, three pictures a variant; every hundredth price `raised` by so many yuan."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(TEMPLATE_HEADER)
    writer.writerows(_row(number, raised) for number in range(skus))
    return text.getvalue().encode("utf-8-sig")


def _row(number: int, raised: int) -> Iterator[object]:
    product, (colour, code, size) = number // 4, VARIANTS[number % 4]
    price, leads = 299 + number % 700 + (raised if number % 100 == 7 else 0), number % 4 == 0
    yield from (f"C{product:06}", f"轻行铝框拉杆箱 {product} 号", f"Aluminium Case {product}" if leads else "", f"C{product:06}-{code}-{size}", colour, f"{size} 寸",
                f"{price}.00", f"{price + 200}.00", number % 90, f"69{number:011}", "箱包 > 登机箱" if leads else "",
                "|".join(f"https://img.example.com/c{product:06}{code}{at}.jpg" for at in range(3)), "聚碳酸酯箱体，静音万向轮，三段拉杆。" if leads else "")


def _a_source(app: Application, brand_id: int) -> UUID:
    with app.database.transaction(brand_id) as session:
        source = FlagshipSource(id=new_id(), kind="spreadsheet", name="商品表格", settings={"file_key": f"{brand_id}/bench.csv"}, status="active")
        session.add(source)
        return source.id


def _synced(app: Application, brand_id: int, source_id: UUID, content: bytes, **counts: int) -> float:
    """Seconds of one click: read, compared, written, checked; its counts must be these."""
    app.gateways.files.put(f"{brand_id}/bench.csv", content)
    now = datetime.now(UTC)
    with app.database.transaction(brand_id) as session:
        act_as(session, command("bench"))
        run_id = queue_sync(session, brand_id=brand_id, source_id=source_id, mode="apply", now=now, in_background=False).id
    began = time.monotonic()
    assert run_sync(app.database, brand_id=brand_id, run_id=run_id, flagship=app.gateways.flagship, now=now) == "succeeded"
    seconds = time.monotonic() - began
    with app.database.transaction(brand_id) as session:
        run = session.get(SyncRun, (brand_id, run_id))
        assert run and {name: count for name, count in run.counts.items() if count} == counts, run and run.counts
    return seconds


def _by_hand(app: Application, folder: str, brand_id: int, other: int) -> float:
    """The rows the sync wrote, for another brand: COPY into temporary tables, one INSERT … SELECT a table, one commit."""
    source_id = _a_source(app, other)
    with superuser(folder) as connection:
        copies = {name: _copied_out(connection, name, brand_id) for name in TABLES}
    with superuser(folder) as connection:
        began = time.monotonic()
        for name, (columns, rows) in copies.items():
            connection.execute(f"CREATE TEMP TABLE by_hand_{name} ON COMMIT DROP AS SELECT {columns} FROM {name} WITH NO DATA")
            with connection.cursor().copy(f"COPY by_hand_{name} ({columns}) FROM STDIN") as copy:
                copy.write(rows)
        for name, (columns, _) in copies.items():
            taken = columns.replace("source_id", "%(source)s") if "source_id" in columns else columns
            connection.execute(f"INSERT INTO {name} (brand_id, {columns}) SELECT %(other)s, {taken} FROM by_hand_{name}",
                               {"other": other, "source": source_id})
        connection.commit()
        return time.monotonic() - began


def _copied_out(connection: psycopg.Connection[Any], name: str, brand_id: int) -> tuple[str, bytes]:
    columns = ", ".join(row[0] for row in connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'brand_id' ORDER BY ordinal_position", (name,)))
    with connection.cursor().copy(f"COPY (SELECT {columns} FROM {name} WHERE brand_id = {brand_id} ORDER BY id) TO STDOUT") as copy:
        return columns, b"".join(bytes(piece) for piece in copy)


def _peak_mb(place: Shop, skus: int) -> float:
    """The most a worker has had resident when it had synced a new brand's table for the first time."""
    app = create_app(from_env({**os.environ, **place.environment}))
    brand_id = a_brand(app, f"peak-{skus}", datetime.now(UTC))
    source_id = _a_source(app, brand_id)
    app.gateways.files.put(f"{brand_id}/bench.csv", table(skus))
    with app.database.transaction(brand_id) as session:
        act_as(session, command("bench"))
        run_id = queue_sync(session, brand_id=brand_id, source_id=source_id, mode="apply", now=datetime.now(UTC), in_background=False).id
    app.database.dispose()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_work_alone, (place.environment, brand_id, run_id))


def _work_alone(environment: dict[str, str], brand_id: int, run_id: UUID) -> float:
    app = create_app(from_env({**os.environ, **environment}))
    queue_app(app)
    assert run_sync(app.database, brand_id=brand_id, run_id=run_id, flagship=app.gateways.flagship, now=datetime.now(UTC)) == "succeeded"
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) / 1024


