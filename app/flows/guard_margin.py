"""Before rates, plans or fees are saved: no order may cost more than its base less the brand's margin (R22).

For every moment at which terms change, every store and every rule that can apply there, the cheapest thing the rule
covers is split: what fits there fits on everything dearer. The first that does not fit refuses the change, with its
numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.models import BrandSettings
from app.domain.catalog.models import Product, Variant
from app.domain.commission.queries import as_rule, current_rules
from app.domain.commission.rules import Rule, in_force
from app.domain.commission.shelf import Item, Shelf
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.splits.models import SplitPlan
from app.domain.splits.queries import ancestry, current_plans, plan_for
from app.domain.splits.rules import Claim, exceeds
from app.kernel.errors import Refused
from app.kernel.locks import one_at_a_time

SAMPLE_MINOR = 100_000
"""What a rule is tried on while nothing it covers is on sale: 1,000.00."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """One order that would not fit."""

    store: str
    rule: int | None
    base_minor: int
    asked_minor: int
    over_minor: int
    at: datetime


def guard_margin(session: Session, *, brand_id: int, now: datetime, field: str = "rate_bp") -> None:
    """Refuses (and so rolls back) terms under which some order could exceed; call it after the change, before commit."""
    overrun = next(overruns(session, brand_id=brand_id, now=now), None)
    if overrun:
        raise Refused(
            "exceeds_base", "超出可分金额：%(store)s 卖 %(base_minor)d 分的商品时，各方合计要 %(asked_minor)d 分，多出 %(over_minor)d 分", field=field,
            store=overrun.store, base_minor=overrun.base_minor, asked_minor=overrun.asked_minor, over_minor=overrun.over_minor)


def overruns(session: Session, *, brand_id: int, now: datetime) -> Iterator[Overrun]:
    """Every combination that does not fit, earliest moment first."""
    one_at_a_time(session, f"terms:{brand_id}")
    settings = session.scalars(select(BrandSettings)).one()
    rules = [as_rule(row) for row in current_rules(session, brand_id=brand_id, now=now)]
    plans = current_plans(session, brand_id=brand_id, now=now)
    stores = list(session.scalars(select(OrgUnit).where(OrgUnit.kind == "store", OrgUnit.status == "open")))
    kinds = {row[0]: row[1] for row in session.execute(select(OrgUnit.id, OrgUnit.kind))}
    homes = {row[0]: row[1] for row in session.execute(select(Guide.id, Guide.store_id))}
    items = _items(session)
    for at in sorted({now, *(moment for moment in _moments(rules, plans) if moment > now)}):
        live = [rule for rule in rules if in_force(rule, at)]
        yield from _at(at, settings, live, plans, stores, kinds, homes, Shelf(live, items))


def _at(at: datetime, settings: BrandSettings, rules: Sequence[Rule], plans: Sequence[SplitPlan], stores: Sequence[OrgUnit],
        kinds: dict[UUID, str], homes: dict[UUID, UUID], shelf: Shelf) -> Iterator[Overrun]:
    tried: set[tuple[object, ...]] = set()
    for store in [*stores, None]:
        above = {kinds[unit_id]: unit_id for unit_id in (ancestry(store) if store else []) if unit_id in kinds}
        plan = plan_for(store, plans, at)
        shared = _plan_claims(plan, above)
        place = shelf.place(above.get("store"), above.get("dealer"))
        for rule in [*(rule for rule in rules if _reaches(rule, above, homes)), None]:
            key = (plan.id if plan else None, frozenset(above), rule.id if rule else None, place)
            if key not in tried:
                tried.add(key)
                if rule is None or shelf.visible(rule, place):
                    yield from _try(at, settings, rule, shared, shelf.cheapest(rule, place) or SAMPLE_MINOR, store.name if store else "品牌")


def _try(at: datetime, settings: BrandSettings, rule: Rule | None, shared: Sequence[Claim], base: int, store: str) -> Iterator[Overrun]:
    claims = [Claim("platform", settings.platform_fee_bp), *shared]
    if rule:
        claims.append(Claim("guide", rule.rate_bp, rule.amount_minor))
        if settings.two_levels and rule.referrer_bp:
            claims.append(Claim("referrer", rule.referrer_bp))
    over = exceeds(base, claims, guard_bp=settings.guard_bp)
    if over:
        yield Overrun(store, rule.number if rule else None, base, sum(claim.of(base) for claim in claims), over, at)


def _plan_claims(plan: SplitPlan | None, above: dict[str, UUID]) -> list[Claim]:
    return [Claim(share.role, share.rate_bp, None, share.min_minor, share.max_minor) for share in (plan.shares if plan else ())
            if share.payee_id or share.role in above]


def _reaches(rule: Rule, above: dict[str, UUID], homes: dict[UUID, UUID]) -> bool:
    """Whether a guide of this store could sell under the rule."""
    return (rule.store_id in (None, above.get("store")) and rule.dealer_id in (None, above.get("dealer"))
            and (rule.guide_id is None or homes.get(rule.guide_id) == above.get("store")))


def _moments(rules: Sequence[Rule], plans: Sequence[SplitPlan]) -> Iterator[datetime]:
    terms: list[Rule | SplitPlan] = [*rules, *plans]
    for term in terms:
        yield term.effective_from
        if term.effective_to:
            yield term.effective_to


def _items(session: Session) -> list[Item]:
    """Everything that is sold or may be put on sale again; what is gone upstream is not."""
    rows = session.execute(
        select(Variant.id, Variant.product_id, Product.category, Variant.price_minor, Variant.commissionable)
        .join(Product, (Product.id == Variant.product_id) & (Product.brand_id == Variant.brand_id)).where(Variant.tombstoned_at.is_(None)))
    return [Item(*row) for row in rows]
