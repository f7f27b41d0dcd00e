"""A task about a segment asks only guides who serve somebody of it, at the moment it is asked; it stands until its last deadline."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.care.actions import drop_segment, save_segment
from app.domain.notices.models import Notice
from app.domain.tasks.actions import add_template, end_template
from app.domain.tasks.models import TaskAssignment, TaskTemplate
from app.domain.tasks.rules import Terms, standing
from app.flows.work_tasks import ask_due, work_tasks
from app.kernel.errors import Conflict, NotFound
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import paid_order
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

TODAY = date(2026, 11, 22)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """Lin's customer bought a case for 299.00, which bound her to Lin; nobody is bound to He."""
    found = a_shop(session)
    paid_order(found, (found.case, 1))
    session.commit()
    return found


def about(shop: Shop, spent_minor: int, **terms: object) -> TaskTemplate:
    segment = save_segment(shop.session, brand_id=shop.brand_id, name=f"花过 {spent_minor}", terms={"spent_minor": spent_minor})
    asked = Terms(title="回访老客", kind="follow_up", from_day=TODAY, segment_id=segment.id, **terms)  # type: ignore[arg-type]
    return add_template(shop.session, brand_id=shop.brand_id, terms=asked, within=None, today=TODAY)


def whom(shop: Shop) -> set[str]:
    ask_due(shop.session, brand_id=shop.brand_id, now=NOON)
    return {one.guide.name for one in shop.session.scalars(select(TaskAssignment))}


def test_who_serves_one_of_them_is_asked(shop: Shop) -> None:
    about(shop, 29900)
    assert whom(shop) == {shop.lin.name}


def test_nobody_serves_one(shop: Shop) -> None:
    about(shop, 9_999_900)
    assert whom(shop) == set()


def test_without_a_segment_everybody_is_asked(shop: Shop) -> None:
    """The twin: the same task about nobody in particular."""
    about(shop, 29900).segment_id = None
    assert whom(shop) == {shop.lin.name, shop.he.name}


def test_a_segment_in_use_stays(shop: Shop) -> None:
    """Without it the task would go to everybody."""
    made = about(shop, 29900)
    key = made.segment_id
    assert key is not None
    with pytest.raises(Conflict):
        drop_segment(shop.session, brand_id=shop.brand_id, segment_id=key)
    end_template(shop.session, brand_id=shop.brand_id, template_id=made.id, within=None, reason="", now=NOON, today=TODAY)
    drop_segment(shop.session, brand_id=shop.brand_id, segment_id=key)
    shop.session.commit()
    shop.session.refresh(made)
    assert made.segment_id is None


def test_an_unknown_segment_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound):
        add_template(shop.session, brand_id=shop.brand_id, terms=Terms(title="x", kind="other", from_day=TODAY, segment_id=new_id()), within=None, today=TODAY)


def test_a_single_day_runs_until_its_deadline(shop: Shop) -> None:
    """From ten on the 22nd, 48 hours: due at ten on the 24th."""
    made = about(shop, 29900, schedule="once", hours=48)
    assert [standing(made, date(2026, 11, day)) for day in (21, 22, 24, 25)] == ["coming", "running", "running", "ended"]


def test_who_is_late_is_told_once(shop: Shop) -> None:
    """Ten o'clock and three hours: late at 13:00, told once though looked at twice."""
    about(shop, 29900, hours=3)
    assert whom(shop) == {shop.lin.name}
    late = NOON.replace(hour=6)
    for _ in range(2):
        work_tasks(shop.session, brand_id=shop.brand_id, now=late)
    told = shop.session.scalars(select(Notice).where(Notice.kind == "task_late")).all()
    assert [(one.account_id, one.data["title"]) for one in told] == [(shop.lin.account_id, "回访老客")]
