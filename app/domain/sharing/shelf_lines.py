"""Variants a shopper has put aside, as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather


@dataclass(frozen=True, slots=True)
class ShelfLine:
    """`left` is 0 for what is no longer on sale."""

    variant_id: UUID
    product_id: UUID
    title: str
    title_en: str
    options: dict[str, str]
    price_minor: int
    left: int
    picture_key: str


_LINES = """
SELECT v.id, p.id, p.title, p.title_en, v.options, v.price_minor,
       CASE WHEN v.status = 'published' AND p.status = 'published' AND v.tombstoned_at IS NULL AND p.tombstoned_at IS NULL
            THEN greatest(v.stock - v.reserved, 0) ELSE 0 END,
       coalesce((SELECT i.file_key FROM product_images i WHERE i.brand_id = v.brand_id AND i.product_id = p.id AND i.state = 'stored'
                 AND i.file_key <> '' ORDER BY i.variant_id IS DISTINCT FROM v.id, i.position, i.id LIMIT 1), '')
FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id
WHERE v.brand_id = %(brand)s AND v.id = ANY(%(variants)s)"""


def bag_lines(session: Session, *, brand_id: int, variant_ids: Sequence[UUID]) -> list[ShelfLine]:
    """What is known of these variants, in no order; an unknown one is left out."""
    if not variant_ids:
        return []
    rows = gather(session, (_LINES, {"brand": brand_id, "variants": list(variant_ids)}))[0]
    return [ShelfLine(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SoldVariant:
    """A variant on sale, with what a commission rule may ask for."""

    variant_id: UUID
    product_id: UUID
    category: str
    commissionable: bool
    price_minor: int
    options: dict[str, str]


_SOLD = """
SELECT v.id, p.id, p.category, v.commissionable, v.price_minor, v.options
FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id
WHERE v.brand_id = %(brand)s AND v.product_id = ANY(%(products)s) AND v.status = 'published' AND v.tombstoned_at IS NULL
ORDER BY v.position, v.id"""


def sold_variants(session: Session, *, brand_id: int, product_ids: Sequence[UUID]) -> list[SoldVariant]:
    """All variants on sale of these products."""
    if not product_ids:
        return []
    rows = gather(session, (_SOLD, {"brand": brand_id, "products": list(product_ids)}))[0]
    return [SoldVariant(*row) for row in rows]
