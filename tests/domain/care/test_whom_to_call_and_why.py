"""A guide is told whom to call: what they left unpaid or half bought, birthdays in a week, new arrivals they may like, who has been silent. What is followed up rests."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from app.domain.care.actions import follow_up, note_checkout, set_birthday
from app.domain.care.models import CustomerFollowUp
from app.domain.catalog.models import Product, Variant
from app.domain.customers.rules import customer_key
from app.domain.insights.follow_ups import Due, due_counts, due_page
from app.flows.cancel_order import cancel_order
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import paid_order
from tests.builders.shops import CONTACT, Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """The customer bought Lin's case at NOON; the goods are old."""
    found = a_shop(session)
    session.execute(update(Product).values(created_at=NOON - 90 * DAY))
    paid_order(found, (found.case, 1))
    return found


def she(shop: Shop) -> UUID:
    return customer_key(shop.brand_id, "+86" + CONTACT["phone"])


def due(shop: Shop, now: datetime, guide_id: UUID | None = None) -> list[tuple[str, int, str]]:
    shop.session.commit()
    page = due_page(shop.session, brand_id=shop.brand_id, guide_id=guide_id or shop.lin.id, timezone="Asia/Shanghai", now=now)
    counted = due_counts(shop.session, brand_id=shop.brand_id, guide_id=guide_id or shop.lin.id, timezone="Asia/Shanghai", now=now)
    assert page.total == sum(counted.values()) == len(page.items)
    assert all(isinstance(one, Due) and one.phone == "+8613800138000" for one in page.items)
    return [(one.reason, one.days, one.title) for one in page.items]


def test_silence_is_told_from_the_sixtieth_day(shop: Shop) -> None:
    assert due(shop, NOON + 60 * DAY - MOMENT) == []
    assert due(shop, NOON + 60 * DAY) == [("lapsed", 60, "")]


def test_another_guides_customer_is_not_hers(shop: Shop) -> None:
    assert due(shop, NOON + 60 * DAY, shop.he.id) == []


def test_a_birthday_is_told_a_week_ahead(shop: Shop) -> None:
    set_birthday(shop.session, brand_id=shop.brand_id, customer_id=she(shop), month="12", day="2")
    today = NOON.replace(month=11, day=25)
    assert due(shop, today - DAY) == []
    assert due(shop, today) == [("birthday", 7, "")]
    assert due(shop, today + 7 * DAY) == [("birthday", 0, "")]
    assert due(shop, today + 8 * DAY) == []


def test_an_unpaid_order_is_told_once_it_is_over_and_no_more_once_she_buys(shop: Shop) -> None:
    left = shop.order((shop.cover, 1), now=NOON + DAY)
    assert due(shop, NOON + DAY) == []
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=left.order_id, reason="timeout", now=NOON + 2 * DAY)
    assert due(shop, NOON + 2 * DAY) == [("cart", 0, "箱套 20 寸")]
    assert due(shop, NOON + 15 * DAY) == []


def test_new_goods_of_a_category_she_bought_are_told_for_a_week(shop: Shop) -> None:
    made = [Product(id=new_id(), brand_id=shop.brand_id, origin="offline", title=title, category=category, updated_at=NOON, created_at=NOON + DAY)
            for title, category in (("轻旅箱 24 寸", "箱包 > 登机箱"), ("箱套 24 寸", "配件 > 箱套"))]
    shop.session.add_all(made)
    shop.session.flush()
    assert due(shop, NOON + DAY) == [], "nothing of it can be bought"
    case = Variant(id=new_id(), brand_id=shop.brand_id, product_id=made[0].id, sku="A-24", price_minor=32900, stock=1, updated_at=NOON)
    shop.session.add(case)
    assert due(shop, NOON + DAY) == [("arrival", 0, "轻旅箱 24 寸")]
    case.reserved = 1
    assert due(shop, NOON + DAY) == []
    case.reserved = 0
    assert due(shop, NOON + 8 * DAY) == []


@pytest.mark.parametrize("days", [7, 30])
def test_what_is_followed_up_rests(shop: Shop, days: int) -> None:
    at = NOON + 60 * DAY
    follow_up(shop.session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=shop.lin.id, reason="lapsed", days=days, words="约好周末来店", now=at)
    assert due(shop, at + days * DAY - MOMENT) == []
    assert due(shop, at + days * DAY) == [("lapsed", 60 + days, "")]


def test_a_follow_up_is_of_a_known_reason_and_length(shop: Shop) -> None:
    named = {"brand_id": shop.brand_id, "customer_id": she(shop), "guide_id": shop.lin.id, "words": "", "now": NOON}
    with pytest.raises(NotFound):
        follow_up(shop.session, reason="x", days=7, **named)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        follow_up(shop.session, reason="cart", days=8, **named)  # type: ignore[arg-type]
    assert shop.session.query(CustomerFollowUp).count() == 0


def begin(shop: Shop, now: datetime, guide_id: UUID | None) -> None:
    note_checkout(shop.session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=guide_id, product_id=shop.case_product, now=now)


def test_a_checkout_that_was_begun_is_told_after_an_hour_for_a_fortnight(shop: Shop) -> None:
    begin(shop, NOON + DAY, shop.lin.id)
    at, hour = NOON + DAY, timedelta(hours=1)
    assert due(shop, at + hour - MOMENT) == []
    assert due(shop, at + hour) == [("checkout", 0, "轻旅箱 18 寸")]
    assert due(shop, at + 14 * DAY - MOMENT) == [("checkout", 0, "轻旅箱 18 寸")] and due(shop, at + 14 * DAY) == []


def test_what_another_guides_link_or_nobodys_led_to_is_not_hers_to_call_about(shop: Shop) -> None:
    for whose in (shop.he.id, None):
        begin(shop, NOON + DAY, whose)
        assert due(shop, NOON + 2 * DAY) == []


def test_begun_again_is_one_call_and_an_order_ends_it(shop: Shop) -> None:
    begin(shop, NOON + DAY, shop.lin.id)
    begin(shop, NOON + 2 * DAY, shop.lin.id)
    assert due(shop, NOON + 3 * DAY) == [("checkout", 0, "轻旅箱 18 寸")]
    shop.order((shop.case, 1), now=NOON + 3 * DAY)
    assert due(shop, NOON + 3 * DAY) == [], "it became an order that may still be paid"
    assert [one[0] for one in due(shop, NOON + 4 * DAY)] == ["cart"], "and was not"


def test_an_unpaid_order_and_a_new_checkout_are_one_call(shop: Shop) -> None:
    shop.order((shop.cover, 1), now=NOON + DAY)
    begin(shop, NOON + 2 * DAY, shop.lin.id)
    at = NOON + 3 * DAY
    assert due(shop, at) == [("cart", 0, "箱套 20 寸")]
    follow_up(shop.session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=shop.lin.id, reason="cart", days=30, words="", now=at)
    assert due(shop, at) == [], "she was called about both"
    begin(shop, at + DAY, shop.lin.id)
    assert due(shop, at + 2 * DAY) == [("checkout", 0, "轻旅箱 18 寸")], "she came again since"
    follow_up(shop.session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=shop.lin.id, reason="checkout", days=7, words="", now=at + 2 * DAY)
    assert due(shop, at + 2 * DAY) == []
