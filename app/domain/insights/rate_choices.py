"""What a commission rule may be narrowed to, and the names of what rules are narrowed to already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.commission.models import CommissionRule
from app.domain.commission.rules import SEPARATOR
from app.kernel.db import gather

MOST = 1000

CATEGORIES = "SELECT DISTINCT category FROM products WHERE brand_id = %(brand_id)s AND category <> '' AND tombstoned_at IS NULL ORDER BY 1 LIMIT %(most)s"
PRODUCTS = "SELECT id, title FROM products WHERE brand_id = %(brand_id)s AND tombstoned_at IS NULL ORDER BY title, id LIMIT %(most)s"
SKUS = """SELECT v.sku, p.title || ' ' || coalesce((SELECT string_agg(value, ' ') FROM jsonb_each_text(v.options)), '')
FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id
WHERE v.brand_id = %(brand_id)s AND v.sku <> '' AND v.tombstoned_at IS NULL ORDER BY v.sku LIMIT %(most)s"""
GUIDES = """SELECT g.id, g.name || ' · ' || s.name FROM guides g JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
WHERE g.brand_id = %(brand_id)s AND g.status IN ('active', 'pending') ORDER BY s.code, g.name, g.id LIMIT %(most)s"""
LEVELS = "SELECT DISTINCT level FROM guides WHERE brand_id = %(brand_id)s AND level <> '' ORDER BY 1 LIMIT 50"
UNITS = """SELECT id, name, kind FROM org_units WHERE brand_id = %(brand_id)s AND kind IN ('store', 'dealer') AND status = 'open'
ORDER BY code LIMIT %(most)s"""
ACTIVITIES = """SELECT a.id, a.name FROM activities a WHERE a.brand_id = %(brand_id)s AND (a.ends_at > %(now)s OR EXISTS (
  SELECT FROM commission_rules r WHERE r.brand_id = a.brand_id AND r.activity_id = a.id AND r.superseded_at IS NULL))
ORDER BY a.starts_at, a.number LIMIT %(most)s"""
NAMES = """
SELECT id, title FROM products WHERE brand_id = %(brand_id)s AND id = ANY(%(products)s)
UNION ALL SELECT v.id, p.title || ' ' || v.sku FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id
  WHERE v.brand_id = %(brand_id)s AND v.id = ANY(%(variants)s)
UNION ALL SELECT id, name FROM guides WHERE brand_id = %(brand_id)s AND id = ANY(%(guides)s)
UNION ALL SELECT id, name FROM org_units WHERE brand_id = %(brand_id)s AND id = ANY(%(units)s)
UNION ALL SELECT id, name FROM activities WHERE brand_id = %(brand_id)s AND id = ANY(%(activities)s)"""


@dataclass(frozen=True, slots=True)
class RateChoices:
    """(value, text) pairs; `categories` has every ancestor of a category in use, `activities` are on, to come, or have a rule."""

    categories: Sequence[str]
    products: Sequence[tuple[UUID, str]]
    skus: Sequence[tuple[str, str]]
    guides: Sequence[tuple[UUID, str]]
    levels: Sequence[str]
    stores: Sequence[tuple[UUID, str]]
    dealers: Sequence[tuple[UUID, str]]
    activities: Sequence[tuple[UUID, str]]


def rate_choices(session: Session, *, brand_id: int, now: datetime) -> RateChoices:
    """At most 1000 of each kind."""
    asked = {"brand_id": brand_id, "most": MOST, "now": now}
    categories, products, skus, guides, levels, units, activities = gather(
        session, *((sql, asked) for sql in (CATEGORIES, PRODUCTS, SKUS, GUIDES, LEVELS, UNITS, ACTIVITIES)))
    return RateChoices(
        sorted({SEPARATOR.join(parts[:depth + 1]) for row in categories for parts in (row[0].split(SEPARATOR),) for depth in range(len(parts))}),
        _pairs(products), _pairs(skus), _pairs(guides), [row[0] for row in levels],
        [(row[0], row[1]) for row in units if row[2] == "store"], [(row[0], row[1]) for row in units if row[2] == "dealer"], _pairs(activities))


def scope_names(session: Session, *, brand_id: int, rules: Iterable[CommissionRule]) -> dict[UUID, str]:
    """Names of the products, SKUs, guides, units and activities that rules are narrowed to."""
    rules = list(rules)
    wanted = {
        "products": {rule.product_id for rule in rules}, "variants": {rule.variant_id for rule in rules},
        "guides": {rule.guide_id for rule in rules}, "units": {unit for rule in rules for unit in (rule.store_id, rule.dealer_id)},
        "activities": {rule.activity_id for rule in rules}}
    asked = {name: [one for one in ids if one] for name, ids in wanted.items()}
    rows = gather(session, (NAMES, {"brand_id": brand_id, **asked}))[0] if any(asked.values()) else []
    return {row[0]: row[1] for row in rows}


def _pairs(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, str]]:
    return [(row[0], str(row[1])) for row in rows]
