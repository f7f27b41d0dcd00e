"""A template asks on its days, from 10:00 or 12:30 of the brand's clock until its deadline; asked twice it is asked once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.domain.brands.models import Brand
from app.domain.notices.models import Notice
from app.domain.tasks.actions import add_template, end_template, pause_template
from app.domain.tasks.models import Task, TaskAssignment, TaskTemplate
from app.domain.tasks.rules import Terms
from app.extensions import Database
from app.flows.work_tasks import ask_due, work_tasks
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_guide, a_unit
from tests.builders.races import Race
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

TODAY = date(2026, 11, 22)
"""A Sunday; NOON is 12:00 of it in Shanghai."""


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def template(shop: Shop, **terms: Any) -> TaskTemplate:
    asked = Terms(**({"title": "发一款到群里", "kind": "other", "from_day": TODAY} | terms))
    return add_template(shop.session, brand_id=shop.brand_id, terms=asked, within=None, today=TODAY)


def shanghai(hour: int, minute: int = 0, second: int = 0, *, day: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=8)


def asked(shop: Shop, at: datetime) -> int:
    return ask_due(shop.session, brand_id=shop.brand_id, now=at)


def test_both_guides_are_asked_at_ten_once_and_told_once(shop: Shop) -> None:
    template(shop, hours=12)
    assert [asked(shop, shanghai(9, 59, 59)), asked(shop, shanghai(10)), asked(shop, shanghai(10)), asked(shop, NOON)] == [0, 2, 0, 0]
    task = shop.session.scalars(select(Task)).one()
    assert (task.day, task.slot, task.starts_at, task.due_at) == (TODAY, "morning", shanghai(10), shanghai(22))
    told = shop.session.scalars(select(Notice).where(Notice.kind == "task")).all()
    assert {one.account_id for one in told} == {shop.lin.account_id, shop.he.account_id} and len(told) == 2
    assert {one.data["title"] for one in told} == {"发一款到群里"}


def test_noon_begins_at_half_past_twelve_and_asks_anew(shop: Shop) -> None:
    template(shop, noon=True, hours=4)
    assert [asked(shop, at) for at in (NOON, shanghai(12, 29, 59), shanghai(12, 30))] == [2, 0, 2]
    assert shop.session.scalars(select(Task.slot).order_by(Task.starts_at)).all() == ["morning", "noon"]


def test_whose_deadline_has_passed_is_not_asked(shop: Shop) -> None:
    """Ten o'clock and two hours: at noon sharp it is over (half-open)."""
    template(shop, hours=2)
    assert asked(shop, NOON) == 0


@pytest.mark.parametrize(("terms", "days"), [
    ({"schedule": "once", "from_day": date(2026, 11, 23)}, [23]), ({"schedule": "weekly", "weekday": 2}, [24]), ({"to_day": date(2026, 11, 23)}, [22, 23]),
    ({"from_day": date(2026, 11, 25)}, [25])])
def test_its_days(shop: Shop, terms: dict[str, Any], days: list[int]) -> None:
    """Sunday the 22nd to Wednesday the 25th."""
    template(shop, **terms)
    assert [day for day in range(22, 26) if asked(shop, shanghai(11, day=day))] == days


def test_the_brands_clock_decides(shop: Shop, database: Database, brand: Brand) -> None:
    """In New York it is 23:00 of the 21st at noon in Shanghai; ten o'clock of the 22nd comes at 15:00 UTC."""
    with database.transaction(operator=True) as operator:
        operator.execute(text("UPDATE brands SET timezone = 'America/New_York' WHERE id = :id"), {"id": brand.id})
    shop.session.expire_all()
    template(shop)
    assert [asked(shop, at) for at in (NOON, datetime(2026, 11, 22, 14, 59, tzinfo=UTC), datetime(2026, 11, 22, 15, 0, tzinfo=UTC))] == [0, 0, 2]


def test_paused_or_ended_it_asks_nobody_and_a_missed_day_is_not_made_up(shop: Shop) -> None:
    found = template(shop)
    key = {"brand_id": shop.brand_id, "template_id": found.id, "within": None}
    pause_template(shop.session, **key, on=True, now=NOON, today=TODAY)
    assert asked(shop, NOON) == 0
    pause_template(shop.session, **key, on=False, now=NOON, today=TODAY)
    assert [asked(shop, shanghai(11, day=24)), asked(shop, shanghai(11, day=24))] == [2, 0]
    end_template(shop.session, **key, reason="活动取消", now=NOON, today=TODAY)
    assert asked(shop, shanghai(11, day=25)) == 0
    assert set(shop.session.execute(select(TaskAssignment.state, TaskAssignment.reason)).all()) == {("excused", "活动取消")}


def test_only_whom_it_is_for_is_asked(shop: Shop) -> None:
    """Of the store's two, one is suspended; an outsider of the store and a colleague of another store are not meant."""
    elsewhere = a_unit(shop.session)
    a_guide(shop.session, elsewhere, "周宁", now=NOON)
    outsider = a_guide(shop.session, shop.store, "吴静", now=NOON)
    outsider.kind, shop.he.status = "affiliate", "suspended"
    shop.session.flush()
    template(shop, audience="staff", org_unit_id=shop.store.parent_id)
    assert asked(shop, NOON) == 1
    assert shop.session.scalars(select(TaskAssignment.guide_id)).all() == [shop.lin.id]


def test_goods_taken_off_are_asked_of_nobody(shop: Shop) -> None:
    template(shop, product_id=shop.case_product)
    shop.session.execute(text("UPDATE products SET status = 'unpublished' WHERE id = :id"), {"id": shop.case_product})
    assert asked(shop, NOON) == 0


def test_past_its_deadline_it_is_late_for_who_works_here_still(shop: Shop) -> None:
    template(shop, hours=2)
    asked(shop, shanghai(10))
    shop.he.status = "left"
    shop.session.flush()
    assert [work_tasks(shop.session, brand_id=shop.brand_id, now=at) for at in (shanghai(11, 59, 59), NOON, NOON)] == [(0, 0, 0), (0, 0, 2), (0, 0, 0)]
    states = dict(shop.session.execute(select(TaskAssignment.guide_id, TaskAssignment.state)).all())
    assert states == {shop.lin.id: "late", shop.he.id: "excused"}


def test_two_clocks_at_once_ask_once(shop: Shop, database: Database) -> None:
    template(shop)
    shop.session.commit()
    counts = Race(database, shop.brand_id).run(*[lambda session: ask_due(session, brand_id=shop.brand_id, now=NOON)] * 4)
    assert sorted(counts) == [0, 0, 0, 2]
    assert shop.session.scalar(select(func.count()).select_from(TaskAssignment)) == 2
