"""Sales of a period: paid orders on brand-local days, shop hours 10–22, refunds, the period before, one scope."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.insights.sales import Sales, sales
from app.flows.refund_order import refund_order
from app.kernel.clock import day_start
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_unit
from tests.builders.sales import an_r23_shop, paid
from tests.builders.shops import Shop
from tests.conftest import NOON

ZONE = "Asia/Shanghai"
TODAY = date(2026, 11, 22)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return an_r23_shop(session)


def week(shop: Shop, within: str | None = None) -> Sales:
    return sales(shop.session, brand_id=shop.brand_id, timezone=ZONE, within=within, to=day_start(TODAY + timedelta(days=1), ZONE),
                 from_=day_start(TODAY - timedelta(days=6), ZONE), before=day_start(TODAY - timedelta(days=13), ZONE),
                 chart_from=day_start(TODAY - timedelta(days=13), ZONE))


def test_only_paid_orders_count(shop: Shop) -> None:
    paid(shop)
    shop.order(now=NOON)
    shop.session.commit()
    told = week(shop)
    assert (told.now.sales_minor, told.now.orders, told.now.selling_guides, told.before.orders) == (38080, 1, 1, 0)
    assert told.days == {TODAY: (38080, 0)}


def test_a_night_sale_belongs_to_the_local_day_and_to_after_hours(shop: Shop) -> None:
    """16:30 UTC is 00:30 of the next day in Shanghai."""
    paid(shop, datetime(2026, 11, 21, 16, 30, tzinfo=UTC), codes=())
    told = week(shop)
    assert told.days == {TODAY: (0, 43080)} and told.now.after_hours == 1


def test_the_period_before_stands_beside_it(shop: Shop) -> None:
    paid(shop)
    paid(shop, NOON - timedelta(days=7), codes=())
    told = week(shop)
    assert (told.now.sales_minor, told.before.sales_minor) == (38080, 43080)


def test_refunds_count_when_they_are_made(shop: Shop) -> None:
    placed = paid(shop)
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, shipping_minor=1200, now=NOON)
    assert week(shop).now.refunded_minor == 1200


def test_the_funnel_and_what_is_owed(shop: Shop) -> None:
    """Both guides invited, neither signed in, Lin shared, nobody clicked, Lin sold; pending 42.21 + 7.77."""
    paid(shop)
    told = week(shop)
    assert told.funnel == (2, 1, 1, 1, 1) and told.active_guides == 2 and (told.owed_minor, told.available_minor) == (4998, 0)


def test_another_units_scope_sees_nothing(shop: Shop) -> None:
    paid(shop)
    elsewhere = a_unit(shop.session, "store", "别处")
    told = week(shop, elsewhere.path)
    assert told.now.orders == 0 and told.funnel[0] == 0 and told.owed_minor == 0
    assert week(shop, shop.store.path).now.orders == 1
