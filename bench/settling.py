"""A brand's month comes due at once: a million held shares released and every payee stated, beside a bare insert of the same rows.

Then its longest statements are fetched.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

from app import create_app
from app.config import from_env
from app.domain.insights.payees import payees_page
from app.flows.settle_period import settle
from app.kernel.ids import new_id
from app.web.shared.application import Application
from bench.books import SHARES_A_LINE, fill, superuser
from bench.machine import Shop, a_brand
from bench.statement import statements

SHARES = int(os.environ.get("BENCH_SHARES", "1000000"))

BY_HAND = """
INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, order_line_id, posted_at)
SELECT %(other)s, gen_random_uuid(), %(transaction)s, e.payee_id, e.role, side.phase, 'released', side.sign * e.amount_minor, e.order_line_id, %(now)s
FROM ledger_entries e CROSS JOIN (VALUES ('held', -1), ('available', 1)) AS side(phase, sign)
WHERE e.brand_id = %(brand)s AND e.phase = 'held' AND e.kind = 'received' AND (e.order_line_id < %(middle)s) = %(first_half)s"""
"""The same rows for another brand, in the same table with its keys, indexes and triggers, from what is known to be held: nothing
is locked, summed, asked about disputes, counted or completed. One half before ours and one after, so that both meet the same table."""
MIDDLE = "SELECT id FROM order_lines WHERE brand_id = %(brand)s ORDER BY id OFFSET %(half)s LIMIT 1"


def closed_month(place: Shop) -> str:
    """Goal: released and stated in ≤ 3 × the time of the bare insert; a statement of any length in the same memory."""
    folder, now = place.environment["EMBEDDED_POSTGRES"], datetime.now(UTC)
    app = create_app(from_env({**os.environ, **place.environment}))
    brand_id, other = (a_brand(app, slug, now) for slug in ("settling", "by-hand"))
    _goods(folder, place.brand_id, brand_id)
    books = fill(folder, brand_id, lines=SHARES // SHARES_A_LINE, at=now - timedelta(days=40))
    by_hand = _by_hand(folder, brand_id, other, books.lines, now, first_half=True)
    released, stated = _ours(app, brand_id, now)
    by_hand += _by_hand(folder, brand_id, other, books.lines, now, first_half=False)
    settled = (f"settlement, {books.shares:,} shares  released {released:.1f} s, stated {stated:.1f} s   INSERT … SELECT {by_hand:.1f} s   "
               f"ratio {(released + stated) / by_hand:.2f}  (goal ≤ 3)")
    with superuser(folder) as connection:
        stated_long = statements(place, app, connection, brand_id)
    app.database.dispose()
    return f"{settled}\n{stated_long}"


def _ours(app: Application, brand_id: int, now: datetime) -> tuple[float, float]:
    began = time.monotonic()
    with app.database.transaction(brand_id) as session:
        run = settle(session, brand_id=brand_id, as_of=now, now=now)
    released = time.monotonic()
    with app.database.session(brand_id) as session:
        page = payees_page(session, brand_id=brand_id, from_=now - timedelta(days=1), to=now + timedelta(days=1), moved=True, sort="-earned", number=1)
        assert run.line_count and page.total > 1000
    return released - began, time.monotonic() - released


def _by_hand(folder: str, brand_id: int, other: int, lines: int, now: datetime, *, first_half: bool) -> float:
    transaction_id = new_id()
    with superuser(folder) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("INSERT INTO payees (brand_id, id, party, tax_kind, name) SELECT %s, id, 'guide', tax_kind, name FROM payees WHERE brand_id = %s "
                           "ON CONFLICT DO NOTHING", (other, brand_id))
        connection.execute("INSERT INTO ledger_transactions (brand_id, id, cause, kind, posted_at) VALUES (%s, %s, %s, 'released', %s)",
                           (other, transaction_id, str(transaction_id), now))
        middle = connection.execute(MIDDLE, {"brand": brand_id, "half": lines // 2}).fetchone()
    assert middle
    with superuser(folder) as connection:
        began = time.monotonic()
        connection.execute(BY_HAND, {"other": other, "brand": brand_id, "transaction": transaction_id, "now": now, "middle": middle[0], "first_half": first_half})
        connection.commit()
        return time.monotonic() - began


def _goods(folder: str, from_brand: int, brand_id: int) -> None:
    """A product with a variant, for the lines to name."""
    with superuser(folder) as connection:
        for table in ("products", "variants"):
            columns = ", ".join(row[0] for row in connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'brand_id'", (table,)))
            order = "id" if table == "products" else "product_id, id"
            connection.execute(f"INSERT INTO {table} (brand_id, {columns}) SELECT %s, {columns} FROM {table} WHERE brand_id = %s ORDER BY {order} LIMIT 1",
                               (brand_id, from_brand))
