"""R7: a store's or a guide's coupon leaves the base and every share as they are; she gives it out of her own, and no more.

R23's order with its brand coupon: base 277.58 (A) and 111.22 (B); guide 33.31 + 8.90 = 42.21, referrer 5.55 + 2.22, store
13.88 + 5.56 = 19.44, platform 2.78 + 1.11, brand 222.06 + 93.43; shipping 12.00.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.commission.models import CommissionLine
from app.domain.ledger.models import LedgerEntry
from app.domain.orders.baskets import Basket, BasketLine, Quote
from app.domain.promotions.models import Coupon
from app.domain.sharing.actions import share_link
from app.domain.splits.actions import add_plan
from app.flows.cancel_order import cancel_order
from app.flows.enrol_guide import enrol_guide
from app.flows.place_order import PlacedOrder
from app.flows.quote_order import quote_order
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.errors import Conflict
from app.kernel.tenancy import BrandSession
from tests.builders.activities import a_coupon
from tests.builders.money import due_to, lines_of, paid_order, received_order, whole
from tests.builders.people import a_unit
from tests.builders.sales import an_r23_shop
from tests.builders.shops import Shop
from tests.conftest import NOON

SHARES = {"guide": [3331, 890], "referrer": [555, 222], "store": [1388, 556], "platform": [278, 111], "brand": [22206, 9343]}


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return an_r23_shop(session)


def coupons(shop: Shop, *, store: int = 1000, guide: int = 1500) -> tuple[str, ...]:
    a_coupon(shop.session, "STORE", store, "store", store=shop.store.id)
    a_coupon(shop.session, "GUIDE", guide, "guide", guide=shop.lin.id)
    return "BRAND30", "STORE", "GUIDE"


def quoted(shop: Shop, *codes: str, **more: Any) -> Quote:
    return quote_order(shop.session, brand_id=shop.brand_id, basket=shop.basket(coupon_codes=codes, **more), now=NOON)


def by_role(quote: Quote, column: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for line in quote.lines:
        for share in line.allocations:
            found.setdefault(share.role, []).append(getattr(share, column))
    return found


def test_base_and_shares_stay_and_the_shopper_pays_less(shop: Shop) -> None:
    """Store 10.00 over its shares 13.88 : 5.56 → 7.1399 and 2.8601, so 7.14 and 2.86. Guide 15.00 over 33.31 : 8.90 → 11.8372
    and 3.1628, so 11.84 and 3.16. Paid 277.58 − 7.14 − 11.84 = 258.60 and 111.22 − 2.86 − 3.16 = 105.20; with shipping 375.80."""
    quote = quoted(shop, *coupons(shop))
    assert [line.base_minor for line in quote.lines] == [27758, 11122]
    assert by_role(quote, "amount_minor") == SHARES
    assert [(line.brand_discount_minor, line.platform_discount_minor, line.store_discount_minor, line.guide_discount_minor) for line in quote.lines] == [
        (2142, 0, 714, 1184), (858, 0, 286, 316)]
    assert by_role(quote, "funded_minor") == {**{role: [0, 0] for role in SHARES}, "store": [714, 286], "guide": [1184, 316]}
    assert ([line.paid_minor for line in quote.lines], quote.discount_minor, quote.total_minor) == ([25860, 10520], 5500, 37580)
    assert [(one.code, one.funder, one.amount_minor) for one in quote.coupons] == [("BRAND30", "brand", 3000), ("STORE", "store", 1000), ("GUIDE", "guide", 1500)]


def test_the_order_of_the_codes_does_not_matter(shop: Shop) -> None:
    codes = coupons(shop)
    assert quoted(shop, *codes).lines == quoted(shop, *reversed(codes)).lines


def test_all_four_funders_on_one_order(shop: Shop) -> None:
    """Platform 20.00 over 277.58 : 111.22 → 14.28 and 5.72 as in R23; the others as above: 263.30 − 7.14 − 11.84 = 244.32 and
    105.50 − 2.86 − 3.16 = 99.48."""
    quote = quoted(shop, "PLAT20", *coupons(shop))
    assert [(line.base_minor, line.platform_discount_minor, line.paid_minor) for line in quote.lines] == [(27758, 1428, 24432), (11122, 572, 9948)]
    assert by_role(quote, "amount_minor") == SHARES


def stood(shop: Shop) -> dict[str, dict[str, int]]:
    return {"guide": due_to(shop, shop.lin.payee_id), "store": due_to(shop, shop.store.payee_id)}


def test_she_is_owed_what_is_left(shop: Shop) -> None:
    """Guide 42.21 − 15.00 = 27.21, store 19.44 − 10.00 = 9.44; nobody else notices."""
    paid_order(shop, coupon_codes=coupons(shop))
    assert stood(shop) == {"guide": {"pending": 2721}, "store": {"pending": 944}}
    assert due_to(shop, shop.he.payee_id) == {"pending": 777}
    whole(shop)


def funded_part(shop: Shop, placed: PlacedOrder, role: str) -> int:
    """What stands of the funder's part: negative until it came back."""
    ids = [line.id for line in lines_of(shop, placed)]
    return sum(shop.session.scalars(select(LedgerEntry.amount_minor).where(LedgerEntry.role == f"{role}_subsidy", LedgerEntry.order_line_id.in_(ids))))


@pytest.mark.parametrize("received", [False, True])
def test_a_partial_refund_gives_funders_their_part_back(shop: Shop, received: bool) -> None:
    """100.00 of A's 258.60 goes back: guide 33.31 × 100 ÷ 258.60 = 12.8809 → 12.88, store 13.88 → 5.3674 → 5.37, referrer 5.55 →
    2.1462 → 2.15, platform 2.78 → 1.0750 → 1.08; the base gives 277.58 → 107.3395 → 107.34, so the brand 85.86. Of those 107.34
    the shopper gets 100.00; 7.34 goes back to the funders as 7.14 : 11.84 → 2.7612 and 4.5788, so store 2.76, guide 4.58.
    """
    placed = (received_order if received else paid_order)(shop, coupon_codes=coupons(shop))
    case = lines_of(shop, placed)[0]
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(case.id, amount_minor=10000)], now=NOON)
    shop.session.commit()
    phase = "held" if received else "pending"
    assert stood(shop) == {"guide": {phase: 2721 - 1288 + 458}, "store": {phase: 944 - 537 + 276}}
    assert due_to(shop, shop.he.payee_id) == {phase: 777 - 215}
    assert (funded_part(shop, placed, "guide"), funded_part(shop, placed, "store")) == (-1500 + 458, -1000 + 276)
    whole(shop)


@pytest.mark.parametrize("first", [1, 3333, 10000, 25859])
def test_a_full_refund_in_any_steps_gives_everything_back(shop: Shop, first: int) -> None:
    placed = received_order(shop, coupon_codes=coupons(shop))
    case, cover = lines_of(shop, placed)
    for asks in ([RefundAsk(case.id, amount_minor=first)], [RefundAsk(cover.id, 1)], [RefundAsk(case.id, 1, 25860 - first), RefundAsk(cover.id, 1)]):
        refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=asks, now=NOON)
        shop.session.commit()
        whole(shop)
    assert stood(shop) == {"guide": {}, "store": {}}
    assert (funded_part(shop, placed, "guide"), funded_part(shop, placed, "store")) == (0, 0)


@pytest.mark.parametrize("paid", [False, True])
def test_a_cancelled_order_gives_everything_back(shop: Shop, paid: bool) -> None:
    codes = coupons(shop)
    placed = paid_order(shop, coupon_codes=codes) if paid else shop.order(coupon_codes=codes)
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    assert stood(shop) == {"guide": {}, "store": {}}
    assert list(shop.session.scalars(select(Coupon.used_count))) == [0, 0, 0, 0]
    whole(shop)


@pytest.mark.parametrize(("store", "guide", "refused"), [
    (1944, 4221, ""), (1945, 100, "store"), (100, 4222, "guide"), (1, 1, "")])
def test_never_more_than_her_share(shop: Shop, store: int, guide: int, refused: str) -> None:
    codes = coupons(shop, store=store, guide=guide)
    if not refused:
        placed = paid_order(shop, coupon_codes=codes)
        assert stood(shop) == {"guide": {"pending": 4221 - guide} if guide < 4221 else {}, "store": {"pending": 1944 - store} if store < 1944 else {}}
        assert placed.total_minor == 38880 - store - guide + 1200
        whole(shop)
        return
    with pytest.raises(Conflict) as told:
        quoted(shop, *codes)
    assert (told.value.code, told.value.data["coupon"]) == ("coupon_exceeds_share", refused.upper())
    assert told.value.field == f"coupon_codes.{codes.index(refused.upper())}"


def test_two_coupons_of_one_guide_share_her_share(shop: Shop) -> None:
    a_coupon(shop.session, "MINE1", 3000, "guide", guide=shop.lin.id)
    a_coupon(shop.session, "MINE2", 1221, "guide", guide=shop.lin.id)
    a_coupon(shop.session, "MINE3", 1222, "guide", guide=shop.lin.id)
    quote = quoted(shop, "BRAND30", "MINE1", "MINE2")
    assert by_role(quote, "funded_minor")["guide"] == [3331, 890]
    with pytest.raises(Conflict) as told:
        quoted(shop, "BRAND30", "MINE1", "MINE3")
    assert told.value.data["coupon"] == "MINE3"


def test_no_coupon_takes_more_than_is_left_to_pay(shop: Shop) -> None:
    """The platform pays 380.00 of the 388.80: 8.80 is left, of which the guide gives all."""
    a_coupon(shop.session, "PLAT", 38000, "platform")
    a_coupon(shop.session, "MINE", 1000, "guide", guide=shop.lin.id)
    quote = quoted(shop, "BRAND30", "PLAT", "MINE")
    assert (quote.total_minor, quote.coupons[2].amount_minor) == (1200, 880)
    assert sum(by_role(quote, "funded_minor")["guide"]) == 880


def other_seller(shop: Shop) -> UUID:
    other = enrol_guide(shop.session, brand_id=shop.brand_id, name="徐薇", phone="13900000003", store_id=a_unit(shop.session).id, now=NOON)
    shop.session.commit()
    return other.id


@pytest.mark.parametrize(("who", "store", "guide"), [("lin", True, True), ("he", True, False), ("other", False, False), ("nobody", False, False)])
def test_it_counts_on_her_own_orders_only(shop: Shop, who: str, store: bool, guide: bool) -> None:
    coupons(shop, store=100, guide=100)
    sellers = {"lin": shop.lin.id, "he": shop.he.id, "other": other_seller(shop), "nobody": None}
    code = share_link(shop.session, brand_id=shop.brand_id, guide_id=sellers[who]).code if sellers[who] else None
    for coupon, hers in (("STORE", store), ("GUIDE", guide)):
        if hers:
            assert quoted(shop, coupon, share_code=code).discount_minor == 100
            continue
        with pytest.raises(Conflict) as told:
            quoted(shop, coupon, share_code=code)
        assert (told.value.code, told.value.field) == ("coupon_not_hers", "coupon_codes.0")


def test_only_the_stores_own_share_pays_for_its_coupon(shop: Shop) -> None:
    """Two payees have a share as 'store': 3 % to the store itself, 2 % to another unit, which has no coupon."""
    mall = a_unit(shop.session, "mall")
    add_plan(shop.session, brand_id=shop.brand_id, org_unit_id=shop.store.id, now=NOON,
             shares=[{"role": "store", "rate_bp": 300, "payee_id": shop.store.payee_id}, {"role": "store", "rate_bp": 200, "payee_id": mall.payee_id}])
    shop.session.commit()
    a_coupon(shop.session, "STORE", 897, "store", store=shop.store.id)
    a_coupon(shop.session, "MORE", 898, "store", store=shop.store.id)
    quote = quote_order(shop.session, brand_id=shop.brand_id, now=NOON,
                        basket=Basket((BasketLine(shop.case, 1),), share_code=shop.link.code, coupon_codes=("STORE",)))
    assert {share.payee_id: (share.amount_minor, share.funded_minor) for share in quote.lines[0].allocations if share.role == "store"} == {
        shop.store.payee_id: (897, 897), mall.payee_id: (598, 0)}
    with pytest.raises(Conflict):
        quote_order(shop.session, brand_id=shop.brand_id, now=NOON,
                    basket=Basket((BasketLine(shop.case, 1),), share_code=shop.link.code, coupon_codes=("MORE",)))


def test_what_she_funded_is_frozen_on_the_share(shop: Shop) -> None:
    placed = shop.order(coupon_codes=coupons(shop))
    shop.session.commit()
    ids = [line.id for line in lines_of(shop, placed)]
    rows = shop.session.scalars(select(CommissionLine).where(CommissionLine.order_line_id.in_(ids), CommissionLine.funded_minor > 0))
    assert sorted((row.role, row.amount_minor, row.funded_minor) for row in rows) == [
        ("guide", 890, 316), ("guide", 3331, 1184), ("store", 556, 286), ("store", 1388, 714)]
