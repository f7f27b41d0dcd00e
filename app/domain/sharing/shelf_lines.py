"""Variants a shopper has put aside, as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.catalog.freshness import STALE
from app.domain.promotions.prices import Offer, joined_activity
from app.kernel.db import gather

from .shelf import BY_LINK, offer_of


@dataclass(frozen=True, slots=True)
class ShelfLine:
    """`left` is 0 for what is no longer on sale, and while its stock is `confirming`."""

    variant_id: UUID
    product_id: UUID
    title: str
    title_en: str
    options: dict[str, str]
    price_minor: int
    left: int
    picture_key: str
    list_price_minor: int
    confirming: bool


_LINES = f"""
SELECT v.id, p.id, p.title, p.title_en, v.options, coalesce(a.price_minor, v.price_minor),
       CASE WHEN v.status = 'published' AND p.status = 'published' AND v.tombstoned_at IS NULL AND p.tombstoned_at IS NULL
            THEN greatest(v.stock - v.reserved, 0) ELSE 0 END,
       coalesce((SELECT i.file_key FROM product_images i WHERE i.brand_id = v.brand_id AND i.product_id = p.id AND i.state = 'stored'
                 AND i.file_key <> '' ORDER BY i.variant_id IS DISTINCT FROM v.id, i.position, i.id LIMIT 1), ''), v.price_minor, {STALE}
FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id {joined_activity(BY_LINK)}
WHERE v.brand_id = %(brand_id)s AND v.id = ANY(%(variants)s)"""  # noqa: S608 (pieces are ours)


def bag_lines(session: Session, *, brand_id: int, variant_ids: Sequence[UUID], now: datetime, by_link: bool) -> list[ShelfLine]:
    """What is known of these variants, in no order; an unknown one is left out. `list_price_minor` is the price without activity."""
    if not variant_ids:
        return []
    rows = gather(session, (_LINES, {"brand_id": brand_id, "variants": list(variant_ids), "now": now, "by_link": by_link}))[0]
    return [ShelfLine(*[*row[:6], 0 if row[9] else row[6], *row[7:9], row[9] and row[6] > 0]) for row in rows]


@dataclass(frozen=True, slots=True)
class SoldVariant:
    """A variant on sale to who comes by a link, with what a commission rule may ask for."""

    variant_id: UUID
    product_id: UUID
    category: str
    commissionable: bool
    price_minor: int
    options: dict[str, str]
    list_price_minor: int
    activity: Offer | None


_SOLD = f"""
SELECT v.id, p.id, p.category, v.commissionable, coalesce(a.price_minor, v.price_minor), v.options, v.price_minor,
       a.activity_id, a.number, a.name, a.ends_at, a.link_only
FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id {joined_activity("true")}
WHERE v.brand_id = %(brand_id)s AND v.product_id = ANY(%(products)s) AND v.status = 'published' AND v.tombstoned_at IS NULL
ORDER BY v.position, v.id"""  # noqa: S608 (pieces are ours)


def sold_variants(session: Session, *, brand_id: int, product_ids: Sequence[UUID], now: datetime) -> list[SoldVariant]:
    """All variants on sale of these products, at the price of a guide's link."""
    if not product_ids:
        return []
    rows = gather(session, (_SOLD, {"brand_id": brand_id, "products": list(product_ids), "now": now}))[0]
    return [SoldVariant(row[0], row[1], row[2], row[3], row[4], row[5], row[6], offer_of(row[7:])) for row in rows]
