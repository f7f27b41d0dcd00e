"""Which rules can never match (R3), over all rules at once: two reads however many rules there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import product
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.commission.models import CommissionRule
from app.domain.commission.queries import as_rule, current_rules
from app.domain.commission.rules import SEPARATOR, Reach, Rule, never_matches
from app.kernel.db import gather

VARIANTS = """SELECT CASE WHEN v.id IN (SELECT unnest(%(variants)s::uuid[])) THEN v.id END, CASE WHEN v.product_id IN (SELECT unnest(%(products)s::uuid[]))
    THEN v.product_id END, p.category, v.commissionable, w.activities, count(*)
FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id LEFT JOIN (
  SELECT variant_id, array_agg(activity_id ORDER BY activity_id) AS activities FROM activity_prices
  WHERE brand_id = %(brand_id)s AND activity_id = ANY(%(activities)s) GROUP BY variant_id) w ON w.variant_id = v.id
WHERE v.brand_id = %(brand_id)s AND v.tombstoned_at IS NULL GROUP BY 1, 2, 3, 4, 5"""
"""Variants that no rule tells apart are counted together."""

ACTIVITIES = "SELECT id, starts_at, ends_at FROM activities WHERE brand_id = %(brand_id)s AND id = ANY(%(activities)s)"

NO_COMMISSION = "SELECT count(*) FROM variants WHERE brand_id = %(brand_id)s AND NOT commissionable AND tombstoned_at IS NULL"


def idle_rules(session: Session, *, brand_id: int, now: datetime) -> list[tuple[CommissionRule, str]]:
    """Rules that can never match, with why (`rules.never_matches`)."""
    rows = current_rules(session, brand_id=brand_id, now=now)
    if not rows:
        return []
    rules = [as_rule(row) for row in rows]
    counted = _Counted(session, brand_id, rules)
    verdicts = [never_matches(rule, rules[:place], counted.reach(rule), now=now) for place, rule in enumerate(rules)]
    return [(row, why) for row, why in zip(rows, verdicts, strict=True) if why]


def no_commission_count(session: Session, *, brand_id: int) -> int:
    """Variants that pay no commission at all, the ladder's first rung."""
    return int(gather(session, (NO_COMMISSION, {"brand_id": brand_id}))[0][0][0])


class _Counted:
    """How many variants, and commissionable ones, each product scope has: in the catalogue, and in each activity."""

    def __init__(self, session: Session, brand_id: int, rules: Sequence[Rule]) -> None:
        self.all: Counter[tuple[object, UUID | None]] = Counter()
        self.paying: Counter[tuple[object, UUID | None]] = Counter()
        asked = {"brand_id": brand_id, "activities": [rule.activity_id for rule in rules if rule.activity_id],
                 "variants": [rule.variant_id for rule in rules if rule.variant_id], "products": [rule.product_id for rule in rules if rule.product_id]}
        variants, periods = gather(session, (VARIANTS, asked), (ACTIVITIES, asked))
        self.periods = {row[0]: (row[1], row[2]) for row in periods}
        for variant_id, product_id, category, commissionable, within, count in variants:
            scopes = dict.fromkeys(product({variant_id, product_id, None, *_with_ancestors(category)}, (None, *(within or ()))), count)
            self.all.update(scopes)
            if commissionable:
                self.paying.update(scopes)

    def reach(self, rule: Rule) -> Reach:
        scope: UUID | str | None = rule.variant_id or rule.product_id or rule.category
        if not scope and not rule.activity_id:
            return Reach(1, 1)
        starts_at, ends_at = self.periods.get(rule.activity_id, (None, None)) if rule.activity_id else (None, None)
        return Reach(self.all[scope, rule.activity_id], self.paying[scope, rule.activity_id], starts_at, ends_at)


def _with_ancestors(category: str) -> list[str]:
    parts = category.split(SEPARATOR)
    return [SEPARATOR.join(parts[:depth + 1]) for depth in range(len(parts))] if category else []
