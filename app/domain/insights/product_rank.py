"""In which order a guide is shown what she can share: ranked over the whole shelf in one statement, a page of it read.

The weights stand in sharing/rules.py (`WEIGHTS`, `score`). What sold out stands last in every order; in her own what pays her
nothing stands behind what pays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.catalog.freshness import STALE
from app.domain.promotions.prices import LIVE_PRICES
from app.domain.sharing.rules import ENOUGH, USUAL_RETURNS, USUAL_WEIGHT, WEIGHTS, WORST_RETURNS
from app.domain.sharing.shelf_list import DEEPEST_PAGE, ON_SHELF, WANTED, pattern_of
from app.kernel.db import dump_json, gather

SOLD_DAYS, RETURN_DAYS = timedelta(days=30), timedelta(days=90)
SORTS = {"you": "pay = 0, score DESC", "pay": "pay DESC", "sold": "sold DESC", "new": "created_at DESC", "price": "price"}


@dataclass(frozen=True, slots=True)
class Ranked:
    """Why a product stands where it stands. `sold` pieces of all guides in 30 days; `back` of `lately` sold in 90 came back.

    `fit`: which part of what this guide sold in 90 days was of its branch, 0 to 1. `pay_minor` is before rounding, for the order only.
    """

    product_id: UUID
    pay_minor: float
    sold: int
    lately: int
    back: int
    fit: float
    left: int
    created_at: datetime
    score: float


_RATE = ("rate_bp", "unit_minor", "min_minor", "max_minor")
_COLUMNS = "rate_bp int, unit_minor bigint, min_minor bigint, max_minor bigint"
_RANKED = f"""
WITH shelf AS MATERIALIZED (SELECT p.id, p.title, p.title_en, p.position, p.category, p.created_at {ON_SHELF} {WANTED}),
pieces AS (
  SELECT s.id, coalesce(a.price_minor, v.price_minor) AS price, CASE WHEN {STALE} THEN 0 ELSE greatest(v.stock - v.reserved, 0) END AS there,
         v.commissionable, {", ".join(f"CASE WHEN n.variant_id IS NULL THEN k.{one} ELSE n.{one} END AS {one}" for one in _RATE)}
  FROM shelf s JOIN variants v ON v.brand_id = %(brand_id)s AND v.product_id = s.id AND v.status = 'published' AND v.tombstoned_at IS NULL
  LEFT JOIN {LIVE_PRICES} a ON a.variant_id = v.id
  LEFT JOIN jsonb_to_recordset(%(named)s::jsonb) AS n(variant_id uuid, {_COLUMNS}) ON n.variant_id = v.id
  LEFT JOIN jsonb_to_recordset(%(kinds)s::jsonb) AS k(category text, activity text, {_COLUMNS})
    ON k.category = s.category AND k.activity = coalesce(a.activity_id::text, '')),
paid AS (
  SELECT *, CASE WHEN commissionable THEN least(greatest(coalesce(unit_minor, price * rate_bp / 10000.0, 0), min_minor), max_minor,
                                                price * %(cap_bp)s / 10000.0) ELSE 0 END AS pay FROM pieces),
goods AS (
  SELECT s.*, min(q.price) AS price, coalesce(min(q.pay) FILTER (WHERE q.pay > 0), 0)::float AS pay, sum(q.there) AS there
  FROM shelf s JOIN paid q ON q.id = s.id GROUP BY s.id, s.title, s.title_en, s.position, s.category, s.created_at),
sales AS (
  SELECT l.product_id, coalesce(sum(l.quantity) FILTER (WHERE o.placed_at >= %(since)s), 0) AS sold, sum(l.quantity) AS lately, sum(l.refunded_quantity) AS back
  FROM orders o JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id
  WHERE o.brand_id = %(brand_id)s AND o.placed_at >= %(long_since)s AND o.placed_at <= %(now)s AND o.paid_at IS NOT NULL GROUP BY 1),
hers AS (
  SELECT split_part(p.category, ' > ', 1) AS branch, sum(l.quantity) AS pieces, sum(sum(l.quantity)) OVER () AS of_all
  FROM orders o JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id JOIN products p ON p.brand_id = l.brand_id AND p.id = l.product_id
  WHERE o.brand_id = %(brand_id)s AND o.guide_id = %(guide)s AND o.placed_at >= %(long_since)s AND o.placed_at <= %(now)s AND o.paid_at IS NOT NULL
  GROUP BY 1),
known AS (
  SELECT g.*, coalesce(s.sold, 0) AS sold, coalesce(s.lately, 0) AS lately, coalesce(s.back, 0) AS back, coalesce(h.pieces::float / h.of_all, 0) AS fit,
         max(g.pay) OVER () AS best_pay, max(coalesce(s.sold, 0)) OVER () AS best_sold
  FROM goods g LEFT JOIN sales s ON s.product_id = g.id LEFT JOIN hers h ON h.branch = split_part(g.category, ' > ', 1) AND g.category <> ''),
ranked AS (
  SELECT *, %(pay)s * CASE WHEN best_pay > 0 THEN pay / best_pay ELSE 0 END
          + %(sold)s * CASE WHEN best_sold > 0 THEN ln(1 + sold::float) / ln(1 + best_sold::float) ELSE 0 END
          + %(kept)s * (1 - least({WORST_RETURNS} * (back + {USUAL_RETURNS})::float / (lately + {USUAL_WEIGHT}), 1))
          + %(fit)s * fit + %(stock)s * least(there, {ENOUGH})::float / {ENOUGH} AS score FROM known)
SELECT id, pay, sold, lately, back, fit, there, created_at, score, count(*) OVER () FROM ranked
ORDER BY there = 0, {{order}}, position, id LIMIT %(size)s OFFSET %(skip)s"""  # noqa: S608 (pieces are ours)


def ranked_products(session: Session, *, brand_id: int, guide_id: UUID, kinds: Sequence[Mapping[str, Any]], named: Sequence[Mapping[str, Any]], cap_bp: int,
                    sort: str, q: str, category: str, number: int, size: int, now: datetime) -> tuple[list[Ranked], int]:
    """(a page of what is on the shelf, how many there are). `sort` is one of SORTS; a page past the end is empty.

    What pays her comes in: `kinds` a rate for each category and activity ('' for none), `named` for variants some rule names.
    """
    values = {"brand_id": brand_id, "guide": guide_id, "kinds": dump_json(list(kinds)), "named": dump_json(list(named)), "cap_bp": cap_bp, "now": now,
              "since": now - SOLD_DAYS, "long_since": now - RETURN_DAYS, "q": q, "like": pattern_of(q), "category": category, "size": size,
              "skip": (min(max(number, 1), DEEPEST_PAGE) - 1) * size, **WEIGHTS}
    rows = gather(session, (_RANKED.format(order=SORTS[sort]), values))[0]
    return [Ranked(row[0], row[1], int(row[2]), int(row[3]), int(row[4]), float(row[5]), int(row[6]), row[7], float(row[8])) for row in rows], (
        rows[0][9] if rows else 0)
