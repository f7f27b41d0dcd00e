"""Everything a quote needs to know, read in two round trips of raw SQL (each statement names its brand)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.brands.rules import FeePlan
from app.domain.catalog.freshness import STALE
from app.domain.promotions.prices import joined_activity
from app.kernel.db import gather

from .baskets import Basket
from .candidates import as_candidate, competing_for
from .rules import Candidate

BY_LINK = "(%(guide)s::uuid IS NOT NULL OR EXISTS (SELECT FROM share_links k WHERE k.brand_id = v.brand_id AND k.code = %(code)s))"
GOODS = f"""
SELECT v.id, v.product_id, p.title, v.sku, v.options, coalesce(a.price_minor, v.price_minor), greatest(v.stock - v.reserved, 0), v.commissionable,
       p.category, v.status = 'published' AND p.status = 'published' AND v.tombstoned_at IS NULL AND p.tombstoned_at IS NULL,
       v.price_minor, a.activity_id, a.number, {STALE}
FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id
{joined_activity(BY_LINK)}
WHERE v.brand_id = %(brand_id)s AND v.id = ANY(%(variants)s)"""  # noqa: S608 (pieces are ours)

HOUSE = """
SELECT b.currency, b.timezone, s.guard_bp, s.commission_cap_bp, s.attribution_window_days, s.payment_minutes, s.shipping_fee_minor,
       s.free_shipping_from_minor, s.two_levels, s.after_sale_days, s.attribution_model, s.self_purchase,
       (SELECT jsonb_object_agg(party, id) FROM payees WHERE brand_id = b.id AND party IN ('brand', 'platform', 'clearing', 'fulfilment')),
       EXISTS (SELECT FROM webhook_endpoints w WHERE w.brand_id = b.id AND w.active),
       f.id, f.number, f.rate_bp, f.storefront_bp, f.free_days, f.effective_from
FROM brands b JOIN brand_settings s ON s.brand_id = b.id
LEFT JOIN LATERAL (SELECT * FROM platform_fee_plans f WHERE f.brand_id = b.id AND f.effective_from <= %(now)s
                   ORDER BY f.effective_from DESC, f.number DESC LIMIT 1) f ON true
WHERE b.id = %(brand_id)s"""

SELLER = """
SELECT g.id, g.name, g.level, g.store_id, g.payee_id, r.id, r.name, r.payee_id, r.status = 'active', g.status = 'active'
FROM guides g LEFT JOIN guides r ON r.brand_id = g.brand_id AND r.id = g.referrer_id
WHERE g.brand_id = %(brand_id)s AND g.id = %(guide)s"""

ANCESTRY = """
SELECT u.id, u.kind, u.name, u.payee_id, length(u.path) FROM org_units s
JOIN org_units u ON u.brand_id = s.brand_id AND u.id = ANY (string_to_array(trim(BOTH '/' FROM s.path), '/')::uuid[])
WHERE s.brand_id = %(brand_id)s AND s.id = %(store)s"""

RULES = """
SELECT r.id, r.number, r.version, r.effective_from, r.effective_to, r.rate_bp, r.amount_minor, r.referrer_bp, r.variant_id,
       r.product_id, r.category, r.guide_id, r.guide_level, r.store_id, r.dealer_id, r.activity_id, r.min_minor, r.max_minor
FROM commission_rules r
WHERE r.brand_id = %(brand_id)s AND r.effective_from <= %(now)s AND (r.effective_to IS NULL OR r.effective_to > %(now)s)
  AND (r.variant_id IS NULL OR r.variant_id = ANY(%(variants)s)) AND (r.product_id IS NULL OR r.product_id = ANY(%(products)s))
  AND (r.guide_id IS NULL OR r.guide_id = %(guide)s) AND (r.store_id IS NULL OR r.store_id = ANY(%(units)s))
  AND (r.dealer_id IS NULL OR r.dealer_id = ANY(%(units)s))"""

PLAN = """
SELECT p.id, p.number, s.role, s.rate_bp, s.min_minor, s.max_minor, s.payee_id, y.name
FROM (SELECT p.id, p.number FROM split_plans p LEFT JOIN org_units u ON u.brand_id = p.brand_id AND u.id = p.org_unit_id
      WHERE p.brand_id = %(brand_id)s AND p.effective_from <= %(now)s AND (p.effective_to IS NULL OR p.effective_to > %(now)s)
        AND (p.org_unit_id IS NULL OR p.org_unit_id = ANY(%(units)s))
      ORDER BY length(u.path) DESC NULLS LAST, p.effective_from DESC, p.number DESC LIMIT 1) p
JOIN split_shares s ON s.brand_id = %(brand_id)s AND s.plan_id = p.id
LEFT JOIN payees y ON y.brand_id = s.brand_id AND y.id = s.payee_id
ORDER BY s.position"""

COUPONS = """
SELECT id, code, funder, amount_minor, minimum_minor, starts_at, ends_at, max_uses - used_count, org_unit_id, guide_id
FROM coupons WHERE brand_id = %(brand_id)s AND code = ANY(%(coupons)s)"""


@dataclass(frozen=True, slots=True)
class Good:
    """`confirming`: its stock is not believed until the flagship has been read again, so it is not sold."""

    variant_id: UUID
    product_id: UUID
    title: str
    sku: str
    options: dict[str, Any]
    price_minor: int
    sellable: int
    commissionable: bool
    category: str
    on_sale: bool
    list_price_minor: int
    activity_id: UUID | None
    activity_number: int | None
    confirming: bool


@dataclass(frozen=True, slots=True)
class House:
    """The brand's own terms at this moment; `fee_plan` is the platform's."""

    currency: str
    timezone: str
    guard_bp: int
    commission_cap_bp: int
    window_days: int
    payment_minutes: int
    shipping_fee_minor: int
    free_shipping_from_minor: int
    two_levels: bool
    after_sale_days: int
    attribution_model: str
    self_purchase: str
    payees: dict[str, UUID]
    has_webhooks: bool
    fee_plan: FeePlan | None


@dataclass(frozen=True, slots=True)
class Seller:
    guide_id: UUID
    name: str
    level: str
    store_id: UUID
    payee_id: UUID
    referrer_id: UUID | None
    referrer_name: str | None
    referrer_payee_id: UUID | None
    referrer_active: bool | None
    active: bool


@dataclass(frozen=True, slots=True)
class Unit:
    id: UUID
    kind: str
    name: str
    payee_id: UUID
    depth: int


@dataclass(frozen=True, slots=True)
class PlanShare:
    plan_id: UUID
    plan_number: int
    role: str
    rate_bp: int
    min_minor: int | None
    max_minor: int | None
    payee_id: UUID | None
    payee_name: str | None


@dataclass(frozen=True, slots=True)
class CouponFact:
    id: UUID
    code: str
    funder: str
    amount_minor: int
    minimum_minor: int
    starts_at: datetime
    ends_at: datetime
    left: int
    org_unit_id: UUID | None
    guide_id: UUID | None


def read_goods(session: Session, *, brand_id: int, basket: Basket, now: datetime) -> tuple[dict[UUID, Good], House, list[Candidate], list[CouponFact]]:
    """First trip: goods, the brand's terms, who might earn the order (touches of the last 90 days), coupons."""
    goods, house, competing, coupons = gather(
        session,
        (GOODS, {"brand_id": brand_id, "variants": [line.variant_id for line in basket.lines], "now": now, "code": basket.share_code,
                 "guide": basket.guide_id}),
        (HOUSE, {"brand_id": brand_id, "now": now}),
        competing_for(brand_id, basket, now),
        (COUPONS, {"brand_id": brand_id, "coupons": list(basket.coupon_codes)}),
    )
    candidates = [as_candidate(brand_id, basket, row) for row in competing]
    return {row[0]: Good(*row) for row in goods}, _house(house[0]), candidates, [CouponFact(*row) for row in coupons]


def read_house(session: Session, *, brand_id: int, now: datetime) -> House:
    """The brand's terms alone."""
    return _house(gather(session, (HOUSE, {"brand_id": brand_id, "now": now}))[0][0])


def _house(row: Sequence[Any]) -> House:
    payees = {party: UUID(payee) for party, payee in row[12].items()}
    return House(*[*row[:12], payees, row[13], FeePlan(*row[14:]) if row[14] else None])


def read_seller(session: Session, *, brand_id: int, guide_id: UUID | None, store_id: UUID | None) -> tuple[Seller | None, list[Unit]]:
    """Second trip, first half: who sells and where she belongs, nearest unit first."""
    sellers, units = gather(
        session,
        (SELLER, {"brand_id": brand_id, "guide": guide_id}),
        (ANCESTRY, {"brand_id": brand_id, "store": store_id}),
    )
    return (Seller(*sellers[0]) if sellers else None), sorted((Unit(*row) for row in units), key=lambda unit: -unit.depth)


class Sold(Protocol):
    """As much of a thing as the ladder asks for."""

    @property
    def variant_id(self) -> UUID: ...
    @property
    def product_id(self) -> UUID: ...


def read_terms(session: Session, *, brand_id: int, goods: Sequence[Sold], guide_id: UUID | None, units: Sequence[Unit],
               now: datetime) -> tuple[list[tuple[Any, ...]], list[PlanShare]]:
    """Rules that could apply to these goods for this seller, and the shares of the nearest plan in force."""
    unit_ids = [unit.id for unit in units]
    rules, plan = gather(
        session,
        (RULES, {"brand_id": brand_id, "now": now, "guide": guide_id, "units": unit_ids,
                 "variants": [good.variant_id for good in goods], "products": [good.product_id for good in goods]}),
        (PLAN, {"brand_id": brand_id, "now": now, "units": unit_ids}),
    )
    return list(rules), [PlanShare(*row) for row in plan]
