"""R20: what a guide's own order pays her is the brand's to say: nothing, her commission, or her commission off the price.

One case of 299.00 by her own link: guide 12 % = 35.88, referrer 2 % = 5.98, platform 1 % = 2.99, store 5 % = 14.95, brand the
rest, 239.20; Σ 299.00. As discount she gives her 35.88 and pays 263.12; every share stays as it is.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.brands.actions import change_settings
from app.domain.customers.actions import claim_visitor, meet
from app.domain.orders.models import AttributionDecision
from app.domain.orders.rules import REFUNDABLE
from app.flows.place_order import PlacedOrder, place_order
from app.flows.quote_order import quote_order
from app.flows.refund_order import RefundAsk
from app.kernel.tenancy import BrandSession
from tests.builders.activities import a_coupon
from tests.builders.after_sales import refund
from tests.builders.money import due_to, lines_of, order_of, pay, whole
from tests.builders.shops import ADDRESS, CONTACT, Shop, a_shop
from tests.conftest import NOON

HERS = {"name": "林晓芸", "phone": "13900000001"}
SHARES = {"guide": 3588, "referrer": 598, "platform": 299, "store": 1495, "brand": 23920}


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    found = a_shop(session)
    change_settings(session, brand_id=found.brand_id, two_levels=True)
    session.commit()
    return found


def policy(shop: Shop, name: str) -> None:
    change_settings(shop.session, brand_id=shop.brand_id, self_purchase=name)
    shop.session.commit()


def own_order(shop: Shop, *, contact: dict[str, str] = HERS, signed_in: bool = True, codes: tuple[str, ...] = (), expected: int | None = None) -> PlacedOrder:
    who = {"customer_id": meet(shop.session, brand_id=shop.brand_id, phone="+86" + contact["phone"], now=NOON).id} if signed_in else {}
    placed = place_order(shop.session, brand_id=shop.brand_id, basket=shop.basket((shop.case, 1), coupon_codes=codes, **who), contact=contact,
                         address=ADDRESS, expected_total_minor=expected, now=NOON)
    shop.session.commit()
    pay(shop, placed)
    whole(shop)
    return placed


def decided(shop: Shop) -> tuple[str, object, list[str]]:
    made = shop.session.scalars(select(AttributionDecision)).one()
    return made.reason, made.guide_id, [told["verdict"] for told in made.candidates]


@pytest.mark.parametrize("signed_in", [True, False])
def test_none_leaves_it_to_her_store(shop: Shop, signed_in: bool) -> None:
    """Also where only the phone on the parcel says so."""
    placed = own_order(shop, signed_in=signed_in)
    assert decided(shop) == ("store", None, ["self_purchase"])
    assert (due_to(shop, shop.lin.payee_id), due_to(shop, shop.store.payee_id)) == ({}, {"pending": 1495})
    assert placed.total_minor == 29900


def test_somebody_else_by_her_link_is_no_own_order(shop: Shop) -> None:
    own_order(shop, contact=CONTACT)
    assert decided(shop) == ("last_touch", shop.lin.id, ["last_touch"])


def test_allowed_pays_as_any_other(shop: Shop) -> None:
    policy(shop, "allowed")
    placed = own_order(shop)
    assert (placed.total_minor, due_to(shop, shop.lin.payee_id)) == (29900, {"pending": SHARES["guide"]})


def test_as_discount_she_pays_less_by_just_her_commission(shop: Shop) -> None:
    policy(shop, "discount")
    placed = own_order(shop, expected=26312)
    [line] = lines_of(shop, placed)
    assert (line.base_minor, line.guide_discount_minor, line.paid_minor, placed.total_minor) == (29900, 3588, 26312, 26312)
    assert sum(SHARES.values()) == line.base_minor
    assert due_to(shop, shop.lin.payee_id) == {}
    assert due_to(shop, shop.he.payee_id) == {"pending": SHARES["referrer"]}
    assert due_to(shop, shop.store.payee_id) == {"pending": SHARES["store"]}


def test_whoever_types_her_phone_gets_no_discount_at_her_cost(shop: Shop) -> None:
    policy(shop, "discount")
    placed = own_order(shop, signed_in=False)
    assert (placed.total_minor, due_to(shop, shop.lin.payee_id)) == (29900, {"pending": SHARES["guide"]})


@pytest.mark.parametrize("proof", ["account", "visitor"])
def test_her_app_or_her_browser_are_proof(shop: Shop, proof: str) -> None:
    policy(shop, "discount")
    assert shop.lin.account_id
    herself = meet(shop.session, brand_id=shop.brand_id, phone=shop.lin.phone, now=NOON)
    claim_visitor(shop.session, brand_id=shop.brand_id, visitor="v", customer_id=herself.id, now=NOON)
    basket = shop.basket((shop.case, 1), **({"account_id": shop.lin.account_id} if proof == "account" else {"visitor": "v"}))
    assert quote_order(shop.session, brand_id=shop.brand_id, basket=basket, now=NOON).total_minor == 26312


def test_a_refund_gives_back_what_she_paid_and_nothing_is_left(shop: Shop) -> None:
    policy(shop, "discount")
    placed = own_order(shop)
    [line] = lines_of(shop, placed)
    assert order_of(shop, placed).state in REFUNDABLE
    refund(shop, placed, RefundAsk(line.id, 1, 26312))
    assert [due_to(shop, payee) for payee in (shop.lin.payee_id, shop.he.payee_id, shop.store.payee_id)] == [{}, {}, {}]


def test_her_own_coupon_takes_nothing_beyond_her_commission(shop: Shop) -> None:
    policy(shop, "discount")
    a_coupon(shop.session, "MINE", 1000, "guide", guide=shop.lin.id)
    assert own_order(shop, codes=("MINE",)).total_minor == 26312
