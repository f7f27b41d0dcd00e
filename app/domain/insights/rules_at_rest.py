"""Which rules can never match (R3), over all rules at once: two reads however many rules there are."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.commission.models import CommissionRule
from app.domain.commission.queries import as_rule, current_rules
from app.domain.commission.rules import SEPARATOR, Rule, never_matches
from app.kernel.db import gather

VARIANTS = """SELECT v.id, v.product_id, p.category, v.commissionable FROM variants v
JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id WHERE v.brand_id = %(brand_id)s AND v.tombstoned_at IS NULL"""

NO_COMMISSION = "SELECT count(*) FROM variants WHERE brand_id = %(brand_id)s AND NOT commissionable AND tombstoned_at IS NULL"


def idle_rules(session: Session, *, brand_id: int, now: datetime) -> list[tuple[CommissionRule, str]]:
    """Rules that can never match, with why: no_product, no_commission or hidden."""
    rows = current_rules(session, brand_id=brand_id, now=now)
    if not rows:
        return []
    reach = _Reach(session, brand_id)
    rules = [as_rule(row) for row in rows]
    verdicts = [never_matches(rule, rules[:place], now=now, **reach.counts(rule)) for place, rule in enumerate(rules)]
    return [(row, why) for row, why in zip(rows, verdicts, strict=True) if why]


def no_commission_count(session: Session, *, brand_id: int) -> int:
    """Variants that pay no commission at all, the ladder's first rung."""
    return int(gather(session, (NO_COMMISSION, {"brand_id": brand_id}))[0][0][0])


class _Reach:
    """How many variants, and commissionable ones, each product scope has."""

    def __init__(self, session: Session, brand_id: int) -> None:
        self.all: Counter[object] = Counter()
        self.paying: Counter[object] = Counter()
        for variant_id, product_id, category, commissionable in gather(session, (VARIANTS, {"brand_id": brand_id}))[0]:
            scopes = [variant_id, product_id, *_with_ancestors(category)]
            self.all.update(scopes)
            if commissionable:
                self.paying.update(scopes)

    def counts(self, rule: Rule) -> dict[str, int]:
        scope: UUID | str | None = rule.variant_id or rule.product_id or rule.category
        return {"sellable": self.all[scope], "commissionable": self.paying[scope]} if scope else {"sellable": 1, "commissionable": 1}


def _with_ancestors(category: str) -> list[str]:
    parts = category.split(SEPARATOR)
    return [SEPARATOR.join(parts[:depth + 1]) for depth in range(len(parts))] if category else []
