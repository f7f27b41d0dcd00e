"""Who gets what of one line and why: platform, guide and referrer by the ladder, units by the split plan, the brand the rest (R2, R3, R22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from app.domain.brands.rules import FeePlan
from app.domain.commission.rules import Resolved, Rule, Sale, resolve
from app.domain.orders.baskets import Allocation
from app.domain.orders.facts import House, PlanShare, Seller, Unit
from app.domain.splits.rules import Claim, cap_together, divide

Ask = tuple[Claim, dict[str, Any]]


class Sold(Protocol):
    """As much of a thing as its shares depend on."""

    @property
    def variant_id(self) -> UUID: ...
    @property
    def product_id(self) -> UUID: ...
    @property
    def category(self) -> str: ...
    @property
    def commissionable(self) -> bool: ...
    @property
    def activity_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every line of one basket. `channel` decides the platform's fee (R28)."""

    house: House
    seller: Seller | None
    units: Sequence[Unit]
    rules: Sequence[Rule]
    plan: Sequence[PlanShare]
    channel: str
    now: datetime

    @property
    def fee_bp(self) -> int:
        return self.house.fee_plan.fee_bp(self.channel, self.now) if self.house.fee_plan else 0

    def resolve(self, sold: Sold) -> Resolved:
        return resolve(self.rules, self.sale(sold))

    def sale(self, sold: Sold) -> Sale:
        """What the ladder is asked about."""
        store, dealer = self.unit("store"), self.unit("dealer")
        return Sale(
            sold.variant_id, sold.product_id, sold.category, sold.commissionable, self.now,
            guide_id=self.seller.guide_id if self.seller else None, guide_level=self.seller.level if self.seller else "",
            store_id=store.id if store else None, dealer_id=dealer.id if dealer else None, activity_id=sold.activity_id)

    def unit(self, kind: str) -> Unit | None:
        return next((unit for unit in self.units if unit.kind == kind), None)

    def payer(self, funder: str) -> UUID | None:
        """Whose share pays a store's or a guide's coupon: the selling store's own, the guide's own (R7)."""
        party = self.unit("store") if funder == "store" else self.seller
        return party.payee_id if party else None


def allocate(sold: Sold, quantity: int, base: int, terms: Terms) -> list[Allocation]:
    """Every party's share of one line; the brand is last and takes the remainder."""
    asks = _asks(sold, quantity, base, terms)
    amounts, rest = divide(base, [claim for claim, _ in asks], guard_bp=terms.house.guard_bp)
    shares = []
    for (claim, details), amount in zip(asks, amounts, strict=True):
        asked = details.pop("asked", claim)
        trace = dict(details.pop("trace"), base_minor=base)
        if amount < asked.rounded_down(base):
            trace["cut_from_minor"] = asked.of(base)
        shares.append(Allocation(role=claim.role, amount_minor=amount, rate_bp=claim.rate_bp, trace=trace, **details))
    shares.append(Allocation("brand", terms.house.payees["brand"], "", rest, None, {"rung": "remainder", "base_minor": base}))
    return shares


def _asks(sold: Sold, quantity: int, base: int, terms: Terms) -> list[Ask]:
    asks: list[Ask] = [(Claim("platform", terms.fee_bp), {"payee_id": terms.house.payees["platform"], "payee_name": "",
                                                         "trace": _fee_trace(terms.house.fee_plan, terms)})]
    if terms.seller:
        asks += _capped(_commission_asks(terms.resolve(sold), quantity, terms.seller, two_levels=terms.house.two_levels), base, terms.house)
    return asks + _split_asks(terms)


def _fee_trace(plan: FeePlan | None, terms: Terms) -> dict[str, Any]:
    trace: dict[str, Any] = {"rung": "platform_fee", "rate_bp": terms.fee_bp, "channel": terms.channel}
    if plan:
        trace["plan"] = plan.number
        if terms.now < plan.free_until:
            trace["free_until"] = plan.free_until.isoformat()
    return trace


def _commission_asks(found: Resolved, quantity: int, seller: Seller, *, two_levels: bool) -> list[Ask]:
    """Fixed amounts, floors and ceilings of a rule are per unit."""
    def times(unit_minor: int | None) -> int | None:
        return None if unit_minor is None else unit_minor * quantity

    frozen = {"rule_id": found.rule_id, "rule_version": found.rule_version}
    asks: list[Ask] = [(
        Claim("guide", found.rate_bp, times(found.amount_minor), times(found.min_minor), times(found.max_minor)),
        {"payee_id": seller.payee_id, "payee_name": seller.name, "guide_id": seller.guide_id, "trace": found.trace, **frozen})]
    if two_levels and found.referrer_bp and seller.referrer_payee_id and seller.referrer_active:
        asks.append((Claim("referrer", found.referrer_bp), {
            "payee_id": seller.referrer_payee_id, "payee_name": seller.referrer_name, "guide_id": seller.referrer_id,
            "trace": {"rung": "referrer", "rule": found.trace["rule"], "version": found.trace["version"], "since": found.trace["since"],
                      "rate_bp": found.referrer_bp}, **frozen}))
    return asks


def _capped(asks: list[Ask], base: int, house: House) -> list[Ask]:
    """Guide and referrer together take at most the brand's cap (R19): the referrer gives way first."""
    claims = cap_together([claim for claim, _ in asks], base, house.commission_cap_bp)
    return [(capped, {**details, "asked": claim}) if capped is not claim else (claim, details)
            for capped, (claim, details) in zip(claims, asks, strict=True)]


def _split_asks(terms: Terms) -> list[Ask]:
    """Shares of the plan for units that exist on this order; a share whose unit is not there stays with the brand.

    Who fulfils is not known yet: that share waits on a house payee until a parcel says who shipped (flows.ship_order).
    """
    asks: list[Ask] = []
    for share in terms.plan:
        unit = terms.unit(share.role)
        payee_id = share.payee_id or (unit.payee_id if unit else None)
        if payee_id is None and share.role == "fulfilling_store":
            payee_id = terms.house.payees["fulfilment"]
        if payee_id is None:
            continue
        limits = {name: limit for name, limit in (("min_minor", share.min_minor), ("max_minor", share.max_minor)) if limit is not None}
        asks.append((Claim(share.role, share.rate_bp, None, share.min_minor, share.max_minor), {
            "payee_id": payee_id, "payee_name": share.payee_name or (unit.name if unit else ""), "split_plan_id": share.plan_id,
            "org_unit_id": unit.id if unit else None,
            "trace": {"rung": "split_plan", "plan": share.plan_number, "rate_bp": share.rate_bp, **limits}}))
    return asks


def funded(shares: Sequence[Allocation], role: str, payee_id: UUID | None, amount: int) -> list[Allocation]:
    """The same shares, with what this payee gives of hers for a coupon of her own (R7)."""
    return [replace(share, funded_minor=amount) if (share.role, share.payee_id) == (role, payee_id) else share for share in shares]
