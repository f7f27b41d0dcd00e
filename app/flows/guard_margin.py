"""Before rates, plans, fees, places or settings change: no order may cost more than its base less the brand's margin (R22).

For every moment at which terms change, every store and every rule that can apply there, the cheapest thing the rule
covers is split: what fits there fits on everything dearer. The first that does not fit refuses the change, with its
numbers. Goods that become cheaper are not refused: `overruns` tells them to who looks, and they do not stand in the way of
other changes, as long as those make nothing worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.fees import as_fee_plan, fee_plan_at, fee_plans
from app.domain.brands.models import Brand, BrandSettings, PlatformFeePlan
from app.domain.brands.rules import GUIDE_LINK, STOREFRONT
from app.domain.commission.queries import as_rule, current_rules
from app.domain.commission.rules import Rule, in_force
from app.domain.commission.shelf import Item, Shelf
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.promotions.models import Activity, ActivityPrice
from app.domain.splits.models import SplitPlan
from app.domain.splits.queries import ancestry, current_plans, plan_for
from app.domain.splits.rules import Claim, exceeds
from app.kernel.db import gather
from app.kernel.errors import Refused, msgid
from app.kernel.locks import one_at_a_time
from app.kernel.money import FULL_BP, decimal_text

SAMPLE_MINOR = 100_000
"""What a rule is tried on while nothing it covers is on sale: 1,000.00."""
SAYS = {
    "exceeds_base": (msgid("规则 R-%(rule)d 超出可分金额：%(store)s 卖 %(base)s 的商品时，各方合计要 %(asked)s，多出 %(over)s"),
                     msgid("超出可分金额：%(store)s 卖 %(base)s 的商品时，各方合计要 %(asked)s，多出 %(over)s")),
    "exceeds_cap": (msgid("规则 R-%(rule)d 超出佣金上限：%(store)s 卖 %(base)s 的商品时，导购和推荐人合计要 %(asked)s，多出 %(over)s"), ""),
}
"""Code of the refusal → what is said with a rule, and without one."""
CHEAPEST = """
SELECT DISTINCT ON (p.category, v.commissionable, n.product, n.variant) v.id, v.product_id, p.category, v.price_minor, v.commissionable
FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id CROSS JOIN LATERAL (SELECT
  CASE WHEN v.product_id IN (SELECT unnest(%(products)s::uuid[])) THEN v.product_id END AS product,
  CASE WHEN v.id IN (SELECT unnest(%(variants)s::uuid[])) THEN v.id END AS variant) n
WHERE v.brand_id = %(brand_id)s AND v.tombstoned_at IS NULL
ORDER BY p.category, v.commissionable, n.product, n.variant, v.price_minor, v.id"""
Standing = dict[tuple[object, ...], int]
Ask = tuple[str, Sequence[Claim], int]
"""What is asked of a base: code when it is too much, the claims, and the part that is not theirs, in basis points."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """One order that would not fit. `code` says what it exceeds: the base less the margin, or the commission cap."""

    code: str
    store: str
    rule: int | None
    rule_id: UUID | None
    plan_id: UUID | None
    variant_id: UUID | None
    base_minor: int
    asked_minor: int
    over_minor: int
    at: datetime


@contextmanager
def guarded(session: Session, *, brand_id: int, now: datetime, field: str | None = "rate_bp") -> Iterator[None]:
    """Around a change of terms, places or settings: refuses (and so rolls back) one under which more orders exceed than before."""
    one_at_a_time(session, f"terms:{brand_id}")
    standing = standing_overruns(session, brand_id=brand_id, now=now)
    yield
    session.flush()
    guard_margin(session, brand_id=brand_id, now=now, field=field, standing=standing)


def guard_margin(session: Session, *, brand_id: int, now: datetime, field: str | None = "rate_bp", standing: Standing | None = None) -> None:
    """Refuses terms under which some order exceeds that did not stand there before; call it after the change, before commit."""
    one_at_a_time(session, f"terms:{brand_id}")
    overrun = next(worse(overruns(session, brand_id=brand_id, now=now), standing or {}), None)
    if overrun:
        raise refusal(overrun, currency=session.scalars(select(Brand.currency).where(Brand.id == brand_id)).one(), field=field)


def standing_overruns(session: Session, *, brand_id: int, now: datetime) -> Standing:
    """What exceeds already, by how much."""
    found: Standing = {}
    for overrun in overruns(session, brand_id=brand_id, now=now):
        found[_same(overrun)] = max(overrun.over_minor, found.get(_same(overrun), 0))
    return found


def worse(found: Iterable[Overrun], standing: Standing) -> Iterator[Overrun]:
    """Overruns that are new, or larger than they were. Another version of a rule is another rule: it has to fit."""
    return (overrun for overrun in found if overrun.over_minor > standing.get(_same(overrun), 0))


def _same(overrun: Overrun) -> tuple[object, ...]:
    return overrun.code, overrun.rule_id, overrun.plan_id, overrun.variant_id


def refusal(overrun: Overrun, *, currency: str, field: str | None = None) -> Refused:
    """Names the rule, the store and the numbers; amounts are in minor units under `*_minor`, and as text."""
    amounts = {"base": overrun.base_minor, "asked": overrun.asked_minor, "over": overrun.over_minor}
    return Refused(
        overrun.code, SAYS[overrun.code][0 if overrun.rule else 1], field=field, store=overrun.store, rule=overrun.rule or 0, currency=currency,
        **{f"{name}_minor": amount for name, amount in amounts.items()},
        **{name: f"{currency} {decimal_text(amount, currency)}" for name, amount in amounts.items()})


def overruns(session: Session, *, brand_id: int, now: datetime) -> Iterator[Overrun]:
    """Every combination that does not fit, earliest moment first."""
    trial = _Trial(session, brand_id, now)
    for at in sorted({now, *(moment for moment in trial.moments() if moment > now)}):
        yield from trial.at(at)


class _Trial:
    """All of a brand's terms and places, and the goods that decide, read once."""

    def __init__(self, session: Session, brand_id: int, now: datetime) -> None:
        self.settings = session.scalars(select(BrandSettings).where(BrandSettings.brand_id == brand_id)).one()
        self.house = session.scalars(select(Brand.name).where(Brand.id == brand_id)).one()
        self.rules = [as_rule(row) for row in current_rules(session, brand_id=brand_id, now=now)]
        self.plans = current_plans(session, brand_id=brand_id, now=now)
        self.fees = fee_plans(session, brand_id=brand_id)
        self.stores = list(session.scalars(select(OrgUnit).where(OrgUnit.kind == "store", OrgUnit.status == "open")))
        self.kinds = {row[0]: row[1] for row in session.execute(select(OrgUnit.id, OrgUnit.kind))}
        self.homes = {row[0]: row[1] for row in session.execute(select(Guide.id, Guide.store_id))}
        self.activities = list(session.scalars(select(Activity).where(Activity.ends_at > now)))
        self.items = _items(session, brand_id, self.rules, self.activities)

    def moments(self) -> Iterator[datetime]:
        """When terms or prices change."""
        terms: list[Rule | SplitPlan] = [*self.rules, *self.plans]
        for term in terms:
            yield term.effective_from
            if term.effective_to:
                yield term.effective_to
        for fee in self.fees:
            yield fee.effective_from
            yield as_fee_plan(fee).free_until
        for activity in self.activities:
            yield activity.starts_at
            yield activity.ends_at

    def at(self, at: datetime) -> Iterator[Overrun]:
        live = [rule for rule in self.rules if in_force(rule, at)]
        shelf, fee = Shelf(live, [*self.items.values(), *self._on_offer(at)]), fee_plan_at(self.fees, at)
        bottom = shelf.cheapest()
        lowest = min(bottom.price_minor, SAMPLE_MINOR) if bottom else SAMPLE_MINOR
        tried: set[tuple[object, ...]] = set()
        for store in [*self.stores, None]:
            above = {self.kinds[unit_id]: unit_id for unit_id in (ancestry(store) if store else []) if unit_id in self.kinds}
            plan = plan_for(store, self.plans, at)
            place = shelf.place(above.get("store"), above.get("dealer"))
            for rule in [*(rule for rule in live if self._reaches(rule, above)), None]:
                key = (plan.id if plan else None, frozenset(above), rule.id if rule else None, place)
                if key in tried:
                    continue
                tried.add(key)
                asks = self._asks(plan, above, rule, fee, at)
                if _too_much(asks, lowest) and (rule is None or shelf.visible(rule, place)):
                    yield from self._try(at, store, plan, rule, asks, shelf.cheapest(rule, place))

    def _try(self, at: datetime, store: OrgUnit | None, plan: SplitPlan | None, rule: Rule | None, asks: Sequence[Ask], item: Item | None) -> Iterator[Overrun]:
        base = item.price_minor if item else SAMPLE_MINOR
        found = _too_much(asks, base)
        if found:
            (code, claims, _), over = found
            yield Overrun(code, store.name if store else self.house, rule.number if rule else None, rule.id if rule else None,
                          plan.id if plan else None, item.variant_id if item else None, base, sum(claim.of(base) for claim in claims), over, at)

    def _asks(self, plan: SplitPlan | None, above: dict[str, UUID], rule: Rule | None, fee: PlatformFeePlan | None, at: datetime) -> Sequence[Ask]:
        commission = self._commission(rule)
        every = [Claim("platform", _fee_bp(fee, rule, at)), *_plan_claims(plan, above), *commission]
        return ("exceeds_base", every, self.settings.guard_bp), ("exceeds_cap", commission, FULL_BP - self.settings.commission_cap_bp)

    def _commission(self, rule: Rule | None) -> list[Claim]:
        """Of one piece."""
        if rule is None:
            return []
        guide = Claim("guide", rule.rate_bp, rule.amount_minor, rule.min_minor, rule.max_minor)
        return [guide, Claim("referrer", rule.referrer_bp)] if self.settings.two_levels and rule.referrer_bp else [guide]

    def _reaches(self, rule: Rule, above: dict[str, UUID]) -> bool:
        """Whether a guide of this store could sell under the rule."""
        return (rule.store_id in (None, above.get("store")) and rule.dealer_id in (None, above.get("dealer"))
                and (rule.guide_id is None or self.homes.get(rule.guide_id) == above.get("store")))

    def _on_offer(self, at: datetime) -> Iterator[Item]:
        """Things at the prices of the activities that are on."""
        for activity in self.activities:
            prices: Sequence[ActivityPrice] = activity.prices if activity.starts_at <= at < activity.ends_at else ()
            for price in prices:
                item = self.items.get(price.variant_id)
                if item:
                    yield Item(item.variant_id, item.product_id, item.category, price.price_minor, item.commissionable, activity.id)


def _too_much(asks: Sequence[Ask], base: int) -> tuple[Ask, int] | None:
    """The first that overruns this base, and by how much. What fits on a base fits on every dearer one."""
    overs = ((ask, exceeds(base, ask[1], guard_bp=ask[2])) for ask in asks)
    return next(((ask, over) for ask, over in overs if over), None)


def _fee_bp(fee: PlatformFeePlan | None, rule: Rule | None, at: datetime) -> int:
    """A guide's order came by her link; an order nobody earns may have come either way."""
    if fee is None:
        return 0
    plan = as_fee_plan(fee)
    return plan.fee_bp(GUIDE_LINK, at) if rule else max(plan.fee_bp(channel, at) for channel in (GUIDE_LINK, STOREFRONT))


def _plan_claims(plan: SplitPlan | None, above: dict[str, UUID]) -> list[Claim]:
    """Somebody always ships; any other share without a payee needs its unit on the order."""
    return [Claim(share.role, share.rate_bp, None, share.min_minor, share.max_minor) for share in (plan.shares if plan else ())
            if share.payee_id or share.role == "fulfilling_store" or share.role in above]


def _items(session: Session, brand_id: int, rules: Sequence[Rule], activities: Sequence[Activity]) -> dict[UUID, Item]:
    """Of what is sold or may be put on sale again (what is gone upstream is not), the cheapest of all that no rule tells apart."""
    told_apart = {"brand_id": brand_id, "products": [rule.product_id for rule in rules if rule.product_id],
                  "variants": [*(rule.variant_id for rule in rules if rule.variant_id), *(price.variant_id for one in activities for price in one.prices)]}
    return {row[0]: Item(*row) for row in gather(session, (CHEAPEST, told_apart))[0]}
