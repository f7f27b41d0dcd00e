"""A WooCommerce day, over the real connector and a socket: every page of its list, refunds and fees, the shop's own orders left alone."""

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
from tests.gateways.doubles.serving import Asked, Said
from tests.gateways.doubles.woocommerce import KEY, SECRET, WooDouble

WHOLE = 41880


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


class Woo(WooDouble):
    """`kept_back`: numbers of orders a plugin shows to nobody."""

    kept_back: set[str] = set()

    def answer(self, asked: Asked) -> Said:
        if asked.path.rpartition("/")[2] in self.kept_back:
            return Said({"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot view this resource.", "data": {"status": 403}}, 403)
        return super().answer(asked)


@pytest.fixture
def there() -> Iterator[Any]:
    double: Any = Woo()
    with double.open():
        yield double


@pytest.fixture
def source(database: Database, shop: Shop, there: Any) -> UUID:
    key = a_source(database, shop.brand_id)
    with database.transaction(shop.brand_id) as session:
        found = session.scalars(select(FlagshipSource)).one()
        found.kind, found.settings = "woocommerce", {"base_url": there.url}
        replace_secrets(found, {"consumer_key": KEY, "consumer_secret": SECRET})
    return key


def placed(there: Any, total: int = WHOLE, **marks: str) -> dict[str, Any]:
    """An order of one piece there, with `marks` among its meta data."""
    good = next(iter(next(iter(there.shelf.products.values())).goods.values()))
    order: dict[str, Any] = there.book.place([(good, 1, total)])
    order["meta_data"] = there.book.told([{"key": f"_{name}", "value": value} for name, value in marks.items()])
    return order


def on_both_sides(shop: Shop, source: UUID, there: Any, *, total: int = WHOLE, fee: str = "") -> tuple[OrderPush, dict[str, Any]]:
    order = placed(there, total, **({"stripe_fee": fee} if fee else {}))
    push = a_push(shop, source, str(order["id"]), now=datetime.now(UTC))
    order["meta_data"] += there.book.told([{"key": "_yundian_number", "value": push.number}])
    return push, order


def read(app: Application, database: Database, shop: Shop, source: UUID, seconds: int = 2) -> Any:
    return check(database, app.gateways.flagship, brand_id=shop.brand_id, source_id=source, day=today(), now=datetime.now(UTC) + timedelta(seconds=seconds))


def test_a_woocommerce_day(app: Application, database: Database, shop: Shop, source: UUID, there: Any) -> None:
    assert there.currency == "CNY"
    same = [on_both_sides(shop, source, there, fee="12.43")[0] for _ in range(2)]
    for _ in range(110):
        placed(there, 100)  # the shop's own customers, more than a page of them
    dearer, _ = on_both_sides(shop, source, there, total=WHOLE + 1)
    given_back, order = on_both_sides(shop, source, there, fee="0.57")
    there.book.refund(order["id"], "59.90")
    called_off, order = on_both_sides(shop, source, there)
    there.book.move(order, "cancelled")
    gone = a_push(shop, source, "999", now=datetime.now(UTC))
    stranger = placed(there, 100, yundian_number="28009")
    day = read(app, database, shop, source)
    assert (day.state, day.error_code, day.error_data) == ("differs", "", None)
    assert differences(database, day) == {
        (dearer.flagship_order_id, "amount_differs"), (given_back.flagship_order_id, "refund_missing_here"),
        (called_off.flagship_order_id, "state_differs"), (gone.flagship_order_id, "missing_there"), (str(stranger["id"]), "missing_here")}
    assert (day.order_count, day.fees_theirs_minor, day.refunds_theirs_minor) == (7, 2 * 1243 + 57, 5990)
    assert (day.orders_ours_minor, day.orders_theirs_minor) == (6 * WHOLE, 5 * WHOLE + 1 + 100)
    assert {line.order_push_id for line in standing(database, day) if line.kind == "order" and not line.differs} >= {push.id for push in same}


def test_one_order_that_cannot_be_read_is_an_exception(app: Application, database: Database, shop: Shop, source: UUID, there: Any) -> None:
    """Changed long ago there, so asked for by itself; a plugin keeps it from us."""
    on_both_sides(shop, source, there)
    broken, order = on_both_sides(shop, source, there)
    order["date_modified_gmt"] = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S")
    there.kept_back = {str(order["id"])}
    day = read(app, database, shop, source)
    assert (day.state, differences(database, day)) == ("differs", {(broken.flagship_order_id, "unread")})
    assert [line.error_code for line in standing(database, day) if line.cause == "unread"] == ["forbidden"]


def test_a_shop_that_locks_us_out_is_read_again_once_it_lets_us_in(app: Application, database: Database, shop: Shop, source: UUID, there: Any) -> None:
    on_both_sides(shop, source, there)
    stood = read(app, database, shop, source).orders_theirs_minor
    with database.transaction(shop.brand_id) as session:
        replace_secrets(session.scalars(select(FlagshipSource)).one(), {"consumer_key": KEY, "consumer_secret": "another"})
    failed = read(app, database, shop, source, 3)
    assert (failed.state, failed.reading, failed.orders_theirs_minor) == ("failed", 1, stood)
    with database.transaction(shop.brand_id) as session:
        found = session.scalars(select(FlagshipSource)).one()
        assert found.authorisation_ended_at is not None
        replace_secrets(found, {"consumer_key": KEY, "consumer_secret": SECRET})
    again = read(app, database, shop, source, 4)
    assert (again.state, again.reading, again.order_count) == ("matched", 2, 1)
