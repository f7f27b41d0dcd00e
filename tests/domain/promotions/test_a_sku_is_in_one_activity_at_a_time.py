"""Two activities may not hold the same variant at the same moment; the refusal names the other one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import func, select

from app.domain.promotions.activities import add_activity, change_activity, end_activity
from app.domain.promotions.models import Activity, ActivityPrice
from app.extensions import Database
from app.kernel.errors import Invalid, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.activities import DAY, an_activity
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def refusals(shop: Shop, prices: dict, starts_at: datetime = NOON, ends_at: datetime = NOON + DAY) -> list[Refused]:
    with pytest.raises(Invalid) as refused:
        add_activity(shop.session, brand_id=shop.brand_id, name="再一个", prices=prices, starts_at=starts_at, ends_at=ends_at, now=NOON)
    shop.session.rollback()
    return refused.value.errors


def test_an_overlap_names_the_other_activity(shop: Shop) -> None:
    an_activity(shop.session, {shop.case: 25900}, name="清仓")
    [wrong] = refusals(shop, {shop.cover: 4900, shop.case: 19900}, NOON + DAY / 2, NOON + 2 * DAY)
    assert (wrong.code, wrong.field, str(wrong)) == ("activity_overlap", "prices.1", "“A”这段时间已经在活动 A-1“清仓”里")


def test_one_may_begin_when_the_other_ends(shop: Shop) -> None:
    an_activity(shop.session, {shop.case: 25900})
    an_activity(shop.session, {shop.case: 24900}, starts_at=NOON + DAY, ends_at=NOON + 2 * DAY)
    assert [one.code for one in refusals(shop, {shop.case: 1}, NOON + DAY - NOON.resolution, NOON + DAY)] == ["activity_overlap"]


def test_an_ended_one_is_no_obstacle(shop: Shop) -> None:
    first = an_activity(shop.session, {shop.case: 25900})
    end_activity(shop.session, brand_id=shop.brand_id, activity_id=first.id, now=NOON + DAY / 2)
    an_activity(shop.session, {shop.case: 24900}, now=NOON + DAY / 2)


def test_a_longer_end_meets_the_next_one(shop: Shop) -> None:
    first = an_activity(shop.session, {shop.case: 25900})
    an_activity(shop.session, {shop.case: 24900}, starts_at=NOON + DAY, ends_at=NOON + 2 * DAY)
    with pytest.raises(Invalid) as refused:
        change_activity(shop.session, brand_id=shop.brand_id, activity_id=first.id, name="更久", ends_at=NOON + DAY + NOON.resolution, now=NOON)
    assert refused.value.errors[0].code == "activity_overlap"


def test_goods_that_are_gone_or_not_ours(shop: Shop) -> None:
    from app.domain.catalog.models import Variant
    shop.session.get(Variant, (shop.brand_id, shop.cover)).tombstoned_at = NOON
    shop.session.commit()
    assert [(one.code, one.field) for one in refusals(shop, {shop.case: -1, shop.cover: 10**13})] == [
        ("price_negative", "prices.0"), ("amount_out_of_range", "prices.1"), ("variant_gone", "prices.1")]
    with pytest.raises(NotFound):
        add_activity(shop.session, brand_id=shop.brand_id, name="x", prices={new_id(): 1}, ends_at=NOON + DAY, now=NOON)


@pytest.mark.parametrize(("terms", "field"), [
    ({"name": " "}, "name"), ({"name": "x" * 81}, "name"), ({"prices": {}}, "prices"), ({"ends_at": NOON}, "ends_at"),
    ({"starts_at": NOON + DAY}, "ends_at"), ({"prices": {new_id(): 1 for _ in range(1001)}}, "prices")])
def test_what_makes_no_activity(shop: Shop, terms: dict, field: str) -> None:
    given = {"name": "x", "prices": {shop.case: 1}, "ends_at": NOON + DAY, **terms}
    with pytest.raises(Refused) as refused:
        add_activity(shop.session, brand_id=shop.brand_id, now=NOON, **given)
    assert refused.value.field == field


def live_twice(session: BrandSession, variant_id: object) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(ActivityPrice).where(ActivityPrice.variant_id == variant_id)) or 0


def test_two_at_once_make_one(database: Database, shop: Shop) -> None:
    def make(price: int) -> str:
        with database.session(shop.brand_id) as session:
            try:
                an_activity(session, {shop.case: price})
            except Invalid as refused:
                return refused.errors[0].code
            return "made"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(make, range(100, 108))) == ["activity_overlap"] * 7 + ["made"]
    assert live_twice(shop.session, shop.case) == 1


def test_without_the_lock_a_sku_has_two_prices(shop: Shop) -> None:
    """The twin: what two who looked at the same moment would write; nothing in the database holds them apart."""
    for number, price in ((1, 25900), (2, 24900)):
        activity = Activity(id=new_id(), number=number, name="x", starts_at=NOON, ends_at=NOON + DAY)
        activity.prices = [ActivityPrice(brand_id=shop.brand_id, variant_id=shop.case, price_minor=price)]
        shop.session.add(activity)
    shop.session.commit()
    assert live_twice(shop.session, shop.case) == 2
