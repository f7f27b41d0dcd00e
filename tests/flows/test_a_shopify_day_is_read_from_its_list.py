"""A shop with a list, over the real connector and a socket: every page read, refunds and fees taken in, another app's orders left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.secrets import replace_secrets
from app.domain.fulfilment.models import OrderPush
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.days import today
from tests.builders.flagship_books import a_push, check, differences, standing
from tests.builders.flagships import a_source
from tests.builders.shops import Shop, a_shop
from tests.gateways.doubles.shopify import TOKEN, ShopifyDouble

WHOLE = 41880


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def there() -> Iterator[Any]:
    double: Any = ShopifyDouble()
    with double.open():
        yield double


@pytest.fixture
def source(database: Database, shop: Shop, there: Any) -> UUID:
    key = a_source(database, shop.brand_id)
    with database.transaction(shop.brand_id) as session:
        found = session.scalars(select(FlagshipSource)).one()
        found.kind, found.settings = "shopify", {"endpoint": there.url}
        replace_secrets(found, {"access_token": TOKEN})
    return key


def on_both_sides(shop: Shop, source: UUID, there: Any, **facts: Any) -> OrderPush:
    """Of 418.80 there as here, unless told otherwise."""
    good = next(iter(next(iter(there.shelf.products.values())).goods.values()))
    order = there.book.place([(good, 1, facts.pop("total", WHOLE))], tags=("yundian",))
    for name, value in facts.items():
        setattr(order, name, value)
    push = a_push(shop, source, str(order.number), now=datetime.now(UTC))
    order.sourceIdentifier = push.number
    return push


def test_a_shopify_day(app: Application, database: Database, shop: Shop, source: UUID, there: Any) -> None:
    assert there.currency == "CNY"
    same = [on_both_sides(shop, source, there, fee=1243) for _ in range(12)]  # more than a page
    other_total, given_back, called_off = (on_both_sides(shop, source, there, **facts) for facts in (
        {"total": WHOLE + 1}, {"refunded": 5990, "fee": 57}, {"cancelled": datetime.now(UTC)}))
    gone = a_push(shop, source, "999", now=datetime.now(UTC))
    good = next(iter(next(iter(there.shelf.products.values())).goods.values()))
    stranger = there.book.place([(good, 1, 100)], source="28009", tags=("yundian",))
    there.book.place([(good, 1, 100)], source="amazon-1")
    there.book.place([(good, 1, 100)])
    day = check(database, app.gateways.flagship, brand_id=shop.brand_id, source_id=source, day=today(), now=datetime.now(UTC) + timedelta(seconds=2))
    assert (day.state, day.error_code, day.error_data) == ("differs", "", None)
    assert differences(database, day) == {
        (other_total.flagship_order_id, "amount_differs"), (given_back.flagship_order_id, "refund_missing_here"),
        (called_off.flagship_order_id, "state_differs"), (gone.flagship_order_id, "missing_there"), (str(stranger.number), "missing_here")}
    assert (day.order_count, day.fees_theirs_minor, day.refunds_theirs_minor) == (17, 12 * 1243 + 57, 5990)
    assert (day.orders_ours_minor, day.orders_theirs_minor) == (16 * WHOLE, 15 * WHOLE + 1 + 100)
    assert {line.order_push_id for line in standing(database, day) if line.kind == "order" and not line.differs} >= {push.id for push in same}


def test_a_shop_that_locks_us_out_is_read_again_once_it_lets_us_in(app: Application, database: Database, shop: Shop, source: UUID, there: Any) -> None:
    for _ in range(12):
        on_both_sides(shop, source, there)
    day = check(database, app.gateways.flagship, brand_id=shop.brand_id, source_id=source, day=today(), now=datetime.now(UTC) + timedelta(seconds=2))
    stood = day.orders_theirs_minor
    with database.transaction(shop.brand_id) as session:
        replace_secrets(session.scalars(select(FlagshipSource)).one(), {"access_token": "another"})
    failed = check(database, app.gateways.flagship, brand_id=shop.brand_id, source_id=source, day=today(), now=datetime.now(UTC) + timedelta(seconds=3))
    assert (failed.state, failed.reading, failed.orders_theirs_minor) == ("failed", 1, stood)
    with database.transaction(shop.brand_id) as session:
        found = session.scalars(select(FlagshipSource)).one()
        assert found.authorisation_ended_at is not None
        replace_secrets(found, {"access_token": TOKEN})
    again = check(database, app.gateways.flagship, brand_id=shop.brand_id, source_id=source, day=today(), now=datetime.now(UTC) + timedelta(seconds=4))
    assert (again.state, again.reading, again.order_count) == ("matched", 2, 12)
