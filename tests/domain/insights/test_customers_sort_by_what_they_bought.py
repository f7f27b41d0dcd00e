"""R35: the list sorts by what everybody bought and kept, reckoned for all at once; a row is reckoned from her orders alone, and both agree."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.customers.actions import meet
from app.domain.insights.customer_book import customers_page
from app.domain.orders.baskets import Basket, BasketLine
from app.flows.cancel_order import cancel_order
from app.flows.place_order import PlacedOrder, place_order
from app.flows.refund_order import RefundAsk
from app.kernel.tenancy import BrandSession
from tests.builders.after_sales import refund
from tests.builders.money import lines_of, pay
from tests.builders.shops import ADDRESS, Shop, a_shop
from tests.conftest import NOON

HOUR = timedelta(hours=1)


def bought(shop: Shop, name: str, phone: str, *lines: tuple[object, int], hours: int) -> PlacedOrder:
    basket = Basket(tuple(BasketLine(*line) for line in lines), share_code=shop.link.code)  # type: ignore[arg-type]
    placed = place_order(shop.session, brand_id=shop.brand_id, basket=basket, contact={"name": name, "phone": phone}, address=ADDRESS, now=NOON + hours * HOUR)
    shop.session.commit()
    pay(shop, placed, now=NOON + hours * HOUR)
    return placed


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """甲 pays 299.00 and gets 250.00 back, 乙 pays 59.90 twice, 丙 only looks, 丁 leaves an order unpaid, which is called off."""
    shop = a_shop(session)
    first = bought(shop, "甲", "13800138001", (shop.case, 1), hours=5)
    refund(shop, first, RefundAsk(lines_of(shop, first)[0].id, None, 25000), now=NOON + 6 * HOUR)
    for hours in (1, 2):
        bought(shop, "乙", "13800138002", (shop.cover, 1), hours=hours)
    meet(session, brand_id=shop.brand_id, phone="+8613800138003", name="丙", now=NOON)
    unpaid = place_order(session, brand_id=shop.brand_id, basket=shop.basket((shop.case, 1)), contact={"name": "丁", "phone": "13800138004"}, address=ADDRESS, now=NOON)
    cancel_order(session, brand_id=shop.brand_id, order_id=unpaid.order_id, now=NOON)
    session.commit()
    return shop


BOOK = {"甲": (1, 4900, NOON + 5 * HOUR), "乙": (2, 11980, NOON + 2 * HOUR), "丙": (0, 0, None), "丁": (0, 0, None)}


@pytest.mark.parametrize(("sort", "first"), [("-sales", "乙甲"), ("-orders", "乙甲"), ("-last", "甲乙"), ("last", "乙甲")])
@pytest.mark.parametrize("whose", ["everybody", "hers"])
def test_it(shop: Shop, sort: str, first: str, whose: str) -> None:
    guide_id = shop.lin.id if whose == "hers" else None
    page = customers_page(shop.session, brand_id=shop.brand_id, timezone="Asia/Shanghai", now=NOON + 7 * HOUR, guide_id=guide_id, sort=sort)
    assert "".join(row.name for row in page.items[:2]) == first
    assert {row.name: (row.orders, row.sales_minor, row.last_at) for row in page.items} == {name: BOOK[name] for name in BOOK if whose == "everybody" or name in "甲乙"}


def test_pages_follow_each_other(shop: Shop) -> None:
    found = [customers_page(shop.session, brand_id=shop.brand_id, timezone="Asia/Shanghai", now=NOON + 7 * HOUR, sort="-sales", number=number, size=1)
             for number in (1, 2, 3, 4, 99)]
    assert ["".join(row.name for row in page.items) for page in found[:2]] == ["乙", "甲"]
    assert {page.items[0].name for page in found[2:]} == {"丙", "丁"} and {page.total for page in found} == {4}
