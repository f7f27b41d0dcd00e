"""What is asked and what is answered before an order exists: basket and quote."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from .rules import Attribution


@dataclass(frozen=True, slots=True)
class BasketLine:
    variant_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Basket:
    """`share_code` is the link the shopper came by (at `shared_at`, else now), `visitor` her first-party id (for earlier touches).

    `guide_id` or `guide_number` is who served her, `store_code` the store she names. `customer_id`: she has proved who she is, or,
    a `guest`, has typed a phone; `account_id`: a guide is signed in in the same browser (R20).
    """

    lines: tuple[BasketLine, ...]
    share_code: str | None = None
    visitor: str | None = None
    guide_id: UUID | None = None
    coupon_codes: tuple[str, ...] = ()
    shared_at: datetime | None = None
    guide_number: str = ""
    store_code: str = ""
    customer_id: UUID | None = None
    guest: bool = False
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """One party's share of one line, in minor units, with its rate and the trace that explains it.

    `funded_minor` is what this party gives of it for a coupon of its own (R7): it receives the difference.
    """

    role: str
    payee_id: UUID
    payee_name: str
    amount_minor: int
    rate_bp: int | None
    trace: dict[str, Any]
    rule_id: UUID | None = None
    rule_version: int | None = None
    split_plan_id: UUID | None = None
    guide_id: UUID | None = None
    org_unit_id: UUID | None = None
    funded_minor: int = 0

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.funded_minor


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """list price → unit price (an activity's, if one is on) × quantity = gross; gross − brand discount = base; base − what
    platform, store and guide fund = paid (R5, R7). Allocations sum to the base (R34).
    """

    variant_id: UUID
    product_id: UUID
    title: str
    sku: str
    options: dict[str, Any]
    quantity: int
    list_price_minor: int
    activity_id: UUID | None
    unit_price_minor: int
    gross_minor: int
    brand_discount_minor: int
    platform_discount_minor: int
    store_discount_minor: int
    guide_discount_minor: int
    base_minor: int
    paid_minor: int
    sellable: int
    allocations: tuple[Allocation, ...]


@dataclass(frozen=True, slots=True)
class AppliedCoupon:
    id: UUID
    code: str
    funder: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Quote:
    currency: str
    timezone: str
    lines: tuple[QuoteLine, ...]
    gross_minor: int
    discount_minor: int
    shipping_minor: int
    total_minor: int
    channel: str
    platform_fee_bp: int
    platform_fee_plan_id: UUID | None
    payment_minutes: int
    attribution: Attribution
    house: dict[str, UUID]
    coupons: tuple[AppliedCoupon, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)
