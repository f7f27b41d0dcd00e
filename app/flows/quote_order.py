"""A shopper asks what a basket costs; the answer also says what each party would get and why (R3, R5, R7, R22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.commission.rules import Resolved, Rule, Sale, resolve
from app.domain.orders.baskets import Allocation, AppliedCoupon, Basket, Quote, QuoteLine
from app.domain.orders.facts import CouponFact, Good, House, PlanShare, Seller, Unit, read_goods, read_seller, read_terms
from app.domain.orders.rules import MAX_LINES, MAX_QUANTITY, Attribution, attribute
from app.domain.splits.rules import Claim, divide, spread
from app.kernel.errors import Conflict, NotFound, Refused, msgid
from app.kernel.texts import clean


def quote_order(session: Session, *, brand_id: int, basket: Basket, now: datetime, check_stock: bool = True) -> Quote:
    """Prices, discounts, shares and attribution as they would be frozen now. Nothing is written.

    Refuses bad quantities (field lines.N.quantity), unknown variants, sold-out goods and coupons that do not apply.
    """
    basket = _cleaned(basket)
    wanted = _wanted(basket)
    goods, house, candidates, coupons = read_goods(session, brand_id=brand_id, basket=basket, now=now)
    _refuse_unavailable(wanted, goods, check_stock=check_stock)
    attribution = _chosen(session, brand_id, basket) or attribute(candidates, window_days=house.window_days, now=now)
    seller, units = read_seller(session, brand_id=brand_id, guide_id=attribution.guide_id, store_id=attribution.store_id)
    rules, plan = read_terms(session, brand_id=brand_id, goods=list(goods.values()), guide_id=attribution.guide_id, units=units, now=now)
    terms = _Terms(house, seller, units, [Rule(*row) for row in rules], plan, now)
    return _quote(wanted, goods, coupons, basket, terms, attribution)


class _Terms:
    """What holds for every line of this basket."""

    def __init__(self, house: House, seller: Seller | None, units: Sequence[Unit], rules: Sequence[Rule], plan: Sequence[PlanShare],
                 now: datetime) -> None:
        self.house, self.seller, self.units, self.rules, self.plan, self.now = house, seller, units, rules, plan, now

    def resolve(self, good: Good) -> Resolved:
        store, dealer = self.unit("store"), self.unit("dealer")
        return resolve(self.rules, Sale(
            good.variant_id, good.product_id, good.category, good.commissionable, self.now,
            guide_id=self.seller.guide_id if self.seller else None, guide_level=self.seller.level if self.seller else "",
            store_id=store.id if store else None, dealer_id=dealer.id if dealer else None))

    def unit(self, kind: str) -> Unit | None:
        return next((unit for unit in self.units if unit.kind == kind), None)


def _cleaned(basket: Basket) -> Basket:
    """Codes as they are stored: without what cannot be printed, coupons in upper case."""
    return replace(basket, share_code=clean(basket.share_code) or None, visitor=clean(basket.visitor) or None,
                   coupon_codes=tuple(clean(code).upper() for code in basket.coupon_codes))


def _chosen(session: Session, brand_id: int, basket: Basket) -> Attribution | None:
    """R8: a guide chosen at checkout comes before any touch, unless she may not sell; NotFound for nobody's id."""
    if basket.guide_id is None:
        return None
    seller, _ = read_seller(session, brand_id=brand_id, guide_id=basket.guide_id, store_id=None)
    if seller is None:
        raise NotFound("guide", basket.guide_id)
    return Attribution("last_touch", seller.guide_id, seller.store_id) if seller.active else None


def _wanted(basket: Basket) -> dict[UUID, int]:
    """Quantities by variant, in basket order; the same variant twice is one line."""
    if not basket.lines:
        raise Refused("basket_empty", "还没有选商品", field="lines")
    if len(basket.lines) > MAX_LINES:
        raise Refused("too_many_lines", "一单最多 %(most)d 种商品", field="lines", most=MAX_LINES)
    wanted: dict[UUID, int] = {}
    for position, line in enumerate(basket.lines):
        total = wanted.get(line.variant_id, 0) + line.quantity
        if line.quantity < 1 or total > MAX_QUANTITY:
            raise Refused("quantity_invalid", "数量要在 1 到 %(most)d 之间", field=f"lines.{position}.quantity", most=MAX_QUANTITY)
        wanted[line.variant_id] = total
    return wanted


def _refuse_unavailable(wanted: dict[UUID, int], goods: dict[UUID, Good], *, check_stock: bool) -> None:
    for position, (variant_id, quantity) in enumerate(wanted.items()):
        good = goods.get(variant_id)
        if good is None:
            raise NotFound("variant", variant_id)
        if check_stock and (not good.on_sale or good.sellable < quantity):
            left = good.sellable if good.on_sale else 0
            raise Conflict("out_of_stock", "“%(title)s”库存不足，还剩 %(left)d 件", field=f"lines.{position}.quantity",
                           title=good.title, left=left, variant_id=str(variant_id))


def _quote(wanted: dict[UUID, int], goods: dict[UUID, Good], coupons: Sequence[CouponFact], basket: Basket, terms: _Terms,
           attribution: Attribution) -> Quote:
    gross = [goods[variant_id].price_minor * quantity for variant_id, quantity in wanted.items()]
    applied = _apply_coupons(basket.coupon_codes, coupons, sum(gross), terms.now)
    by_brand = spread(sum(c.amount_minor for c in applied if c.funder == "brand"), gross)
    base = [g - d for g, d in zip(gross, by_brand, strict=True)]
    by_platform = spread(sum(c.amount_minor for c in applied if c.funder == "platform"), base)
    lines = tuple(
        _line(goods[variant_id], quantity, gross[i], by_brand[i], by_platform[i], terms)
        for i, (variant_id, quantity) in enumerate(wanted.items()))
    paid = sum(line.paid_minor for line in lines)
    shipping = _shipping(paid, terms.house)
    return Quote(
        currency=terms.house.currency, timezone=terms.house.timezone, lines=lines, gross_minor=sum(gross), discount_minor=sum(gross) - paid,
        shipping_minor=shipping, total_minor=paid + shipping, platform_fee_bp=terms.house.platform_fee_bp,
        payment_minutes=terms.house.payment_minutes, attribution=attribution, house=terms.house.payees, coupons=applied,
        notes={"has_webhooks": terms.house.has_webhooks})


def _shipping(paid_minor: int, house: House) -> int:
    free = house.free_shipping_from_minor and paid_minor >= house.free_shipping_from_minor
    return 0 if free else house.shipping_fee_minor


def _line(good: Good, quantity: int, gross: int, by_brand: int, by_platform: int, terms: _Terms) -> QuoteLine:
    base = gross - by_brand
    return QuoteLine(
        variant_id=good.variant_id, product_id=good.product_id, title=good.title, sku=good.sku, options=good.options, quantity=quantity,
        unit_price_minor=good.price_minor, gross_minor=gross, brand_discount_minor=by_brand, platform_discount_minor=by_platform,
        base_minor=base, paid_minor=base - by_platform, sellable=good.sellable,
        allocations=tuple(allocate(good, quantity, base, terms)))


def allocate(good: Good, quantity: int, base: int, terms: _Terms) -> list[Allocation]:
    """Every party's share of one line; the brand is last and takes the remainder (R2, R22)."""
    asks = list(_asks(good, quantity, terms))
    amounts, rest = divide(base, [claim for claim, _ in asks], guard_bp=terms.house.guard_bp)
    shares = []
    for (claim, details), amount in zip(asks, amounts, strict=True):
        trace = dict(details.pop("trace"), base_minor=base)
        if amount < claim.rounded_down(base):
            trace["cut_from_minor"] = claim.of(base)
        shares.append(Allocation(role=claim.role, amount_minor=amount, rate_bp=claim.rate_bp, trace=trace, **details))
    shares.append(Allocation("brand", terms.house.payees["brand"], "", rest, None, {"rung": "remainder", "base_minor": base}))
    return shares


def _asks(good: Good, quantity: int, terms: _Terms) -> list[tuple[Claim, dict[str, Any]]]:
    house, seller = terms.house, terms.seller
    asks: list[tuple[Claim, dict[str, Any]]] = [
        (Claim("platform", house.platform_fee_bp), {"payee_id": house.payees["platform"], "payee_name": "",
                                                    "trace": {"rung": "platform_fee", "rate_bp": house.platform_fee_bp}})]
    if seller:
        asks += _commission_asks(terms.resolve(good), quantity, seller, two_levels=house.two_levels)
    asks += _split_asks(terms)
    return asks


def _commission_asks(found: Resolved, quantity: int, seller: Seller, *, two_levels: bool) -> list[tuple[Claim, dict[str, Any]]]:
    fixed = found.amount_minor * quantity if found.amount_minor is not None else None
    frozen = {"rule_id": found.rule_id, "rule_version": found.rule_version}
    asks: list[tuple[Claim, dict[str, Any]]] = [
        (Claim("guide", found.rate_bp, fixed), {"payee_id": seller.payee_id, "payee_name": seller.name, "guide_id": seller.guide_id,
                                                "trace": found.trace, **frozen})]
    if two_levels and found.referrer_bp and seller.referrer_payee_id and seller.referrer_active:
        asks.append((Claim("referrer", found.referrer_bp), {
            "payee_id": seller.referrer_payee_id, "payee_name": seller.referrer_name, "guide_id": seller.referrer_id,
            "trace": {**found.trace, "rung": "referrer", "rate_bp": found.referrer_bp}, **frozen}))
    return asks


def _split_asks(terms: _Terms) -> list[tuple[Claim, dict[str, Any]]]:
    """Shares of the plan for units that exist on this order; a share whose unit is not there stays with the brand."""
    asks: list[tuple[Claim, dict[str, Any]]] = []
    for share in terms.plan:
        unit = terms.unit(share.role) if share.role != "fulfilling_store" else None
        payee_id = share.payee_id or (unit.payee_id if unit else None)
        if payee_id is None:
            continue
        asks.append((Claim(share.role, share.rate_bp, None, share.min_minor, share.max_minor), {
            "payee_id": payee_id, "payee_name": share.payee_name or (unit.name if unit else ""), "split_plan_id": share.plan_id,
            "org_unit_id": unit.id if unit else None,
            "trace": {"rung": "split_plan", "plan": share.plan_number, "rate_bp": share.rate_bp,
                      **({"min_minor": share.min_minor} if share.min_minor is not None else {}),
                      **({"max_minor": share.max_minor} if share.max_minor is not None else {})}}))
    return asks


def _apply_coupons(codes: Sequence[str], coupons: Sequence[CouponFact], gross: int, now: datetime) -> tuple[AppliedCoupon, ...]:
    """Each code once; a code that does not apply is refused with the reason (R27)."""
    known = {coupon.code: coupon for coupon in coupons}
    applied: list[AppliedCoupon] = []
    left = gross
    for position, code in enumerate(dict.fromkeys(codes)):
        coupon = known.get(code)
        why = _why_not(coupon, gross, now)
        if coupon is None or why:
            assert why
            raise Conflict(*why, field=f"coupon_codes.{position}", coupon=code, minimum=(coupon.minimum_minor if coupon else 0))
        amount = min(coupon.amount_minor, left)
        left -= amount
        applied.append(AppliedCoupon(coupon.id, coupon.code, coupon.funder, amount))
    return tuple(applied)


def _why_not(coupon: CouponFact | None, gross: int, now: datetime) -> tuple[str, str] | None:
    if coupon is None:
        return "coupon_unknown", msgid("没有这张券")
    if now < coupon.starts_at:
        return "coupon_not_started", msgid("券还没到使用时间")
    if now >= coupon.ends_at:
        return "coupon_expired", msgid("券已过期")
    if coupon.left <= 0:
        return "coupon_used_up", msgid("券已被领完")
    return ("coupon_minimum", msgid("没有达到这张券的使用门槛")) if gross < coupon.minimum_minor else None
