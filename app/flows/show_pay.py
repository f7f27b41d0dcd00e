"""What each product pays a guide, before she shares it: the rate she would get now, and why (R3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.brands.rules import GUIDE_LINK
from app.domain.commission.rules import Rule
from app.domain.orders.baskets import Allocation
from app.domain.orders.facts import read_house, read_seller, read_terms
from app.flows.share_line import Terms, allocate


@dataclass(frozen=True, slots=True)
class Pay:
    """Per piece, in minor units, over the product's variants that pay; `unpaid` of them do not, or `lowest_minor` is 0 and none does.

    `rate_bp` (None for a fixed amount) and `trace` explain the lowest.
    """

    lowest_minor: int
    highest_minor: int
    rate_bp: int | None
    trace: dict[str, Any]
    unpaid: int = 0


@dataclass(frozen=True, slots=True)
class Priced:
    """A variant as far as pay is concerned: what one piece costs by her link, and of which activity that price is."""

    variant_id: UUID
    product_id: UUID
    category: str
    commissionable: bool
    price_minor: int
    activity_id: UUID | None = None


def show_pay(session: Session, *, brand_id: int, guide_id: UUID, variants: Sequence[Priced], now: datetime) -> dict[UUID, Pay]:
    """product id → what one piece pays this guide at the price of now, without coupons: what an order would freeze for her."""
    seller, _ = read_seller(session, brand_id=brand_id, guide_id=guide_id, store_id=None)
    if seller is None or not variants:
        return {}
    _, units = read_seller(session, brand_id=brand_id, guide_id=None, store_id=seller.store_id)
    rows, plan = read_terms(session, brand_id=brand_id, goods=variants, guide_id=guide_id, units=units, now=now)
    terms = Terms(read_house(session, brand_id=brand_id, now=now), seller, units, [Rule(*row) for row in rows], plan, GUIDE_LINK, now)
    pays: dict[UUID, Pay] = {}
    for variant in variants:
        share = next(one for one in allocate(variant, 1, variant.price_minor, terms) if one.role == "guide")
        pays[variant.product_id] = _with(pays.get(variant.product_id), share)
    return pays


def _with(known: Pay | None, share: Allocation) -> Pay:
    one = Pay(share.amount_minor, share.amount_minor, share.rate_bp, share.trace, int(not share.amount_minor))
    if known is None:
        return one
    unpaid = known.unpaid + one.unpaid
    if not one.lowest_minor:
        return replace(known, unpaid=unpaid)
    if not known.lowest_minor or one.lowest_minor < known.lowest_minor:
        return replace(one, highest_minor=max(known.highest_minor, one.highest_minor), unpaid=unpaid)
    return replace(known, highest_minor=max(known.highest_minor, one.highest_minor), unpaid=unpaid)
