"""Orders pushed through the real JD gateway, and the day after asked for in its own words: the shop's list names none of our numbers, so each
push that moved is asked for in the order channel. Prices are JD's, whatever our shopper paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.flagship_books.models import FlagshipDay
from app.extensions import Database
from app.flows.reconcile_flagship import queue_day
from app.jobs.flagship_days import reconcile_flagship_day
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.days import today
from tests.builders.flagship_books import differences, standing
from tests.builders.pushes import Jd, Pushing, pushing


@pytest.fixture
def house(app: Application, session: BrandSession, database: Database, jd: Jd) -> Pushing:
    return pushing(session, database, jd, app.gateways.flagship)


def checked(app: Application, house: Pushing, now: datetime) -> FlagshipDay:
    """Through the job, as the worker runs it."""
    with house.database.transaction(house.brand_id) as session:
        day_id = queue_day(session, brand_id=house.brand_id, source_id=house.source_id, day=today(), flagship=house.flagship, now=now).id
    reconcile_flagship_day(house.database, now=now, gateways=app.gateways, brand_id=house.brand_id, day_id=str(day_id))
    with house.database.transaction(house.brand_id) as session:
        found = session.get(FlagshipDay, (house.brand_id, UUID(str(day_id))))
        assert found is not None
        return found


def test_a_jd_day(app: Application, house: Pushing, jd: Jd) -> None:
    for _ in range(3):
        house.sell(datetime.now(UTC))
        house.work(datetime.now(UTC))
    jd.double.orders.place([{"skuId": house.case_id, "num": 1}])  # the shop's own customer
    jd.advance(house.pushes()[1].flagship_order_id, "cancel")
    del jd.double.orders.orders[int(house.pushes()[2].flagship_order_id)]
    jd.double.orders.by_channel.pop(house.pushes()[2].number)
    soon = datetime.now(UTC) + timedelta(seconds=2)
    day = checked(app, house, soon)
    first, second, third = (push.flagship_order_id for push in house.pushes())
    assert differences(house.database, day) == {(second, "state_differs"), (third, "missing_there")}
    each = house.pushes()[0].goods_minor
    assert (day.order_count, day.orders_ours_minor, day.orders_theirs_minor) == (3, 3 * each, 2 * each)
    assert {line.kind for line in standing(house.database, day)} == {"order", "fee"} and day.fees_theirs_minor == 0
    assert {line.cause for line in standing(house.database, day) if line.kind == "fee"} == {"fee_unknown"}
    assert {line.flagship_order_id for line in standing(house.database, day)} == {first, second, third}


def test_a_jd_shop_that_is_down_is_no_match(app: Application, house: Pushing, jd: Jd) -> None:
    house.sell(datetime.now(UTC))
    house.work(datetime.now(UTC))
    jd.fault("error", "jingdong.pop.order.enSearch", code="21", count=99)
    day = checked(app, house, datetime.now(UTC) + timedelta(seconds=2))
    assert (day.state, day.reading) == ("failed", 0)
    jd.well_again()
    assert checked(app, house, datetime.now(UTC) + timedelta(seconds=3)).state == "matched"
