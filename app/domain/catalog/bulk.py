"""Many rows changed in one statement: the sync writes tens of thousands of them. New ones go in by `kernel.db.insert_rows`.

Raw SQL passes the ORM's criterion, so every row names its brand_id; the policies hold it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import Base, driver, dump_json, gather, insert_rows

Rows = Sequence[Mapping[str, Any]]
GONE = """DELETE FROM product_images i WHERE i.brand_id = %(brand_id)s AND i.variant_id = ANY(%(variants)s) AND NOT EXISTS (
SELECT FROM jsonb_populate_recordset(NULL::product_images, %(rows)s::jsonb) r WHERE r.variant_id = i.variant_id
AND r.product_id = i.product_id AND r.source_url = i.source_url)"""
SAME_PICTURE = "ON CONFLICT (brand_id, product_id, variant_id, source_url) DO UPDATE SET position = EXCLUDED.position"


def update_rows(session: Session, table: type[Base], rows: Rows, *, brand_id: int) -> None:
    """Update by id; every row names all columns it sets, all rows the same ones."""
    if not rows:
        return
    settings = ", ".join(f"{column} = r.{column}" for column in rows[0] if column not in ("id", "brand_id"))
    name = table.__tablename__
    sql = (f"UPDATE {name} t SET {settings} FROM jsonb_populate_recordset(NULL::{name}, %s::jsonb) r "  # noqa: S608 (table and columns are the code's own)
           f"WHERE t.brand_id = %s AND t.id = r.id")
    driver(session).execute(sql, [dump_json(list(rows)), brand_id])


def replace_images(session: Session, images: Rows, *, brand_id: int, variant_ids: Sequence[UUID]) -> None:
    """Make `images` the whole list of pictures of `variant_ids`, and add those of new variants; one that stays keeps its file."""
    gather(session, (GONE, {"brand_id": brand_id, "variants": list(variant_ids), "rows": dump_json(list(images))}),
           insert_rows("product_images", images, then=SAME_PICTURE))
