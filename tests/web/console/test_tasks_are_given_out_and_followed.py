"""Headquarters gives out a task and follows it by store and guide; a manager sees her own scope and makes tasks for her own units."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.people.models import AuditEvent
from app.domain.tasks.actions import hand_in
from app.domain.tasks.models import TaskAssignment, TaskTemplate
from app.flows.work_tasks import ask_due
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.people import a_colleague, a_guide, a_unit
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.conftest import NOON
from tests.web.console.conftest import in_chinese

GOOD = {"title": "把轻旅箱发到群里", "kind": "share", "audience": "all", "schedule": "daily", "morning": "y", "hours": "12", "evidence": "text",
        "from_day": "2026-11-22", "morning_script": "早上好 {link}"}


def give(client: FlaskClient, session: BrandSession, **data: str) -> TaskTemplate:
    answer = client.post("/console/tasks/new", data=GOOD | data)
    assert answer.status_code == 303, re.findall(r'class="err".*?</span></span>', answer.text)
    session.rollback()
    return session.scalars(select(TaskTemplate).order_by(TaskTemplate.id.desc())).first()  # type: ignore[return-value]


def parts(session: BrandSession, brand_id: int) -> dict[str, TaskAssignment]:
    ask_due(session, brand_id=brand_id, now=NOON)
    session.commit()
    return {one.guide.name: one for one in session.scalars(select(TaskAssignment))}


@pytest.fixture
def manager(app: Application, session: BrandSession, shop: Shop) -> FlaskClient:
    account = a_colleague(session, "store_manager", shop.store)
    session.commit()
    return in_chinese(console(app, account.login))


def test_it_is_given_out_and_its_results_are_drawn(operations: FlaskClient, session: BrandSession, shop: Shop) -> None:
    """Two of the store are asked, one hands in: half on time."""
    made = give(operations, session)
    assert (made.title, made.kind, made.hours, made.morning, made.noon, made.from_day, made.to_day, made.created_by) == (
        "把轻旅箱发到群里", "share", 12, True, False, date(2026, 11, 22), None, "陈岚")
    found = parts(session, shop.brand_id)
    hand_in(session, brand_id=shop.brand_id, guide_id=shop.lin.id, assignment_id=found["林晓芸"].id, text="=发了三个群", picture_key="", now=NOON)
    session.commit()
    listed = operations.get("/console/tasks?q=轻旅箱&state=running&sort=-done").text
    assert "50%" in listed and "<small>1 / 0 / 1</small>" in listed and "b-ok" in listed
    page = operations.get(f"/console/tasks/{made.id}").text
    assert "静安嘉里店" in page and "<small>1 / 0 / 1</small>" in page
    guides = operations.get(f"/console/tasks/{made.id}/guides?state=done&store={shop.store.id}").text
    assert "=发了三个群" in guides and "林晓芸" in guides and "何敏" not in guides
    csv = operations.get(f"/console/tasks/{made.id}/results.csv").text
    assert csv.count("\r\n") == 3 and "'=发了三个群" in csv
    session.rollback()
    assert session.scalars(select(AuditEvent.subject_name).where(AuditEvent.action == "export")).all() == ["把轻旅箱发到群里"]


@pytest.mark.parametrize(("data", "field"), [
    ({"title": " "}, "title"), ({"kind": "bribe"}, "kind"), ({"hours": "0"}, "hours"), ({"hours": "9" * 40}, "hours"), ({"from_day": "2026-11-21"}, "from_day"),
    ({"from_day": "soon"}, "from_day"), ({"to_day": "2026-11-21"}, "to_day"), ({"schedule": "weekly", "weekday": "8"}, "weekday"), ({"morning": ""}, "morning"),
    ({"kind": "script", "morning_script": ""}, "morning_script"), ({"evidence": "oath"}, "evidence"), ({"what": "长" * 501}, "what")])
def test_what_no_task_may_say_is_told_at_its_field(operations: FlaskClient, session: BrandSession, data: dict[str, str], field: str) -> None:
    answer = operations.post("/console/tasks/new", data={key: value for key, value in (GOOD | data).items() if value})
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-err"|<fieldset class="fld is-bad">', answer.text)
    session.rollback()
    assert session.scalars(select(TaskTemplate)).all() == []


def test_its_words_change_and_the_rest_stays(operations: FlaskClient, session: BrandSession) -> None:
    made = give(operations, session)
    answer = operations.post(f"/console/tasks/{made.id}/edit", data={"title": "新标题", "what": "发两个群", "morning_script": "", "to_day": "2026-12-01", "hours": "1"})
    assert answer.status_code == 303
    session.rollback()
    session.refresh(made)
    assert (made.title, made.what, made.to_day, made.hours) == ("新标题", "发两个群", date(2026, 12, 1), 12)


def test_paused_resumed_and_ended(operations: FlaskClient, session: BrandSession, shop: Shop) -> None:
    made = give(operations, session)
    found = parts(session, shop.brand_id)
    for deed, said in (("pause", "已暂停"), ("resume", "已恢复"), ("end", "已结束")):
        assert said in operations.post(f"/console/tasks/{made.id}/{deed}", data={"reason": "下雨"}, follow_redirects=True).text
    assert "这个任务已经结束" in operations.post(f"/console/tasks/{made.id}/resume", follow_redirects=True).text
    session.rollback()
    session.refresh(found["何敏"])
    assert (found["何敏"].state, found["何敏"].reason) == ("excused", "下雨")


def test_one_guide_is_excused_with_a_reason(operations: FlaskClient, session: BrandSession, shop: Shop) -> None:
    give(operations, session)
    found = parts(session, shop.brand_id)
    assert operations.post(f"/console/tasks/parts/{found['何敏'].id}/excuse", data={"reason": " "}).status_code == 303
    session.rollback()
    session.refresh(found["何敏"])
    assert found["何敏"].state == "open"
    operations.post(f"/console/tasks/parts/{found['何敏'].id}/excuse", data={"reason": "今天休息"})
    session.rollback()
    session.refresh(found["何敏"])
    assert (found["何敏"].state, found["何敏"].reason) == ("excused", "今天休息")


def test_a_manager_makes_tasks_for_her_own_store_only(manager: FlaskClient, session: BrandSession, shop: Shop) -> None:
    assert manager.post("/console/tasks/new", data=GOOD).status_code == 422
    elsewhere = a_unit(session)
    session.commit()
    assert manager.post("/console/tasks/new", data=GOOD | {"org_unit_id": str(elsewhere.id)}).status_code == 404
    made = give(manager, session, org_unit_id=str(shop.store.id))
    assert manager.get(f"/console/tasks/{made.id}/edit").status_code == 200


def test_a_manager_sees_the_brands_task_in_her_own_store_and_cannot_turn_it(manager: FlaskClient, operations: FlaskClient, session: BrandSession,
                                                                            shop: Shop) -> None:
    """Three are asked, two of them in her store."""
    a_guide(session, a_unit(session, name="虹桥店"), "周宁", now=NOON)
    session.commit()
    made = give(operations, session)
    found = parts(session, shop.brand_id)
    page = manager.get(f"/console/tasks/{made.id}").text
    assert "静安嘉里店" in page and "虹桥店" not in page and "0 / 0 / 2" in page
    assert "周宁" not in manager.get(f"/console/tasks/{made.id}/guides").text
    assert "周宁" not in manager.get(f"/console/tasks/{made.id}/results.csv").text
    assert "只有总部能改" in manager.post(f"/console/tasks/{made.id}/end", follow_redirects=True).text
    assert manager.get(f"/console/tasks/{made.id}/edit").status_code == 404
    for end in ("excuse", "photo.webp"):
        call = manager.post if end == "excuse" else manager.get
        assert call(f"/console/tasks/parts/{found['周宁'].id}/{end}").status_code == 404
    session.rollback()
    session.refresh(made)
    assert made.ended_at is None


def test_anothers_store_task_is_not_found(store_manager: FlaskClient, operations: FlaskClient, session: BrandSession, shop: Shop) -> None:
    """Of the store that sells; the manager is of another one."""
    made = give(operations, session, org_unit_id=str(shop.store.id))
    assert store_manager.get(f"/console/tasks/{made.id}").status_code == 404
    assert "把轻旅箱发到群里" not in store_manager.get("/console/tasks").text
    assert store_manager.post(f"/console/tasks/{made.id}/end").status_code == 404


def test_finance_looks_and_does_not_give_out(finance: FlaskClient) -> None:
    assert [finance.get("/console/tasks").status_code, finance.get("/console/tasks/new").status_code] == [200, 404]


@pytest.mark.parametrize("query", ["q=%00", "q=%ED%A0%80", "page=99999999999", "state=x&kind=y&sort=z", "from=0001-01-01&to=9999-12-31", "store=%00", "sort=-late&page=-1"])
def test_no_address_is_an_error(operations: FlaskClient, session: BrandSession, brand: Brand, query: str) -> None:
    made = give(operations, session)
    for path in ("", f"/{made.id}", f"/{made.id}/guides", f"/{made.id}/results.csv"):
        assert operations.get(f"/console/tasks{path}?{query}").status_code in (200, 400)


def test_templates_see_only_their_own_brand(operations: FlaskClient, session: BrandSession, database: Any) -> None:
    made = give(operations, session)
    other = a_brand(database, slug=f"other{made.brand_id}", now=NOON)
    with database.session(other.id) as strange:
        assert strange.scalars(select(TaskTemplate)).all() == []
