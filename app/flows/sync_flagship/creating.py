"""New SKUs of a batch go from the run's items into the catalogue inside the database: nothing of a SKU travels.

Taken are those nothing stands in the way of: no row has their SKU, and the one that speaks for its product finds none yet. A new
variant has the id of the item that made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import set_json_loads
from sqlalchemy.orm import Session

from app.domain.catalog.rules import UNCOUNTED_STOCK, Record, wanted_product
from app.kernel.db import driver, gather, insert_rows
from app.kernel.ids import new_id

ITEMS = "unnest(%(items)s::uuid[]) AS one(id) JOIN sync_items i ON i.brand_id = %(brand)s AND i.id = one.id"
MADE = "(SELECT v.product_id FROM variants v WHERE v.brand_id = i.brand_id AND v.id = i.id)"
PRODUCT = "(SELECT p.id FROM products p WHERE p.brand_id = i.brand_id AND p.source_id = %(source)s AND p.external_id = i.listed->>'group_id')"
"""Look-ups by index, one for each item, whatever the planner believes of tables it knows nothing of yet."""
FREE = f"""
WITH created AS MATERIALIZED (
  SELECT i.id, i.position, i.listed, i.listed->>'group_id' AS group_id, (i.listed->>'leads')::boolean AS leads, {PRODUCT} AS product_id
  FROM {ITEMS} WHERE i.outcome = 'created'
  AND (i.sku = '' OR (SELECT v.id FROM variants v WHERE v.brand_id = i.brand_id AND v.sku = i.sku AND v.sku <> '') IS NULL))
SELECT id, CASE WHEN product_id IS NULL AND row_number() OVER (PARTITION BY group_id ORDER BY leads DESC, position, id) = 1 THEN listed END
FROM created WHERE product_id IS NULL OR NOT leads"""  # noqa: S608 (parts above, values bound)
VARIANTS = f"""
INSERT INTO variants (brand_id, id, product_id, source_id, external_id, sku, barcode, options, price_minor, list_price_minor, stock, weight_g,
  status, reserved, commissionable, position, owners, row_hash, updated_at, created_at)
SELECT i.brand_id, i.id, {PRODUCT}, %(source)s, l.external_id, l.sku, l.barcode, l.options, l.price_minor, l.list_price_minor,
  coalesce(l.stock, %(uncounted)s), l.weight_g, CASE WHEN l.published THEN 'published' ELSE 'unpublished' END, 0, true, l.position, '{{}}', l.hash,
  %(now)s, %(now)s
FROM {ITEMS} CROSS JOIN LATERAL jsonb_to_record(i.listed) AS l(external_id text, sku text, barcode text, options jsonb, price_minor bigint,
  list_price_minor bigint, stock int, weight_g int, published boolean, position int, hash text)
ORDER BY i.id ON CONFLICT DO NOTHING"""  # noqa: S608 (parts above, values bound)
ORDERED_ID = "encode(overlay(uuid_send(gen_random_uuid()) PLACING substring(uuid_send(i.id) FROM 1 FOR 6) FROM 1 FOR 6), 'hex')::uuid"
"""Random, but in the order of the variants, as the index stands."""
PICTURES = f"""
INSERT INTO product_images (brand_id, id, product_id, variant_id, position, source_url, file_key, state, reason)
SELECT i.brand_id, {ORDERED_ID}, i.product_id, i.id, u.place - 1, u.url, '', 'waiting', ''
FROM (SELECT i.brand_id, i.id, i.listed, {MADE} AS product_id FROM {ITEMS} ORDER BY i.id) i
CROSS JOIN LATERAL jsonb_array_elements_text(i.listed->'images') WITH ORDINALITY AS u(url, place)
WHERE i.product_id IS NOT NULL ON CONFLICT DO NOTHING"""  # noqa: S608 (parts above, values bound)
APPLIED = f"""
UPDATE sync_items i SET variant_id = i.id, applied = true, code = '', reason = '' FROM unnest(%(items)s::uuid[]) AS one(id)
WHERE i.brand_id = %(brand)s AND i.id = one.id AND {MADE} IS NOT NULL RETURNING i.id"""  # noqa: S608 (parts above, values bound)


def create_variants(session: Session, item_ids: Sequence[UUID], *, brand_id: int, source_id: UUID, now: datetime) -> set[UUID]:
    """Of these items, those that are variants now, and marked so; the others wait as before."""
    values: dict[str, Any] = {"brand": brand_id, "source": source_id, "items": list(item_ids), "now": now, "uncounted": UNCOUNTED_STOCK}
    cursor = driver(session).cursor()
    set_json_loads(orjson.loads, cursor)
    free = cursor.execute(FREE, values).fetchall()
    if not free:
        return set()
    values["items"] = [item_id for item_id, _ in free]
    products = [new_product(leading, brand_id=brand_id, source_id=source_id, now=now) for _, leading in free if leading]
    *_, applied = gather(session, insert_rows("products", products), (VARIANTS, values), (PICTURES, values), (APPLIED, values))
    return {row[0] for row in applied}


def new_product(listed: Mapping[str, Any], *, brand_id: int, source_id: UUID, now: datetime) -> Record:
    """A product as its listed variant tells it."""
    return {"brand_id": brand_id, "id": new_id(), "origin": "flagship", "source_id": source_id, "external_id": listed["group_id"],
            **wanted_product(listed), "status": "published", "position": listed["position"], "owners": {},
            "updated_at": now, "created_at": now}
