"""Many rows in one statement: the sync writes tens of thousands of them.

Rows travel as one JSON document that the database spreads over the table's own types (COPY is refused under row-level
security). Raw SQL passes the ORM's criterion, so every row names its brand_id; the policies hold it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.kernel.db import Base, driver

Rows = Sequence[Mapping[str, Any]]


def insert_rows(session: Session, table: type[Base], rows: Rows, *, on_conflict: str = "") -> set[UUID]:
    """Insert; all rows have the same keys. Returns the ids written (fewer than rows where ON CONFLICT let one be)."""
    if not rows:
        return set()
    columns = ", ".join(rows[0])
    sql = (f"INSERT INTO {table.__tablename__} ({columns}) SELECT {columns} "  # noqa: S608 (table and columns are the code's own)
           f"FROM jsonb_populate_recordset(NULL::{table.__tablename__}, %s::jsonb) {on_conflict} RETURNING id")
    return {row[0] for row in driver(session).execute(sql, [_json(rows)])}


def update_rows(session: Session, table: type[Base], rows: Rows, *, brand_id: int) -> None:
    """Update by id; every row names all columns it sets, all rows the same ones."""
    if not rows:
        return
    settings = ", ".join(f"{column} = r.{column}" for column in rows[0] if column not in ("id", "brand_id"))
    name = table.__tablename__
    sql = (f"UPDATE {name} t SET {settings} FROM jsonb_populate_recordset(NULL::{name}, %s::jsonb) r "  # noqa: S608 (as above)
           f"WHERE t.brand_id = %s AND t.id = r.id")
    driver(session).execute(sql, [_json(rows), brand_id])


def replace_images(session: Session, images: Rows, *, brand_id: int, variant_ids: Sequence[UUID]) -> None:
    """Make `images` the whole list of pictures of `variant_ids`, and add those of new variants; one that stays keeps its file."""
    if variant_ids:
        driver(session).execute(
            "DELETE FROM product_images i WHERE i.brand_id = %s AND i.variant_id = ANY(%s) AND NOT EXISTS ("
            "SELECT FROM jsonb_populate_recordset(NULL::product_images, %s::jsonb) r WHERE r.variant_id = i.variant_id "
            "AND r.product_id = i.product_id AND r.source_url = i.source_url)", [brand_id, list(variant_ids), _json(images)])
    if images:
        columns = ", ".join(images[0])
        driver(session).execute(
            f"INSERT INTO product_images ({columns}) SELECT {columns} "  # noqa: S608 (as above)
            "FROM jsonb_populate_recordset(NULL::product_images, %s::jsonb) "
            "ON CONFLICT (brand_id, product_id, variant_id, source_url) DO UPDATE SET position = EXCLUDED.position",
            [_json(images)])


def _json(rows: Rows) -> str:
    return orjson.dumps(list(rows)).decode()
