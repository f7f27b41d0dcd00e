"""The shelf as a list: categories, search, pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.catalog.freshness import STALE
from app.domain.promotions.prices import Offer, joined_activity
from app.kernel.db import gather
from app.kernel.paging import Page

from .rules import standing
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
    confirming: bool

    @property
    def standing(self) -> str:
        """One of rules.STANDINGS; what is in a list is on the shelf."""
        return standing(on_sale=True, left=self.left > 0, confirming=self.confirming)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of tiles, and the top categories with how many products they hold."""

    page: Page
    categories: Sequence[tuple[str, int]]


ON_SHELF = """
FROM products p WHERE p.brand_id = %(brand_id)s AND p.status = 'published' AND p.tombstoned_at IS NULL
AND EXISTS (SELECT FROM variants v WHERE v.brand_id = p.brand_id AND v.product_id = p.id
            AND v.status = 'published' AND v.tombstoned_at IS NULL)"""
WANTED = """
AND (%(category)s = '' OR p.category = %(category)s OR starts_with(p.category, %(category)s || ' > '))
AND (%(q)s = '' OR p.title ILIKE %(like)s OR p.title_en ILIKE %(like)s
     OR EXISTS (SELECT FROM variants s WHERE s.brand_id = p.brand_id AND s.product_id = p.id AND lower(s.sku) = lower(%(q)s)))"""
TILES = """
SELECT t.id, t.title, t.title_en, v.price, v.was, v.lowest < v.highest, v.total_left, coalesce(i.file_key, ''), v.confirming,
       v.activity_id, v.number, v.name, v.ends_at, v.link_only
FROM ({chosen}) t
CROSS JOIN LATERAL (
  SELECT s.*, min(price) OVER () AS lowest, max(price) OVER () AS highest, sum(remaining) OVER () AS total_left,
         bool_or(stale AND there > 0) OVER () AS confirming
  FROM (SELECT coalesce(a.price_minor, v.price_minor) AS price, CASE WHEN a.activity_id IS NULL THEN v.list_price_minor ELSE v.price_minor END AS was,
               v.there, v.stale, CASE WHEN v.stale THEN 0 ELSE v.there END AS remaining, v.position, v.id,
               a.activity_id, a.number, a.name, a.ends_at, a.link_only
        FROM (SELECT v.*, greatest(v.stock - v.reserved, 0) AS there, {stale} AS stale FROM variants v
              WHERE v.brand_id = %(brand_id)s AND v.product_id = t.id) v {activity}
        WHERE v.brand_id = %(brand_id)s AND v.product_id = t.id AND v.status = 'published' AND v.tombstoned_at IS NULL {only}) s
  ORDER BY remaining = 0, price, position, id LIMIT 1) v
LEFT JOIN LATERAL (
  SELECT file_key FROM product_images WHERE brand_id = %(brand_id)s AND product_id = t.id AND state = 'stored' AND file_key <> ''
  ORDER BY position, id LIMIT 1) i ON true
ORDER BY t.rank, t.position, t.id""".replace("{activity}", joined_activity(BY_LINK)).replace("{stale}", STALE)
"""Tiles of the products `{chosen}`: rows of id, title, title_en, position, rank; `{only}` narrows their variants `v`, of activity `a`, or is ''."""
_CHOSEN = f"""
SELECT p.id, p.title, p.title_en, p.position, array_position(%(first)s::uuid[], p.id) AS rank
{ON_SHELF} {WANTED} ORDER BY rank, p.position, p.id LIMIT %(size)s OFFSET %(skip)s"""
_CATEGORIES = f"SELECT split_part(p.category, ' > ', 1) AS name, count(*), min(p.position) {ON_SHELF} AND p.category <> '' GROUP BY 1 ORDER BY 3, 1"


def shelf_page(session: Session, *, brand_id: int, q: str = "", category: str = "", number: int = 1, size: int = SHELF_SIZE, now: datetime,
               by_link: bool = False, first: Sequence[UUID] = ()) -> Shelf:
    """One numbered page of what is on sale, `first` products first, then in the brand's order; a page past the end is empty."""
    number = min(max(number, 1), DEEPEST_PAGE)
    q = q.strip()[:60]
    values = {"brand_id": brand_id, "q": q, "like": pattern_of(q), "category": category[:200], "size": size, "skip": (number - 1) * size, "now": now,
              "by_link": by_link, "first": list(first)}
    tiles, counted, categories = gather(
        session, (TILES.format(chosen=_CHOSEN, only=""), values), (f"SELECT count(*) {ON_SHELF} {WANTED}", values), (_CATEGORIES, values))
    return Shelf(Page(tiles_of(tiles), counted[0][0], number, size), [(row[0], row[1]) for row in categories])


def shelf_categories(session: Session, *, brand_id: int) -> list[tuple[str, int]]:
    """The top categories on the shelf with how many products they hold."""
    return [(row[0], row[1]) for row in gather(session, (_CATEGORIES, {"brand_id": brand_id}))[0]]


def tiles_in_order(session: Session, *, brand_id: int, product_ids: Sequence[UUID], now: datetime) -> list[ShelfTile]:
    """These products on the shelf, in this order, at the prices of a guide's link."""
    chosen = f"SELECT p.id, p.title, p.title_en, p.position, array_position(%(products)s::uuid[], p.id) AS rank {ON_SHELF} AND p.id = ANY(%(products)s)"
    values = {"brand_id": brand_id, "products": list(product_ids), "now": now, "by_link": True}
    return tiles_of(gather(session, (TILES.format(chosen=chosen, only=""), values))[0]) if product_ids else []


def pattern_of(q: str) -> str:
    """For ILIKE, wildcards taken literally."""
    return "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def tiles_of(rows: Sequence[tuple[Any, ...]]) -> list[ShelfTile]:
    """Of the rows of TILES."""
    return [ShelfTile(*[*row[:6], int(row[6]), row[7], offer_of(row[9:]), row[8]]) for row in rows]
