"""The shelf as a list: categories, search, pages, and neighbours of a product that is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.promotions.prices import Offer, joined_activity
from app.kernel.db import gather
from app.kernel.paging import Page

from .shelf import BY_LINK, offer_of

SHELF_SIZE = 20
DEEPEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class ShelfTile:
    """One product in a list; prices are of its cheapest variant in stock, or of its cheapest when none is left."""

    id: UUID
    title: str
    title_en: str
    price_minor: int
    list_price_minor: int | None
    several_prices: bool
    left: int
    picture_key: str
    activity: Offer | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of tiles, and the top categories with how many products they hold."""

    page: Page
    categories: Sequence[tuple[str, int]]


_ON_SHELF = """
FROM products p WHERE p.brand_id = %(brand_id)s AND p.status = 'published' AND p.tombstoned_at IS NULL
AND EXISTS (SELECT FROM variants v WHERE v.brand_id = p.brand_id AND v.product_id = p.id
            AND v.status = 'published' AND v.tombstoned_at IS NULL)"""
_WANTED = """
AND (%(category)s = '' OR p.category = %(category)s OR starts_with(p.category, %(category)s || ' > '))
AND (%(q)s = '' OR p.title ILIKE %(like)s OR p.title_en ILIKE %(like)s
     OR EXISTS (SELECT FROM variants s WHERE s.brand_id = p.brand_id AND s.product_id = p.id AND lower(s.sku) = lower(%(q)s)))"""
_TILES = """
SELECT t.id, t.title, t.title_en, v.price, v.was, v.lowest < v.highest, v.total_left, coalesce(i.file_key, ''),
       v.activity_id, v.number, v.name, v.ends_at, v.link_only
FROM ({chosen}) t
CROSS JOIN LATERAL (
  SELECT s.*, min(price) OVER () AS lowest, max(price) OVER () AS highest, sum(remaining) OVER () AS total_left
  FROM (SELECT coalesce(a.price_minor, v.price_minor) AS price, CASE WHEN a.activity_id IS NULL THEN v.list_price_minor ELSE v.price_minor END AS was,
               greatest(v.stock - v.reserved, 0) AS remaining, v.position, v.id, a.activity_id, a.number, a.name, a.ends_at, a.link_only
        FROM variants v {activity}
        WHERE v.brand_id = %(brand_id)s AND v.product_id = t.id AND v.status = 'published' AND v.tombstoned_at IS NULL) s
  ORDER BY remaining = 0, price, position, id LIMIT 1) v
LEFT JOIN LATERAL (
  SELECT file_key FROM product_images WHERE brand_id = %(brand_id)s AND product_id = t.id AND state = 'stored' AND file_key <> ''
  ORDER BY position, id LIMIT 1) i ON true
ORDER BY t.rank, t.position, t.id""".replace("{activity}", joined_activity(BY_LINK))
_CHOSEN = f"SELECT p.id, p.title, p.title_en, p.position, 0 AS rank {_ON_SHELF} {_WANTED} ORDER BY p.position, p.id LIMIT %(size)s OFFSET %(skip)s"
_CATEGORIES = f"SELECT split_part(p.category, ' > ', 1) AS name, count(*), min(p.position) {_ON_SHELF} AND p.category <> '' GROUP BY 1 ORDER BY 3, 1"
_NEAR = """SELECT p.id, p.title, p.title_en, p.position, (p.category <> %(category)s)::int AS rank {on_shelf} AND p.id <> %(product)s
AND EXISTS (SELECT FROM variants v WHERE v.brand_id = p.brand_id AND v.product_id = p.id
            AND v.status = 'published' AND v.tombstoned_at IS NULL AND v.stock > v.reserved)
ORDER BY p.category <> %(category)s, p.position, p.id LIMIT %(size)s""".replace("{on_shelf}", _ON_SHELF)


def shelf_page(session: Session, *, brand_id: int, q: str = "", category: str = "", number: int = 1, size: int = SHELF_SIZE, now: datetime,
               by_link: bool = False) -> Shelf:
    """One numbered page of what is on sale, in the brand's order; a page past the end is empty."""
    number = min(max(number, 1), DEEPEST_PAGE)
    q = q.strip()[:60]
    like = "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    values = {"brand_id": brand_id, "q": q, "like": like, "category": category[:200], "size": size, "skip": (number - 1) * size, "now": now,
              "by_link": by_link}
    tiles, counted, categories = gather(
        session, (_TILES.format(chosen=_CHOSEN), values), (f"SELECT count(*) {_ON_SHELF} {_WANTED}", values), (_CATEGORIES, values))
    return Shelf(Page(_tiles(tiles), counted[0][0], number, size), [(row[0], row[1]) for row in categories])


def neighbours(session: Session, *, brand_id: int, product_id: UUID, category: str, size: int = 6, now: datetime, by_link: bool = False) -> list[ShelfTile]:
    """What is in stock near a product that is not: its own category first (a sold-out page is no dead end)."""
    values = {"brand_id": brand_id, "product": product_id, "category": category, "size": size, "now": now, "by_link": by_link}
    return _tiles(gather(session, (_TILES.format(chosen=_NEAR), values))[0])


def _tiles(rows: Sequence[tuple[Any, ...]]) -> list[ShelfTile]:
    return [ShelfTile(row[0], row[1], row[2], row[3], row[4], row[5], int(row[6]), row[7], offer_of(row[8:])) for row in rows]
