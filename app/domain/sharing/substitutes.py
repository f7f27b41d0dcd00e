"""What a link leads on to when its product cannot be bought: the brand's own choice, else what is nearest to it on the shelf."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.catalog.freshness import STALE
from app.kernel.db import gather

from .shelf_list import ON_SHELF, TILES, ShelfTile, tiles_of

MOST = 4
LOOKED_AT = 200
"""Products nearest by category that are compared; a shop of a hundred thousand answers as fast as a small one."""
DEEPEST = 10

IN_STOCK = f"""(SELECT min(v.price_minor) FROM variants v WHERE v.brand_id = p.brand_id AND v.product_id = p.id AND v.status = 'published'
AND v.tombstoned_at IS NULL AND v.stock > v.reserved AND NOT {STALE})"""  # noqa: S608 (pieces are ours)
"""The lowest price at which something of product `p` can be bought now; NULL for nothing."""

_CHOSEN = f"""WITH RECURSIVE chain AS (
  SELECT substitute_id AS id, 1 AS depth FROM products WHERE brand_id = %(brand_id)s AND id = %(product)s
  UNION ALL SELECT n.substitute_id, c.depth + 1 FROM chain c JOIN products n ON n.brand_id = %(brand_id)s AND n.id = c.id WHERE c.depth < {DEEPEST})
SELECT p.id, p.title, p.title_en, p.position, c.depth AS rank FROM products p JOIN chain c ON c.id = p.id
WHERE p.brand_id = %(brand_id)s AND p.status = 'published' AND p.tombstoned_at IS NULL AND p.id <> %(product)s AND {IN_STOCK} IS NOT NULL
ORDER BY c.depth LIMIT 1"""  # noqa: S608 (pieces are ours)
"""The substitute named, or its own when it is gone too. A circle, should a fault make one, is walked no deeper than DEEPEST."""

_NEAR = f"""SELECT x.id, x.title, x.title_en, x.position, row_number() OVER (
  ORDER BY x.far, NOT x.price * 2 BETWEEN %(price)s AND %(price)s * 3, array_position(%(popular)s::uuid[], x.id), x.position, x.id) AS rank
FROM (SELECT y.*, min(y.far) OVER () AS nearest FROM (
  SELECT p.id, p.title, p.title_en, p.position, p.far, {IN_STOCK} AS price FROM (
    SELECT p.*, coalesce((SELECT min(b.far) FROM unnest(%(branches)s::text[]) WITH ORDINALITY AS b(name, far)
                          WHERE p.category = b.name OR starts_with(p.category, b.name || ' > ')), {DEEPEST}) AS far
    {ON_SHELF} AND p.id <> %(product)s ORDER BY far, array_position(%(popular)s::uuid[], p.id), p.position, p.id LIMIT {LOOKED_AT}) p) y
  WHERE y.price IS NOT NULL) x
WHERE x.far < {DEEPEST} OR x.nearest = {DEEPEST} ORDER BY rank LIMIT {MOST}"""  # noqa: S608 (pieces are ours)
"""The nearest branch of categories first; in it prices from half to one and a half times, then best sellers. Another branch only
if nothing of its own is in stock."""


def substitutes(session: Session, *, brand_id: int, product_id: UUID, category: str, price_minor: int, popular: Sequence[UUID], now: datetime,
                by_link: bool) -> tuple[bool, list[ShelfTile]]:
    """(whether the brand chose it, at most MOST tiles in stock). `popular` products, best sellers first; `price_minor` what it cost."""
    values = {"brand_id": brand_id, "product": product_id, "now": now, "by_link": by_link, "price": price_minor, "popular": list(popular),
              "branches": branches(category)}
    chosen, near = gather(session, (TILES.format(chosen=_CHOSEN, only=""), values), (TILES.format(chosen=_NEAR, only=""), values))
    return bool(chosen), tiles_of(chosen or near)


def branches(category: str) -> list[str]:
    """'A > B > C' → ['A > B > C', 'A > B', 'A']: the nearest first, as deep as DEEPEST allows."""
    parts = category.split(" > ") if category else []
    return [" > ".join(parts[:end]) for end in range(len(parts), 0, -1)][:DEEPEST - 1]
