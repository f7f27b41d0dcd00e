"""What terms are tried on while nothing was sold yet: the cheapest, the typical and the dearest thing in scope, and who would sell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.commission.rules import SEPARATOR
from app.kernel.db import gather

GOODS = """
WITH shelf AS (
  SELECT v.id, v.product_id, p.title, v.sku, p.category, v.commissionable, x.activity_id, coalesce(x.price_minor, v.price_minor) AS price,
         row_number() OVER (ORDER BY coalesce(x.price_minor, v.price_minor), v.id) AS place, count(*) OVER () AS total
  FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id
  LEFT JOIN activity_prices x ON x.brand_id = v.brand_id AND x.variant_id = v.id AND x.activity_id = %(activity_id)s
  WHERE v.brand_id = %(brand_id)s AND v.tombstoned_at IS NULL AND v.status = 'published' AND v.commissionable AND v.price_minor > 0
    AND (%(activity_id)s::uuid IS NULL OR x.id IS NOT NULL)
    AND (%(variant_id)s::uuid IS NULL OR v.id = %(variant_id)s) AND (%(product_id)s::uuid IS NULL OR v.product_id = %(product_id)s)
    AND (%(category)s::text IS NULL OR p.category = %(category)s OR starts_with(p.category, %(category)s || %(separator)s)))
SELECT id, product_id, title, sku, category, commissionable, activity_id, price FROM shelf
WHERE place IN (1, (total + 1) / 2, total) ORDER BY place"""

SELLER = """
SELECT g.id, g.store_id FROM guides g JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
WHERE g.brand_id = %(brand_id)s AND g.status = 'active' AND (%(guide_id)s::uuid IS NULL OR g.id = %(guide_id)s)
  AND (%(guide_level)s::text IS NULL OR g.level = %(guide_level)s) AND (%(store_id)s::uuid IS NULL OR g.store_id = %(store_id)s)
  AND (%(unit_id)s::uuid IS NULL OR strpos(s.path, %(unit_id)s::text) > 0) AND (%(dealer_id)s::uuid IS NULL OR strpos(s.path, %(dealer_id)s::text) > 0)
ORDER BY EXISTS (SELECT FROM split_plans x WHERE x.brand_id = g.brand_id AND x.effective_to IS NULL
                   AND strpos(s.path, x.org_unit_id::text) > coalesce(strpos(s.path, %(unit_id)s::text), 0)), g.referrer_id IS NULL, g.id LIMIT 1"""


@dataclass(frozen=True, slots=True)
class SampleGood:
    """A thing on sale at its price of now, in minor units."""

    variant_id: UUID
    product_id: UUID
    title: str
    sku: str
    category: str
    commissionable: bool
    activity_id: UUID | None
    price_minor: int


def sample_goods(session: Session, *, brand_id: int, scope: Mapping[str, Any]) -> list[SampleGood]:
    """One to three things a rule of this scope (its columns) covers, cheapest first; none when it covers nothing on sale."""
    asked = {name: scope.get(name) or None for name in ("activity_id", "variant_id", "product_id", "category")}
    return [SampleGood(*row) for row in gather(session, (GOODS, {"brand_id": brand_id, "separator": SEPARATOR, **asked}))[0]]


def sample_seller(session: Session, *, brand_id: int, scope: Mapping[str, Any]) -> tuple[UUID, UUID] | None:
    """(guide, store) of somebody the scope covers; `unit_id` is a unit she works below.

    One whose store has no split plan nearer than that unit's comes first, then one with a referrer."""
    asked = {name: scope.get(name) or None for name in ("guide_id", "guide_level", "store_id", "dealer_id", "unit_id")}
    rows = gather(session, (SELLER, {"brand_id": brand_id, **asked}))[0]
    return (rows[0][0], rows[0][1]) if rows else None
