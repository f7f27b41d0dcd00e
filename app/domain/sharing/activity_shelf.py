"""The shelf of one activity: its products at its prices, as who comes by a link sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.catalog.freshness import STALE
from app.domain.promotions.prices import joined_activity
from app.kernel.db import gather
from app.kernel.paging import Page

from .shelf import BY_LINK
from .shelf_list import DEEPEST_PAGE, ON_SHELF, SHELF_SIZE, TILES, tiles_of


@dataclass(frozen=True, slots=True)
class ActivityShelf:
    """A page of tiles. Lowest and highest: activity prices of what can be bought now, on all pages; None when nothing can."""

    page: Page
    lowest_minor: int | None
    highest_minor: int | None


_IN_IT = "AND a.activity_id = %(activity)s"
_PRICED = f"""
FROM variants v {joined_activity(BY_LINK)}
WHERE v.brand_id = %(brand_id)s AND v.status = 'published' AND v.tombstoned_at IS NULL {_IN_IT}
  AND EXISTS (SELECT FROM activity_prices y WHERE y.brand_id = v.brand_id AND y.variant_id = v.id AND y.activity_id = %(activity)s)"""
_CHOSEN = f"""
SELECT p.id, p.title, p.title_en, p.position, NULL::int AS rank
{ON_SHELF} AND p.id IN (SELECT v.product_id {_PRICED}) ORDER BY p.position, p.id LIMIT %(size)s OFFSET %(skip)s"""
_COUNTED = f"""
SELECT count(DISTINCT x.product_id), min(x.price_minor) FILTER (WHERE x.buyable), max(x.price_minor) FILTER (WHERE x.buyable)
FROM (SELECT v.product_id, a.price_minor, v.stock > v.reserved AND NOT {STALE} AS buyable {_PRICED}) x
WHERE x.product_id IN (SELECT p.id {ON_SHELF})"""  # noqa: S608 (pieces are ours)


def activity_shelf(session: Session, *, brand_id: int, activity_id: UUID, number: int = 1, size: int = SHELF_SIZE, now: datetime) -> ActivityShelf:
    """What the activity sells now, in the brand's order; nothing before it begins and once it has ended. A page past the end is empty."""
    number = min(max(number, 1), DEEPEST_PAGE)
    values = {"brand_id": brand_id, "activity": activity_id, "size": size, "skip": (number - 1) * size, "now": now, "by_link": True}
    tiles, counted = gather(session, (TILES.format(chosen=_CHOSEN, only=_IN_IT), values), (_COUNTED, values))
    total, lowest, highest = counted[0]
    return ActivityShelf(Page(tiles_of(tiles), total, number, size), lowest, highest)
