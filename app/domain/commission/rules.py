"""The ladder of R3: which rate applies to a sale. First match from the top wins, and the trace says what was passed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

RUNGS = ("no_commission", "alliance", "activity", "guide_variant", "variant", "guide_category", "category", "guide",
         "group", "default")
"""R3 in order. `variant` is SKU (a variant, then its product), `group` is guide level, store or dealer."""
SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Rule:
    """A commission rule as the ladder sees it; None does not narrow. Exactly one of rate_bp and amount_minor (per unit).

    `min_minor` and `max_minor` bound what a rate pays per unit.
    """

    id: UUID
    number: int
    version: int
    effective_from: datetime
    effective_to: datetime | None = None
    rate_bp: int | None = None
    amount_minor: int | None = None
    referrer_bp: int = 0
    variant_id: UUID | None = None
    product_id: UUID | None = None
    category: str | None = None
    guide_id: UUID | None = None
    guide_level: str | None = None
    store_id: UUID | None = None
    dealer_id: UUID | None = None
    activity_id: UUID | None = None
    min_minor: int | None = None
    max_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """What is sold by whom: the facts a rule may ask for."""

    variant_id: UUID
    product_id: UUID
    category: str
    commissionable: bool
    at: datetime
    guide_id: UUID | None = None
    guide_level: str = ""
    store_id: UUID | None = None
    dealer_id: UUID | None = None
    activity_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The rate found (one of rate_bp, amount_minor; both 0/None means no commission) and why, for freezing (R4).

    amount, min and max are per unit.
    """

    rate_bp: int | None
    amount_minor: int | None
    referrer_bp: int
    rule_id: UUID | None
    rule_version: int | None
    trace: dict[str, Any]
    min_minor: int | None = None
    max_minor: int | None = None


def rung_of(rule: Rule) -> str:
    """The rung a rule stands on, from what it asks for."""
    return "activity" if rule.activity_id else _rung_without_activity(rule)


def _rung_without_activity(rule: Rule) -> str:
    if rule.variant_id or rule.product_id:
        return "guide_variant" if rule.guide_id else "variant"
    if rule.category:
        return "guide_category" if rule.guide_id else "category"
    if rule.guide_id:
        return "guide"
    return "group" if rule.store_id or rule.dealer_id or rule.guide_level else "default"


def order_key(rule: Rule) -> tuple[Any, ...]:
    """The one visible order: rung, then the narrower rule, then the one in force since later.

    Rules of an activity stand among themselves as they would without it: guide×SKU before SKU, SKU before category …
    """
    depth = len(rule.category.split(SEPARATOR)) if rule.category else 0
    narrowness = (rule.variant_id is not None, rule.product_id is not None, depth, rule.store_id is not None,
                  rule.dealer_id is not None, bool(rule.guide_level))
    return (RUNGS.index(rung_of(rule)), RUNGS.index(_rung_without_activity(rule)), *(-int(part) for part in narrowness),
            -rule.effective_from.timestamp(), -rule.number, -rule.version)


def in_force(rule: Rule, at: datetime) -> bool:
    """Half-open: [effective_from, effective_to) (R33)."""
    return rule.effective_from <= at and (rule.effective_to is None or at < rule.effective_to)


def covers(category: str, of: str) -> bool:
    """Whether `of` is the category or lies below it."""
    return of == category or of.startswith(category + SEPARATOR)


def applies(rule: Rule, sale: Sale) -> bool:
    return (
        in_force(rule, sale.at)
        and (rule.variant_id in (None, sale.variant_id))
        and (rule.product_id in (None, sale.product_id))
        and (rule.category is None or covers(rule.category, sale.category))
        and (rule.guide_id in (None, sale.guide_id))
        and (rule.guide_level in (None, sale.guide_level))
        and (rule.store_id in (None, sale.store_id))
        and (rule.dealer_id in (None, sale.dealer_id))
        and (rule.activity_id in (None, sale.activity_id))
    )


def resolve(rules: Iterable[Rule], sale: Sale) -> Resolved:
    """The rate of one sale with its trace. No rule at all pays nothing."""
    return found(next((rule for rule in sorted(rules, key=order_key) if applies(rule, sale)), None), sale)


def found(rule: Rule | None, sale: Sale) -> Resolved:
    """What the first rule that applies says of a sale."""
    if not sale.commissionable:
        return Resolved(0, None, 0, None, None, {"rung": "no_commission"})
    return _told(rule) if rule else Resolved(0, None, 0, None, None, {"rung": "none"})


def _told(rule: Rule) -> Resolved:
    trace: dict[str, Any] = {"rung": rung_of(rule), "rule": rule.number, "version": rule.version,
                             "since": rule.effective_from.isoformat()}
    if rule.category:
        trace["category"] = rule.category
    if rule.rate_bp is not None:
        trace["rate_bp"] = rule.rate_bp
    else:
        trace["unit_minor"] = rule.amount_minor
    trace |= {name: limit for name, limit in (("unit_min_minor", rule.min_minor), ("unit_max_minor", rule.max_minor)) if limit is not None}
    return Resolved(rule.rate_bp, rule.amount_minor, rule.referrer_bp, rule.id, rule.version, trace, rule.min_minor, rule.max_minor)


def _scope(rule: Rule) -> tuple[Any, ...]:
    return (rule.variant_id, rule.product_id, rule.category, rule.guide_id, rule.guide_level, rule.store_id, rule.dealer_id, rule.activity_id)


def hides(upper: Rule, lower: Rule) -> bool:
    """Whether `upper` stands above `lower`, asks for nothing `lower` does not, and is in force whenever `lower` is."""
    asks = all(u is None or u == low or (isinstance(u, str) and isinstance(low, str) and i == 2 and covers(u, low))
               for i, (u, low) in enumerate(zip(_scope(upper), _scope(lower), strict=True)))
    in_time = upper.effective_from <= lower.effective_from and (
        upper.effective_to is None or (lower.effective_to is not None and lower.effective_to <= upper.effective_to))
    return asks and in_time and order_key(upper) < order_key(lower)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a rule can decide: variants inside its product scope (and its activity), those that pay commission, the activity's period."""

    sellable: int
    commissionable: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def never_matches(rule: Rule, others: Sequence[Rule], reach: Reach, *, now: datetime) -> str | None:
    """Why a rule can never match, or None (R3): past, activity_over, activity_apart, no_product, activity_goods, no_commission, hidden."""
    if rule.effective_to is not None and rule.effective_to <= now:
        return "past"
    if reach.ends_at is not None and reach.ends_at <= now:
        return "activity_over"
    if reach.ends_at is not None and reach.starts_at is not None and not (
            rule.effective_from < reach.ends_at and (rule.effective_to is None or reach.starts_at < rule.effective_to)):
        return "activity_apart"
    if reach.sellable == 0:
        return "activity_goods" if rule.activity_id else "no_product"
    if reach.commissionable == 0:
        return "no_commission"
    return "hidden" if any(hides(other, rule) for other in others if other.id != rule.id) else None
