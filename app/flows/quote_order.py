"""A shopper asks what a basket costs; the answer also says what each party would get and why (R3, R5, R7, R22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.brands.rules import GUIDE_LINK, STOREFRONT
from app.domain.commission.rules import Rule
from app.domain.orders.baskets import Allocation, AppliedCoupon, Basket, Quote, QuoteLine
from app.domain.orders.facts import CouponFact, Good, House, read_goods, read_seller, read_terms
from app.domain.orders.rules import MAX_LINES, MAX_QUANTITY, Attribution, Candidate, LadderTerms, attribute
from app.domain.splits.rules import spread
from app.flows.share_line import Terms, allocate, funded
from app.kernel.errors import Conflict, NotFound, Refused, msgid
from app.kernel.texts import clean


def quote_order(session: Session, *, brand_id: int, basket: Basket, now: datetime, check_stock: bool = True) -> Quote:
    """Prices, discounts, shares and attribution as they would be frozen now. Nothing is written.

    Refuses bad quantities (field lines.N.quantity), unknown variants, goods sold out or with stale stock, and coupons that do not apply.
    """
    basket = _cleaned(basket)
    wanted = _wanted(basket)
    goods, house, candidates, coupons = read_goods(session, brand_id=brand_id, basket=basket, now=now)
    _refuse_unavailable(wanted, goods, check_stock=check_stock)
    _refuse_unknown(basket, candidates)
    attribution = attribute(candidates, terms=LadderTerms(house.window_days, house.attribution_model, house.self_purchase), now=now)
    seller, units = read_seller(session, brand_id=brand_id, guide_id=attribution.guide_id, store_id=attribution.store_id)
    rules, plan = read_terms(session, brand_id=brand_id, goods=list(goods.values()), guide_id=attribution.guide_id, units=units, now=now)
    channel = GUIDE_LINK if attribution.share_link_id or attribution.guide_id else STOREFRONT
    terms = Terms(house, seller, units, [Rule(*row) for row in rules], plan, channel, now)
    gross = sum(goods[variant_id].price_minor * quantity for variant_id, quantity in wanted.items())
    return _quote(wanted, goods, _apply_coupons(basket.coupon_codes, coupons, gross, attribution, now), terms, attribution)


def _cleaned(basket: Basket) -> Basket:
    """Codes as they are stored: without what cannot be printed, coupons in upper case."""
    return replace(basket, share_code=clean(basket.share_code) or None, visitor=clean(basket.visitor) or None,
                   coupon_codes=tuple(clean(code).upper() for code in basket.coupon_codes), guide_number=clean(basket.guide_number)[:40],
                   store_code=clean(basket.store_code)[:40])


def _refuse_unknown(basket: Basket, candidates: Sequence[Candidate]) -> None:
    """NotFound for nobody's id; a number or a store code that nobody has is a slip of whoever typed it."""
    rungs = {candidate.rung for candidate in candidates}
    if basket.guide_id and "chosen" not in rungs:
        raise NotFound("guide", basket.guide_id)
    if basket.guide_number and "chosen" not in rungs:
        raise Refused("guide_number_unknown", "没有工号是“%(number)s”的导购，不知道可以不填", field="guide_number", number=basket.guide_number)
    if basket.store_code and "store" not in rungs:
        raise Refused("store_code_unknown", "没有编号是“%(store)s”的门店", field="store_code", store=basket.store_code)


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
        if check_stock and good.on_sale and good.confirming:
            raise Conflict("stock_unconfirmed", "“%(title)s”的库存正在和旗舰店确认，请稍后再下单", field=f"lines.{position}.quantity",
                           title=good.title, variant_id=str(variant_id))
        if check_stock and (not good.on_sale or good.sellable < quantity):
            left = good.sellable if good.on_sale else 0
            raise Conflict("out_of_stock", "“%(title)s”库存不足，还剩 %(left)d 件", field=f"lines.{position}.quantity",
                           title=good.title, left=left, variant_id=str(variant_id))


def _quote(wanted: dict[UUID, int], goods: dict[UUID, Good], applied: tuple[AppliedCoupon, ...], terms: Terms, attribution: Attribution) -> Quote:
    own = attribution.self_purchase and terms.house.self_purchase == "discount"
    lines = _lines(wanted, goods, applied, terms, own=own)
    gross, paid = sum(line.gross_minor for line in lines), sum(line.paid_minor for line in lines)
    shipping, house = _shipping(paid, terms.house), terms.house
    return Quote(
        currency=house.currency, timezone=house.timezone, lines=lines, gross_minor=gross, discount_minor=gross - paid, shipping_minor=shipping,
        total_minor=paid + shipping, channel=terms.channel, platform_fee_bp=terms.fee_bp,
        platform_fee_plan_id=house.fee_plan.id if house.fee_plan else None, payment_minutes=house.payment_minutes, attribution=attribution,
        house=house.payees, coupons=applied, notes={"has_webhooks": house.has_webhooks})


def _lines(wanted: dict[UUID, int], goods: dict[UUID, Good], applied: Sequence[AppliedCoupon], terms: Terms, *, own: bool) -> tuple[QuoteLine, ...]:
    """The brand's coupons lower the base; shares are taken of it; the other funders' coupons lower only what is paid (R7).

    `own`: the guide buys for herself and has her commission as a discount: she gives all of her share (R20).
    A phone alone does not do: whoever knows hers could type it.
    """
    gross = [goods[variant_id].price_minor * quantity for variant_id, quantity in wanted.items()]
    by_brand = spread(_asked("brand", applied), gross)
    base = [g - d for g, d in zip(gross, by_brand, strict=True)]
    by_platform = spread(_asked("platform", applied), base)
    paid = [b - d for b, d in zip(base, by_platform, strict=True)]
    shares = [allocate(goods[variant_id], quantity, base[i], terms) for i, (variant_id, quantity) in enumerate(wanted.items())]
    by_store = _from_share("store", applied, shares, paid, terms)
    paid = [p - d for p, d in zip(paid, by_store, strict=True)]
    by_guide = _room("guide", shares, paid, terms) if own else _from_share("guide", applied, shares, paid, terms)
    lines = []
    for i, (variant_id, quantity) in enumerate(wanted.items()):
        good, mine = goods[variant_id], shares[i]
        for funder, amount in (("store", by_store[i]), ("guide", by_guide[i])):
            mine = funded(mine, funder, terms.payer(funder), amount)
        lines.append(QuoteLine(
            variant_id=variant_id, product_id=good.product_id, title=good.title, sku=good.sku, options=good.options, quantity=quantity,
            list_price_minor=good.list_price_minor, activity_id=good.activity_id, unit_price_minor=good.price_minor, gross_minor=gross[i],
            brand_discount_minor=by_brand[i], platform_discount_minor=by_platform[i], store_discount_minor=by_store[i],
            guide_discount_minor=by_guide[i], base_minor=base[i], paid_minor=paid[i] - by_guide[i], sellable=good.sellable, allocations=tuple(mine)))
    return tuple(lines)


def _asked(funder: str, applied: Sequence[AppliedCoupon]) -> int:
    return sum(coupon.amount_minor for coupon in applied if coupon.funder == funder)


def _from_share(role: str, applied: Sequence[AppliedCoupon], shares: Sequence[Sequence[Allocation]], paid: Sequence[int], terms: Terms) -> list[int]:
    """What the store or guide gives on each line, never more than its own share there; refuses her last coupon when that does not suffice."""
    asked, room = _asked(role, applied), _room(role, shares, paid, terms)
    if sum(room) < asked:
        position = max(position for position, coupon in enumerate(applied) if coupon.funder == role)
        raise Conflict("coupon_exceeds_share", "出券方在这一单的份额不够抵这张券", field=f"coupon_codes.{position}", coupon=applied[position].code)
    return spread(asked, room)


def _room(role: str, shares: Sequence[Sequence[Allocation]], paid: Sequence[int], terms: Terms) -> list[int]:
    """What of each line the store or guide could give."""
    payer = terms.payer(role)
    return [min(sum(share.amount_minor for share in line if (share.role, share.payee_id) == (role, payer)), left)
            for line, left in zip(shares, paid, strict=True)]


def _shipping(paid_minor: int, house: House) -> int:
    free = house.free_shipping_from_minor and paid_minor >= house.free_shipping_from_minor
    return 0 if free else house.shipping_fee_minor


def _apply_coupons(codes: Sequence[str], coupons: Sequence[CouponFact], gross: int, attribution: Attribution, now: datetime) -> tuple[AppliedCoupon, ...]:
    """Each code once; a code that does not apply is refused with the reason (R27)."""
    known = {coupon.code: coupon for coupon in coupons}
    applied: list[AppliedCoupon] = []
    left = gross
    for position, code in enumerate(dict.fromkeys(codes)):
        coupon = known.get(code)
        why = _why_not(coupon, gross, attribution, now)
        if coupon is None or why:
            assert why
            raise Conflict(*why, field=f"coupon_codes.{position}", coupon=code, minimum=(coupon.minimum_minor if coupon else 0))
        if not left:
            raise Conflict("coupon_not_needed", "前面的券已经抵完了，这张不用也行", field=f"coupon_codes.{position}", coupon=code)
        amount = min(coupon.amount_minor, left)
        left -= amount
        applied.append(AppliedCoupon(coupon.id, coupon.code, coupon.funder, amount))
    return tuple(applied)


def _why_not(coupon: CouponFact | None, gross: int, attribution: Attribution, now: datetime) -> tuple[str, str] | None:
    if coupon is None:
        return "coupon_unknown", msgid("没有这张券")
    if now < coupon.starts_at:
        return "coupon_not_started", msgid("券还没到使用时间")
    if now >= coupon.ends_at:
        return "coupon_expired", msgid("券已过期")
    if coupon.left <= 0:
        return "coupon_used_up", msgid("券已被领完")
    if (coupon.org_unit_id and coupon.org_unit_id != attribution.store_id) or (coupon.guide_id and coupon.guide_id != attribution.guide_id):
        return "coupon_not_hers", msgid("这张券只能用在出券的导购或门店的订单上")
    return ("coupon_minimum", msgid("没有达到这张券的使用门槛")) if gross < coupon.minimum_minor else None
