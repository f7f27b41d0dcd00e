"""R7, R27: whose money a coupon is, why one does not apply, and when it is given back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.promotions.models import Coupon
from app.flows.cancel_order import cancel_order
from app.flows.place_order import PlacedOrder
from app.flows.quote_order import quote_order
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.errors import Conflict
from app.kernel.tenancy import BrandSession
from tests.builders.money import lines_of, paid_order, received_order, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def coupon(shop: Shop, code: str = "TEN", **fields: Any) -> Coupon:
    made = Coupon(code=code, **{"amount_minor": 1000, "starts_at": NOON, "ends_at": NOON + DAY, "max_uses": 2, **fields})
    shop.session.add(made)
    shop.session.commit()
    return made


def used(shop: Shop) -> list[int]:
    return list(shop.session.scalars(select(Coupon.used_count).order_by(Coupon.code)))


@pytest.mark.parametrize(("fields", "at", "code"), [
    ({}, NOON - timedelta(seconds=1), "coupon_not_started"), ({}, NOON, None), ({}, NOON + DAY - timedelta(seconds=1), None),
    ({}, NOON + DAY, "coupon_expired"),
    ({"used_count": 2}, NOON, "coupon_used_up"),
    ({"minimum_minor": 29901}, NOON, "coupon_minimum"), ({"minimum_minor": 29900}, NOON, None)])
def test_why_a_coupon_does_not_apply(shop: Shop, fields: dict[str, Any], at: datetime, code: str | None) -> None:
    coupon(shop, **fields)
    basket = shop.basket((shop.case, 1), coupon_codes=(" ten\x00",))
    if code is None:
        assert quote_order(shop.session, brand_id=shop.brand_id, basket=basket, now=at).discount_minor == 1000
        return
    with pytest.raises(Conflict) as refused:
        quote_order(shop.session, brand_id=shop.brand_id, basket=basket, now=at)
    assert (refused.value.code, refused.value.field) == (code, "coupon_codes.0")


@pytest.mark.parametrize("code", ["NONE", "\x00", "\ud800", "x" * 5000, "'; drop"])
def test_an_unknown_coupon(shop: Shop, code: str) -> None:
    with pytest.raises(Conflict) as refused:
        shop.order(coupon_codes=(code,))
    assert refused.value.code == "coupon_unknown"


def test_a_coupon_named_twice_counts_once(shop: Shop) -> None:
    coupon(shop)
    assert shop.order((shop.case, 1), coupon_codes=("TEN", "ten")).total_minor == 28900
    assert used(shop) == [1]


def test_coupons_never_pay_more_than_the_goods(shop: Shop) -> None:
    coupon(shop, "BRAND", amount_minor=29000)
    coupon(shop, "PLAT", funder="platform", amount_minor=29000)
    quote = quote_order(shop.session, brand_id=shop.brand_id, basket=shop.basket((shop.case, 1), coupon_codes=("PLAT", "BRAND")), now=NOON)
    [line] = quote.lines
    assert (line.platform_discount_minor, line.brand_discount_minor, line.base_minor, line.paid_minor) == (29000, 900, 29000, 0)


def refund(shop: Shop, placed: PlacedOrder, *asks: RefundAsk, at: datetime = NOON) -> None:
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=asks, now=at)
    shop.session.commit()


@pytest.mark.parametrize(("at", "left"), [(NOON + DAY - timedelta(seconds=1), 0), (NOON + DAY, 1)])
def test_the_last_of_several_refunds_returns_it_once(shop: Shop, at: datetime, left: int) -> None:
    coupon(shop)
    placed = received_order(shop, coupon_codes=("TEN",))
    case, cover = lines_of(shop, placed)
    refund(shop, placed, RefundAsk(case.id, 1))
    refund(shop, placed, RefundAsk(cover.id, 1))
    assert used(shop) == [1], "part of the order stands"
    refund(shop, placed, RefundAsk(cover.id, 1), at=at)
    assert used(shop) == [left]
    whole(shop)


def test_money_back_for_goods_she_keeps_is_no_void_order(shop: Shop) -> None:
    coupon(shop)
    placed = received_order(shop, coupon_codes=("TEN",))
    refund(shop, placed, *(RefundAsk(line.id, amount_minor=line.paid_minor) for line in lines_of(shop, placed)))
    assert used(shop) == [1], "the pieces were not returned"


def test_a_cancelled_paid_order_returns_it_once(shop: Shop) -> None:
    coupon(shop)
    kept, void = (paid_order(shop, coupon_codes=("TEN",)) for _ in range(2))
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=void.order_id, now=NOON)
    assert used(shop) == [1]
    refund(shop, kept, *(RefundAsk(line.id, line.quantity) for line in lines_of(shop, kept)))
    assert used(shop) == [0]


def test_cancelling_what_coupons_paid_whole_returns_them(shop: Shop) -> None:
    coupon(shop, amount_minor=29900)
    placed = shop.order((shop.case, 1), coupon_codes=("TEN",))
    shop.session.commit()
    assert placed.total_minor == 0
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    assert used(shop) == [0]


def test_a_coupon_with_nothing_left_to_pay_is_not_used(shop: Shop) -> None:
    coupon(shop, "ALL", amount_minor=29900)
    coupon(shop, "MORE")
    with pytest.raises(Conflict) as refused:
        shop.order((shop.case, 1), coupon_codes=("ALL", "MORE"))
    assert (refused.value.code, refused.value.field) == ("coupon_not_needed", "coupon_codes.1")


def test_cancelling_returns_a_coupon_that_still_holds(shop: Shop) -> None:
    coupon(shop)
    unpaid = shop.order(coupon_codes=("TEN",))
    paid = paid_order(shop, coupon_codes=("TEN",))
    assert used(shop) == [2]
    for placed in (unpaid, paid):
        cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON + DAY - timedelta(seconds=1))
    assert used(shop) == [0]
    late = shop.order(coupon_codes=("TEN",))
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=late.order_id, now=NOON + DAY)
    assert used(shop) == [1], "it expired meanwhile"
    whole(shop)
