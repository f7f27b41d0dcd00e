"""The picture a product is shown by in lists."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

FIRST = """SELECT DISTINCT ON (product_id) product_id, file_key FROM product_images
WHERE brand_id = %(brand_id)s AND product_id = ANY(%(products)s) AND state = 'stored' AND file_key <> ''
ORDER BY product_id, position, id"""


def first_pictures(session: Session, *, brand_id: int, product_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Storage key of each product's first picture; a product without one is missing."""
    if not product_ids:
        return {}
    rows = gather(session, (FIRST, {"brand_id": brand_id, "products": list(dict.fromkeys(product_ids))}))[0]
    return {row[0]: row[1] for row in rows}
