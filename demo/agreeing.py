"""Rates, split plans and coupons are agreed: the tables of terms.py become rules, by the actions the console uses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.commission.actions import add_rule
from app.domain.commission.models import CommissionRule
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.promotions.actions import add_coupon
from app.domain.promotions.activities import add_activity
from app.domain.promotions.models import Activity
from app.domain.splits.actions import add_plan
from app.flows.guard_margin import guard_margin, guarded
from app.kernel.tenancy import BrandSession
from demo.colleagues import act_for
from demo.shelf import product_of, variant_of
from demo.story import OPS
from demo.terms import BRAND_PLAN, COUPONS, OWN_COUPONS, OWN_PLANS, RAISED, RATES, SHIPPER_PLAN, Rate, Share, Special


def agree(session: BrandSession, *, brand_id: int, midnight: datetime, now: datetime) -> list[str]:
    """Everything that was agreed before the first order; the warnings the console would show."""
    if session.scalar(select(CommissionRule.id).limit(1)):
        return []
    act_for(session, OPS)
    warnings = [f"{rate.name}: {why}" for rate in RATES for why in _add_rate(session, brand_id, rate, now)]
    add_plan(session, brand_id=brand_id, org_unit_id=None, shares=_shares(BRAND_PLAN), now=now)
    for code, shares in OWN_PLANS.items():
        add_plan(session, brand_id=brand_id, org_unit_id=_unit(session, code), shares=_shares(shares), now=now)
    guard_margin(session, brand_id=brand_id, now=now)
    for ticket in (*COUPONS, *OWN_COUPONS):
        add_coupon(session, brand_id=brand_id, code=ticket.code, name=ticket.name, funder=ticket.funder, amount_minor=ticket.amount_minor,
                   org_unit_id=_unit(session, ticket.owner) if ticket.funder == "store" else None,
                   guide_id=_guide(session, ticket.owner) if ticket.funder == "guide" else None,
                   minimum_minor=ticket.minimum_minor, starts_at=now, ends_at=midnight + timedelta(days=ticket.last_day + 1),
                   max_uses=ticket.max_uses)
    return warnings


def raise_rate(session: BrandSession, *, brand_id: int, now: datetime) -> None:
    """A new version of a rule: from now on, for new orders (R4)."""
    old = next(rate for rate in RATES if rate.name == RAISED.replaces)
    rule = session.scalars(select(CommissionRule.id).where(
        CommissionRule.number == RATES.index(old) + 1, CommissionRule.superseded_at.is_(None))).one()
    _add_rate(session, brand_id, RAISED, now, replaces=rule)
    guard_margin(session, brand_id=brand_id, now=now)


def pay_shippers(session: BrandSession, *, brand_id: int, now: datetime) -> None:
    """A new plan for the whole brand: whoever ships has a share of its own."""
    with guarded(session, brand_id=brand_id, now=now):
        add_plan(session, brand_id=brand_id, org_unit_id=None, shares=_shares(SHIPPER_PLAN), now=now)


def open_activity(session: BrandSession, special: Special, *, brand_id: int, ends_at: datetime, now: datetime) -> None:
    """Its prices hold at once, for who comes by a guide's link; its own rate goes before all others (R3)."""
    with guarded(session, brand_id=brand_id, now=now):
        add_activity(session, brand_id=brand_id, name=special.name, ends_at=ends_at, now=now,
                     prices={variant_of(session, sku): price for sku, price in special.prices.items()})
        if special.rate:
            _add_rate(session, brand_id, special.rate, now)


def _add_rate(session: BrandSession, brand_id: int, rate: Rate, now: datetime, replaces: UUID | None = None) -> list[str]:
    _, warnings = add_rule(session, brand_id=brand_id, scope=_scope(session, rate), rate_bp=rate.rate_bp, amount_minor=rate.each_minor,
                           min_minor=rate.min_minor, max_minor=rate.max_minor, replaces=replaces, now=now)
    return warnings


def _scope(session: BrandSession, rate: Rate) -> dict[str, Any]:
    scope: dict[str, Any] = {"category": rate.category}
    if rate.sku:
        scope["variant_id"] = variant_of(session, rate.sku)
    if rate.product:
        scope["product_id"] = product_of(session, rate.product)
    if rate.guide:
        scope["guide_id"] = _guide(session, rate.guide)
    if rate.store:
        scope["store_id"] = _unit(session, rate.store)
    if rate.activity:
        scope["activity_id"] = session.scalars(select(Activity.id).where(Activity.name == rate.activity)).one()
    return scope


def _guide(session: BrandSession, number: str) -> UUID:
    return session.scalars(select(Guide.id).where(Guide.employee_no == number)).one()


def _unit(session: BrandSession, code: str) -> UUID:
    return session.scalars(select(OrgUnit.id).where(OrgUnit.code == code)).one()


def _shares(shares: tuple[Share, ...]) -> list[dict[str, Any]]:
    return [{"role": share.role, "rate_bp": share.rate_bp, "min": share.min_minor, "max": share.max_minor} for share in shares]
