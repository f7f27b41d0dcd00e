"""A share task is done when somebody else opened a link of hers to its goods inside its window; her own browser, programs and other goods do not count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.domain.customers.actions import claim_visitor, meet
from app.domain.sharing.actions import share_link
from app.domain.sharing.touch_log import drain, note_touch
from app.domain.tasks.actions import add_template, hand_in
from app.domain.tasks.models import TaskAssignment
from app.domain.tasks.rules import Terms
from app.extensions import Database
from app.flows import work_tasks as work
from app.flows.work_tasks import ask_due, tick_opened, work_tasks
from app.kernel.tenancy import BrandSession
from tests.builders.activities import an_activity
from tests.builders.money import unguarded
from tests.builders.races import Race
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

TODAY = date(2026, 11, 22)
TEN = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def asked(shop: Shop, **terms: Any) -> TaskAssignment:
    """Lin's part of a task about the case, open from 10:00 until 22:00."""
    made = Terms(**({"title": "发轻旅箱", "kind": "share", "product_id": shop.case_product, "from_day": TODAY} | terms))
    add_template(shop.session, brand_id=shop.brand_id, terms=made, within=None, today=TODAY)
    ask_due(shop.session, brand_id=shop.brand_id, now=NOON)
    return shop.session.scalars(select(TaskAssignment).where(TaskAssignment.guide_id == shop.lin.id)).one()


def opened(shop: Shop, product_id: UUID | None, at: datetime, visitor: str = "anna", *, bot: bool = False,
           activity_id: UUID | None = None) -> None:
    link = share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=product_id, activity_id=activity_id)
    note_touch(shop.session, brand_id=shop.brand_id, visitor=visitor, share_link_id=link.id, at=at, bot=bot)
    shop.session.flush()


def test_the_first_opening_in_its_window_does_it(shop: Shop) -> None:
    """Opened at 09:59:59, 10:30 and 11:00: done at 10:30, by the link; He's part stays open."""
    part = asked(shop)
    for minutes in (-1 / 60, 30, 60):
        opened(shop, shop.case_product, TEN + timedelta(minutes=minutes))
    drain(shop.session, brand_id=shop.brand_id)
    assert [work_tasks(shop.session, brand_id=shop.brand_id, now=NOON) for _ in range(2)] == [(0, 1, 0), (0, 0, 0)]
    shop.session.refresh(part)
    assert (part.state, part.done_at, part.done_by) == ("done", TEN + timedelta(minutes=30), "link")


@pytest.mark.parametrize("case", ["other goods", "program", "too early", "too late"])
def test_what_does_not_count(shop: Shop, case: str) -> None:
    part = asked(shop)
    at = {"too early": TEN - timedelta(seconds=1), "too late": TEN + timedelta(hours=12)}.get(case, NOON)
    opened(shop, shop.cover_product if case == "other goods" else shop.case_product, at, bot=case == "program")
    assert tick_opened(shop.session, brand_id=shop.brand_id) == 0
    shop.session.refresh(part)
    assert part.state == "open"


def test_without_goods_any_link_of_hers_does_it(shop: Shop) -> None:
    asked(shop, product_id=None)
    opened(shop, None, NOON)
    assert tick_opened(shop.session, brand_id=shop.brand_id) == 1


def test_about_an_activity_only_a_link_to_it_does_it(shop: Shop) -> None:
    activity = an_activity(shop.session, {shop.case: 25900})
    asked(shop, product_id=None, activity_id=activity.id)
    opened(shop, shop.case_product, NOON)
    assert tick_opened(shop.session, brand_id=shop.brand_id) == 0
    opened(shop, None, NOON, activity_id=activity.id)
    assert tick_opened(shop.session, brand_id=shop.brand_id) == 1


def test_a_task_of_another_kind_is_not_done_by_a_link(shop: Shop) -> None:
    asked(shop, kind="follow_up")
    opened(shop, shop.case_product, NOON)
    assert tick_opened(shop.session, brand_id=shop.brand_id) == 0


def her_own_browser(shop: Shop) -> None:
    herself = meet(shop.session, brand_id=shop.brand_id, phone=shop.lin.phone, now=NOON)
    claim_visitor(shop.session, brand_id=shop.brand_id, visitor="her-phone", customer_id=herself.id, now=NOON)


def test_her_own_browser_does_not_count(shop: Shop) -> None:
    asked(shop)
    her_own_browser(shop)
    opened(shop, shop.case_product, NOON, "her-phone")
    assert tick_opened(shop.session, brand_id=shop.brand_id) == 0
    opened(shop, shop.case_product, NOON, "anna")
    assert tick_opened(shop.session, brand_id=shop.brand_id) == 1


def test_without_that_guard_she_would_do_it_by_herself(shop: Shop) -> None:
    """The same statement, told of nobody's own browsers."""
    asked(shop)
    her_own_browser(shop)
    opened(shop, shop.case_product, NOON, "her-phone")
    done = shop.session.connection().exec_driver_sql(work.OPENED, {"brand_id": shop.brand_id, "guides": [], "customers": []}).all()
    assert len(done) == 1


def test_the_clock_and_her_tick_at_once_do_it_once(shop: Shop, database: Database) -> None:
    """Whoever comes first is kept; the other finds it done."""
    part = asked(shop)
    opened(shop, shop.case_product, NOON)
    shop.session.commit()
    key = {"brand_id": shop.brand_id, "guide_id": shop.lin.id, "assignment_id": part.id, "text": "", "picture_key": ""}
    results = Race(database, shop.brand_id).run(
        lambda session: tick_opened(session, brand_id=shop.brand_id), *[lambda session: hand_in(session, now=NOON, **key).done_by] * 3)
    shop.session.expire_all()
    assert set(results[1:]) == {part.done_by} and (results[0] == 1) == (part.done_by == "link")
    assert part.state == "done" and part.done_at == NOON


def test_without_its_unique_keys_a_day_would_be_asked_twice(shop: Shop, settings: Settings) -> None:
    """The statement run again in a database without them: she has the task twice."""
    asked(shop)
    shop.session.commit()
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("ALTER TABLE tasks DROP CONSTRAINT uq_tasks_brand_id_template_id_day_slot"))
        values = {"brand_id": shop.brand_id, "now": NOON, "timezone": "Asia/Shanghai", "day": TODAY, "segments": [], "serving": []}
        sql = work.ASK.replace("ON CONFLICT (brand_id, template_id, day, slot) DO NOTHING", "")
        assert len(bare.connection().exec_driver_sql(sql, values).all()) == 2
        assert bare.execute(text("SELECT count(*) FROM task_assignments WHERE brand_id = :b AND guide_id = :g"),
                            {"b": shop.brand_id, "g": shop.lin.id}).scalar() == 2


def test_done_without_a_moment_is_refused_by_the_table(shop: Shop) -> None:
    part = asked(shop)
    for change in ("state = 'done'", "done_at = now()", "state = 'excused', done_at = now(), done_by = 'tick'"):
        with pytest.raises(Exception, match="ck_task_assignments_done"), shop.session.begin_nested():
            shop.session.execute(text(f"UPDATE task_assignments SET {change} WHERE id = :id"), {"id": part.id})
