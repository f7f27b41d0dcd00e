"""What each product pays a guide, before she shares it: the rate she would get now, and why (R3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.commission.rules import Rule, Sale, resolve
from app.domain.orders.facts import read_seller, read_terms
from app.kernel.money import share_of


@dataclass(frozen=True, slots=True)
class Pay:
    """Per piece, in minor units, over the product's variants. `rate_bp` (None for a fixed amount) and `trace` explain the lowest."""

    lowest_minor: int
    highest_minor: int
    rate_bp: int | None
    trace: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Priced:
    """A variant as far as pay is concerned."""

    variant_id: UUID
    product_id: UUID
    category: str
    commissionable: bool
    price_minor: int


def show_pay(session: Session, *, brand_id: int, guide_id: UUID, variants: Sequence[Priced], now: datetime) -> dict[UUID, Pay]:
    """product id → what one piece pays this guide at the list price of now, without coupons."""
    seller, _ = read_seller(session, brand_id=brand_id, guide_id=guide_id, store_id=None)
    if seller is None or not variants:
        return {}
    _, units = read_seller(session, brand_id=brand_id, guide_id=None, store_id=seller.store_id)
    rows, _ = read_terms(session, brand_id=brand_id, goods=variants, guide_id=guide_id, units=units, now=now)
    rules = [Rule(*row) for row in rows]
    kinds = {unit.kind: unit.id for unit in units}
    pays: dict[UUID, Pay] = {}
    for variant in variants:
        found = resolve(rules, Sale(variant.variant_id, variant.product_id, variant.category, variant.commissionable, now, guide_id,
                                    seller.level, kinds.get("store"), kinds.get("dealer")))
        amount = found.amount_minor if found.amount_minor is not None else share_of(variant.price_minor, found.rate_bp or 0)
        known = pays.get(variant.product_id)
        if known is None or amount < known.lowest_minor:
            pays[variant.product_id] = Pay(amount, max(known.highest_minor, amount) if known else amount, found.rate_bp, found.trace)
        elif amount > known.highest_minor:
            pays[variant.product_id] = replace(known, highest_minor=amount)
    return pays
