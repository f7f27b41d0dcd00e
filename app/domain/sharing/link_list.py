"""A guide's links with how what they lead to stands: which open their product, and which a substitute by now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.catalog.freshness import STALE
from app.kernel.db import gather
from app.kernel.paging import Page

from .rules import standing
from .touch_log import SEEN

PAGE = 20
COUNTED = timedelta(days=30)
SORTS = {"new": "l.id DESC", "opened": "opened DESC, l.id DESC"}


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Without product and activity it is her storefront; `title` is the activity's name where it leads to one, `standing` gone once that has ended.

    `standing` one of rules.STANDINGS; `opened` visits of the last 30 days, without programs.

    `label` is the name of the group it is for, or what was said when it was made; `substitute` the title of what the brand named instead, '' for none.
    """

    code: str
    label: str
    product_id: UUID | None
    title: str
    title_en: str
    picture_key: str
    created_at: datetime
    opened: int
    standing: str
    substitute: str
    substitute_en: str
    activity_id: UUID | None


_STANDS = f"""CROSS JOIN LATERAL (
  SELECT p.status = 'published' AND p.tombstoned_at IS NULL AND count(*) > 0 AS on_sale,
         coalesce(bool_or(v.stock > v.reserved AND NOT {STALE}), false) AS have, coalesce(bool_or(v.stock > v.reserved AND {STALE}), false) AS confirming
  FROM variants v WHERE v.brand_id = p.brand_id AND v.product_id = p.id AND v.status = 'published' AND v.tombstoned_at IS NULL) s"""  # noqa: S608 (pieces are ours)
_ACTIVITY = "LEFT JOIN activities a ON a.brand_id = l.brand_id AND a.id = l.activity_id"
_HERS = f"""FROM share_links l LEFT JOIN products p ON p.brand_id = l.brand_id AND p.id = l.product_id {_ACTIVITY} {_STANDS}
WHERE l.brand_id = %(brand_id)s AND l.guide_id = %(guide)s
  AND (NOT %(lost)s OR (l.product_id IS NOT NULL AND NOT (s.on_sale AND s.have)) OR a.ends_at <= %(now)s)
  AND (%(like)s = '' OR p.title ILIKE %(like)s OR p.title_en ILIKE %(like)s OR a.name ILIKE %(like)s OR l.label ILIKE %(like)s OR EXISTS (
    SELECT FROM community_groups c WHERE c.brand_id = l.brand_id AND c.guide_id = l.guide_id AND c.mark = l.label AND c.name ILIKE %(like)s))"""
_OPENED = f"(SELECT count(*) FROM {SEEN} t WHERE t.brand_id = l.brand_id AND t.share_link_id = l.id AND t.at > %(since)s AND NOT t.bot)"  # noqa: S608 (pieces are ours)
_PAGE = {sort: f"""
SELECT l.code, coalesce(c.name, l.label), l.product_id, coalesce(p.title, a.name, ''), coalesce(p.title_en, ''), coalesce((
         SELECT i.file_key FROM product_images i WHERE i.brand_id = l.brand_id AND i.product_id = l.product_id AND i.state = 'stored' AND i.file_key <> ''
         ORDER BY i.position, i.id LIMIT 1), ''), l.created_at, l.opened,
       s.on_sale, s.have, s.confirming, coalesce(b.title, ''), coalesce(b.title_en, ''), l.activity_id, a.ends_at <= %(now)s
FROM (SELECT l.*, {_OPENED} AS opened {_HERS} ORDER BY {order} LIMIT {PAGE} OFFSET %(skip)s) l
LEFT JOIN products p ON p.brand_id = l.brand_id AND p.id = l.product_id {_ACTIVITY} {_STANDS}
LEFT JOIN products b ON b.brand_id = p.brand_id AND b.id = p.substitute_id
LEFT JOIN community_groups c ON c.brand_id = l.brand_id AND c.guide_id = l.guide_id AND c.mark = l.label
ORDER BY {order}""" for sort, order in SORTS.items()}  # noqa: S608 (pieces are ours)
_STANDING = f"SELECT p.id, s.on_sale, s.have, s.confirming FROM products p {_STANDS} WHERE p.brand_id = %(brand_id)s AND p.id = ANY(%(products)s)"  # noqa: S608 (constants of the code)


def guide_links(session: Session, *, brand_id: int, guide_id: UUID, lost: bool = False, q: str = "", sort: str = "new", number: int = 1,
                now: datetime) -> Page:
    """LinkRows; `lost`: only those whose product cannot be bought or whose activity is over; `q` searches product, activity and group, `sort` is one of SORTS.

    A number out of range shows the nearest page.
    """
    like = "%" + "".join("\\" + letter if letter in "%_\\" else letter for letter in q) + "%" if q else ""
    values = {"brand_id": brand_id, "guide": guide_id, "lost": lost, "like": like, "now": now, "since": now - COUNTED}
    total = gather(session, (f"SELECT count(*) {_HERS}", values))[0][0][0]
    number = min(max(number, 1), max(1, -(-total // PAGE)))
    rows = gather(session, (_PAGE[sort], {**values, "skip": (number - 1) * PAGE}))[0]
    return Page([_link(row) for row in rows], total, number, PAGE)


def _link(row: Sequence[Any]) -> LinkRow:
    over = "gone" if row[14] else "on_sale"
    stands = over if row[2] is None else standing(on_sale=row[8], left=row[9], confirming=row[10])
    return LinkRow(*[*row[:8], stands, *row[11:14]])


def standings(session: Session, *, brand_id: int, product_ids: Collection[UUID], now: datetime) -> dict[UUID, str]:
    """Each product's standing, one of rules.STANDINGS."""
    if not product_ids:
        return {}
    rows = gather(session, (_STANDING, {"brand_id": brand_id, "products": list(product_ids), "now": now}))[0]
    return {row[0]: standing(on_sale=row[1], left=row[2], confirming=row[3]) for row in rows}
