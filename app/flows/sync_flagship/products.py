"""Products follow their variants: on sale while one of them is, gone when all are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import driver

OF_PRODUCT = "SELECT FROM variants v WHERE v.brand_id = p.brand_id AND v.product_id = p.id AND v.tombstoned_at IS NULL"
LIVE = f"EXISTS ({OF_PRODUCT})"
STATUS = (f"CASE WHEN NOT {LIVE} THEN 'unpublished' WHEN jsonb_exists(p.owners, 'status') THEN p.status "
          f"WHEN EXISTS ({OF_PRODUCT} AND v.status = 'published') THEN 'published' ELSE 'unpublished' END")
SETTLE = f"""
UPDATE products p SET tombstoned_at = CASE WHEN {LIVE} THEN NULL ELSE coalesce(p.tombstoned_at, %(now)s) END, status = {STATUS}, updated_at = %(now)s
WHERE p.brand_id = %(brand)s AND p.source_id = %(source)s AND ((p.tombstoned_at IS NULL) <> {LIVE} OR p.status <> {STATUS})"""  # noqa: S608 (parts above, values bound)
"""One index look-up per product whatever the planner believes: after a first sync the tables have no statistics yet."""


def settle_products(session: Session, *, brand_id: int, source_id: UUID, now: datetime) -> None:
    """Status and tombstone of the source's products, unless the brand has the say over the status."""
    driver(session).execute(SETTLE, {"brand": brand_id, "source": source_id, "now": now})
