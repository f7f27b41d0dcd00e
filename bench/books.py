"""A brand with a great many received orders, its books as the flows would have left them, written by set-based SQL.

Two lines an order and four shares a line (guide, store, platform, brand); each share went estimated → pending → held, so
that a settlement has to find what is held among what has moved on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

SHARES_A_LINE = 4
GUIDES, STORES = 2000, 200

PEOPLE = """
INSERT INTO payees (brand_id, id, party, tax_kind, name)
SELECT %(brand)s, uuidv7(), CASE WHEN n <= %(stores)s THEN 'org_unit' ELSE 'guide' END, CASE WHEN n <= %(stores)s THEN 'internal' ELSE 'employee' END,
       'payee ' || n FROM generate_series(1, %(stores)s + %(guides)s) n"""

LINES = """
CREATE TEMP TABLE sold ON COMMIT DROP AS
WITH goods AS (SELECT id, product_id FROM variants WHERE brand_id = %(brand)s LIMIT 1),
  stores AS (SELECT array_agg(id ORDER BY id) AS ids FROM payees WHERE brand_id = %(brand)s AND party = 'org_unit'),
  guides AS (SELECT array_agg(id ORDER BY id) AS ids FROM payees WHERE brand_id = %(brand)s AND party = 'guide')
SELECT n, uuidv7() AS line_id, (n - 1) / 2 AS order_no, goods.*, 10000 + n %% 977 AS base,
  guides.ids[CASE WHEN n <= %(lines)s * 0.4 THEN 1 WHEN n <= %(lines)s * 0.44 THEN 2 ELSE 3 + n / 2 %% (%(guides)s - 2) END] AS guide,
  stores.ids[1 + n / 2 %% %(stores)s] AS store
FROM generate_series(1, %(lines)s) n, goods, stores, guides"""
"""One guide sold 40 % of it all, another 4 %, the others the rest: the first two have long statements."""

ORDERS = """
CREATE TEMP TABLE bought ON COMMIT DROP AS
SELECT order_no, uuidv7() AS order_id, sum(base) AS total FROM sold GROUP BY order_no;
INSERT INTO orders (brand_id, id, number, state, currency, gross_minor, discount_minor, shipping_minor, total_minor, platform_fee_bp, contact, address,
                    placed_at, pay_by, paid_at, delivered_at)
SELECT %(brand)s, order_id, 'B' || order_no, 'delivered', 'CNY', total, 0, 0, total, 100, '{}', '{}', %(at)s, %(at)s, %(at)s, %(at)s FROM bought;
INSERT INTO order_lines (brand_id, id, order_id, position, variant_id, product_id, title, sku, options, quantity, list_price_minor, unit_price_minor,
                         gross_minor, brand_discount_minor, platform_discount_minor, base_minor, paid_minor, shipped_quantity, delivered_quantity,
                         received_at, hold_until)
SELECT %(brand)s, line_id, order_id, 1 + n %% 2, id, product_id, '轻旅箱 18 寸', 'A' || n %% 7, '{"颜色": "雾蓝"}', 1, base, base, base, 0, 0, base, base, 1, 1, %(at)s, %(at)s
FROM sold JOIN bought USING (order_no);
INSERT INTO payments (brand_id, id, order_id, provider, amount_minor, currency, state, opened_at, settled_at)
SELECT %(brand)s, uuidv7(), order_id, 'sandbox', total, 'CNY', 'succeeded', %(at)s, %(at)s FROM bought"""

SHARES = """
CREATE TEMP TABLE shares ON COMMIT DROP AS
SELECT order_no, line_id, role, payee, amount FROM sold CROSS JOIN LATERAL (
  SELECT base * 12 / 100 AS guide_gets, base * 5 / 100 AS store_gets, base / 100 AS platform_gets) g CROSS JOIN LATERAL (VALUES
  ('guide', guide, guide_gets), ('store', store, store_gets),
  ('platform', (SELECT id FROM payees WHERE brand_id = %(brand)s AND party = 'platform'), platform_gets),
  ('brand', (SELECT id FROM payees WHERE brand_id = %(brand)s AND party = 'brand'), base - guide_gets - store_gets - platform_gets)
) AS share(role, payee, amount);
INSERT INTO commission_lines (brand_id, id, order_line_id, role, payee_id, amount_minor, rate_bp, trace)
SELECT %(brand)s, uuidv7(), line_id, role, payee, amount, 1200, '{"rung": "brand", "rate_bp": 1200}' FROM shares"""

MOVES = """
CREATE TEMP TABLE causes ON COMMIT DROP AS
SELECT order_no, order_id, total, kind, uuidv7() AS id, leaves, enters, shopper_leaves, shopper_enters FROM bought CROSS JOIN (VALUES
  ('placed', NULL, 'estimated', NULL, 'expected'), ('paid', 'estimated', 'pending', 'expected', 'received'), ('received', 'pending', 'held', NULL, NULL)
) AS move(kind, leaves, enters, shopper_leaves, shopper_enters);
INSERT INTO ledger_transactions (brand_id, id, cause, kind, order_id, posted_at)
SELECT %(brand)s, id, 'order:' || order_id || ':' || kind, kind, order_id, %(at)s FROM causes;
INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, order_line_id, posted_at)
SELECT %(brand)s, uuidv7(), c.id, s.payee, s.role, side.phase, c.kind, side.sign * s.amount, s.line_id, %(at)s
FROM causes c JOIN shares s USING (order_no) CROSS JOIN LATERAL (VALUES (c.leaves, -1), (c.enters, 1)) AS side(phase, sign) WHERE side.phase IS NOT NULL
UNION ALL
SELECT %(brand)s, uuidv7(), c.id, y.id, 'clearing', side.phase, c.kind, side.sign * c.total, NULL, %(at)s
FROM causes c JOIN payees y ON y.brand_id = %(brand)s AND y.party = 'clearing'
CROSS JOIN LATERAL (VALUES (c.shopper_leaves, 1), (c.shopper_enters, -1)) AS side(phase, sign) WHERE side.phase IS NOT NULL"""

INDEXES = """
SELECT i.indexrelid::regclass, pg_get_indexdef(i.indexrelid) FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
WHERE i.indrelid = ANY('{ledger_entries,commission_lines,orders,order_lines}'::regclass[]) AND c.oid IS NULL"""


@dataclass(frozen=True)
class Books:
    brand_id: int
    lines: int
    shares: int


def superuser(folder: str, *, autocommit: bool = False) -> psycopg.Connection[Any]:
    return psycopg.connect(host=folder, user="postgres", dbname="yundian", autocommit=autocommit)


def client_side(connection: psycopg.Connection[Any]) -> psycopg.ClientCursor[Any]:
    """A cursor for several statements at once."""
    return psycopg.ClientCursor(connection)


def vacuum(folder: str) -> None:
    with superuser(folder, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def fill(folder: str, brand_id: int, *, lines: int, at: datetime) -> Books:
    """Received at `at` and held until then. As in a restore foreign keys are not asked and indexes are made last."""
    names = {"brand": brand_id, "lines": lines, "at": at, "guides": GUIDES, "stores": STORES}
    with superuser(folder) as connection:
        connection.execute("SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '256MB'")
        cursor = client_side(connection)
        indexes = [(str(name), str(definition)) for name, definition in cursor.execute(INDEXES)]
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for statements in (PEOPLE, LINES, ORDERS, SHARES, MOVES):
            cursor.execute(statements, names)
        for _, definition in indexes:
            cursor.execute(definition)
    vacuum(folder)
    return Books(brand_id, lines, lines * SHARES_A_LINE)
