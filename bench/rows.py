"""The rows of one placed order, read once from the database and written again with new ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

TABLES = {
    "orders": "SELECT * FROM orders WHERE brand_id = %(b)s AND id = %(o)s",
    "order_lines": "SELECT * FROM order_lines WHERE brand_id = %(b)s AND order_id = %(o)s",
    "attribution_decisions": "SELECT d.* FROM attribution_decisions d JOIN order_lines l ON l.id = d.order_line_id WHERE d.brand_id = %(b)s AND l.order_id = %(o)s",
    "commission_lines": "SELECT c.* FROM commission_lines c JOIN order_lines l ON l.id = c.order_line_id WHERE c.brand_id = %(b)s AND l.order_id = %(o)s",
    "payments": "SELECT * FROM payments WHERE brand_id = %(b)s AND order_id = %(o)s",
    "ledger_transactions": "SELECT * FROM ledger_transactions WHERE brand_id = %(b)s AND order_id = %(o)s",
    "ledger_entries": "SELECT e.* FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id WHERE e.brand_id = %(b)s AND t.order_id = %(o)s",
    "idempotency_keys": "SELECT * FROM idempotency_keys WHERE brand_id = %(b)s ORDER BY id DESC LIMIT 1",
}
OWN = {"id", "number", "cause", "checkout_key", "key"}
JSON = {"contact", "address", "coupons", "options", "trace", "candidates", "note"}


def template(connection: Connection[Any], brand_id: int, order_id: str) -> str:
    """Every row of one order as JSON, for the environment of the reference."""
    kept: dict[str, Any] = {}
    for table, sql in TABLES.items():
        cursor = connection.execute(sql, {"b": brand_id, "o": order_id})
        assert cursor.description
        columns = [column.name for column in cursor.description]
        kept[table] = {"columns": columns, "rows": [[value if isinstance(value, (int, dict, list, type(None))) else str(value) for value in row] for row in cursor]}
    return json.dumps(kept)


def order_rows(brand_id: int, text: str, new_id: Callable[[], Any], now: datetime) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """(table, columns, rows) of a fresh copy: own keys new, references renamed along."""
    fresh: dict[str, Any] = {}
    for table, part in _parsed(text).items():
        rows = []
        for row in part["rows"]:
            named = dict(zip(part["columns"], row, strict=True))
            own = fresh[named["id"]] = new_id()
            for column, value in named.items():
                if column in OWN and column != "id" and value:
                    named[column] = str(own)[-20:]
                elif column in JSON and isinstance(value, (dict, list)):
                    named[column] = Jsonb(value)
                elif isinstance(value, str) and value in fresh:
                    named[column] = fresh[value]
            rows.append(list(named.values()))
        yield table, part["columns"], rows


@lru_cache(maxsize=1)
def _parsed(text: str) -> dict[str, Any]:
    return dict(json.loads(text))
