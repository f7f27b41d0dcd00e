"""Many rows changed in one statement: the sync writes tens of thousands of them. New ones go in by `kernel.db.insert_rows`.

Raw SQL passes the ORM's criterion, so every row names its brand_id; the policies hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import Base, driver, dump_json, gather

Rows = Sequence[Mapping[str, Any]]
LISTS = "jsonb_to_recordset(%(lists)s::jsonb) AS l(product_id uuid, variant_id uuid, urls jsonb)"
GONE = f"""DELETE FROM product_images i WHERE i.brand_id = %(brand_id)s AND i.variant_id = ANY(%(variants)s) AND NOT EXISTS (
SELECT FROM {LISTS} WHERE l.variant_id = i.variant_id AND l.product_id = i.product_id AND jsonb_exists(l.urls, i.source_url))"""  # noqa: S608 (constants of the code)
HERE = f"""INSERT INTO product_images (brand_id, id, product_id, variant_id, position, source_url, file_key, state, reason)
SELECT %(brand_id)s, gen_random_uuid(), l.product_id, l.variant_id, u.place - 1, u.url, '', 'waiting', ''
FROM {LISTS} CROSS JOIN LATERAL jsonb_array_elements_text(l.urls) WITH ORDINALITY AS u(url, place)
ON CONFLICT (brand_id, product_id, variant_id, source_url) DO UPDATE SET position = EXCLUDED.position"""  # noqa: S608 (constants of the code)


def update_rows(session: Session, table: type[Base], rows: Rows, *, brand_id: int) -> None:
    """Update by id; every row names all columns it sets, all rows the same ones."""
    if not rows:
        return
    settings = ", ".join(f"{column} = r.{column}" for column in rows[0] if column not in ("id", "brand_id"))
    name = table.__tablename__
    sql = (f"UPDATE {name} t SET {settings} FROM jsonb_populate_recordset(NULL::{name}, %s::jsonb) r "  # noqa: S608 (table and columns are the code's own)
           f"WHERE t.brand_id = %s AND t.id = r.id")
    driver(session).execute(sql, [dump_json(list(rows)), brand_id])


def image_list(product_id: UUID | None, variant_id: UUID, urls: Iterable[str]) -> dict[str, Any]:
    """A variant's pictures, the main one first, each once."""
    return {"product_id": product_id, "variant_id": variant_id, "urls": list(dict.fromkeys(urls))}


def replace_images(session: Session, lists: Rows, *, brand_id: int, variant_ids: Sequence[UUID]) -> None:
    """Make `lists` (of `image_list`) all the pictures of `variant_ids`, and of new variants; one that stays keeps its file."""
    values = {"brand_id": brand_id, "variants": list(variant_ids), "lists": dump_json(list(lists))}
    gather(session, *([(GONE, values)] if variant_ids else []), (HERE, values))
