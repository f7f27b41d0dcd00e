"""A task stands first on her day, its script carries her own link, and it is handed in with the evidence it asks for."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from app.domain.sharing.models import ShareLink
from app.domain.tasks.actions import add_template, end_template
from app.domain.tasks.models import TaskAssignment, TaskTemplate
from app.domain.tasks.rules import Terms
from app.flows.work_tasks import ask_due
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock

TODAY = date(2026, 11, 22)


def asked(shop: Shop, **terms: Any) -> TaskAssignment:
    """Lin's part of a task of today, open from 10:00 to 22:00."""
    made = Terms(**({"title": "把轻旅箱发到群里", "kind": "share", "from_day": TODAY} | terms))
    add_template(shop.session, brand_id=shop.brand_id, terms=made, within=None, today=TODAY)
    ask_due(shop.session, brand_id=shop.brand_id, now=NOON)
    shop.session.commit()
    return shop.session.scalars(select(TaskAssignment).where(TaskAssignment.guide_id == shop.lin.id)).one()


def picture(side: int = 64, kind: str = "JPEG") -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    image = Image.new("RGB", (side, side), "teal")
    exif = image.getexif()
    exif[0x010E] = "at her home"
    image.save(file, kind, exif=exif)
    file.seek(0)
    return file, "IMG_0001.jpg"


def test_it_stands_first_today_and_the_script_has_her_link(lin: FlaskClient, shop: Shop) -> None:
    part = asked(shop, kind="script", morning_script="早上好，新到的箱子看这里 {link} 有问题问我", product_id=shop.case_product)
    home = lin.get("/guide/", headers=ZH).text
    assert home.index("把轻旅箱发到群里") < home.index("今天还没人打开你的链接")
    page = lin.get(f"/guide/tasks/{part.id}", headers=ZH).text
    shop.session.rollback()
    code = shop.session.scalars(select(ShareLink.code).where(ShareLink.guide_id == shop.lin.id, ShareLink.product_id == shop.case_product)).one()
    assert f'data-copy="早上好，新到的箱子看这里 http://localhost/s/{code} 有问题问我"' in page


@pytest.mark.parametrize(("evidence", "sent", "said"), [
    ("none", {}, ""), ("text", {"evidence": "发了三个群"}, "发了三个群"), ("photo", {"picture": True}, "")])
def test_it_is_handed_in_with_its_evidence(lin: FlaskClient, shop: Shop, evidence: str, sent: dict[str, Any], said: str) -> None:
    part = asked(shop, evidence=evidence)
    data = {name: picture() if value is True else value for name, value in sent.items()}
    assert lin.post(f"/guide/tasks/{part.id}", data=data, headers=ZH).status_code == 303
    shop.session.refresh(part)
    assert (part.state, part.done_at, part.done_by, part.evidence) == ("done", NOON, "tick", said)
    assert "把轻旅箱发到群里" in lin.get("/guide/tasks?state=done", headers=ZH).text
    assert "把轻旅箱发到群里" not in lin.get("/guide/tasks", headers=ZH).text


def test_a_photo_is_made_ours_and_shown_to_her_alone(lin: FlaskClient, shop: Shop) -> None:
    part = asked(shop, evidence="photo")
    lin.post(f"/guide/tasks/{part.id}", data={"picture": picture(1600)}, headers=ZH)
    shown = lin.get(f"/guide/tasks/{part.id}/photo.webp")
    with Image.open(io.BytesIO(shown.data)) as kept:
        assert (kept.format, kept.width, dict(kept.getexif())) == ("WEBP", 1000, {})
    shop.session.refresh(part)
    assert lin.get(f"/media/{part.picture_key}").status_code == 404
    assert "private" in shown.headers["Cache-Control"]


@pytest.mark.parametrize(("evidence", "sent", "field"), [
    ("text", {"evidence": " "}, "evidence"), ("text", {"evidence": "长" * 501}, "evidence"), ("photo", {}, "picture"),
    ("photo", {"picture": (io.BytesIO(b"MZ not a picture"), "a.jpg")}, "picture"), ("none", {"evidence": "长" * 501}, "")])
def test_what_is_missing_is_said_and_nothing_is_done(lin: FlaskClient, shop: Shop, evidence: str, sent: dict[str, Any], field: str) -> None:
    part = asked(shop, evidence=evidence)
    answer = lin.post(f"/guide/tasks/{part.id}", data=dict(sent), headers=ZH)
    assert answer.status_code == 422 and (f'id="{field}-err"' in answer.text if field else 'class="al bad"' in answer.text)
    shop.session.refresh(part)
    assert part.state == "open"


def test_at_the_deadline_it_is_made_up_for_and_done_twice_is_done_once(lin: FlaskClient, shop: Shop, clock: TestClock) -> None:
    """Due at 22:00: at 22:00 sharp it is late; the second press, an hour later, changes nothing."""
    part = asked(shop)
    clock.now = NOON + timedelta(hours=10)
    lin.get("/guide/tasks?state=late", headers=ZH).text.index("把轻旅箱发到群里")
    lin.post(f"/guide/tasks/{part.id}", headers=ZH)
    clock.now += timedelta(hours=1)
    lin.post(f"/guide/tasks/{part.id}", headers=ZH)
    shop.session.refresh(part)
    assert (part.state, part.done_at) == ("late", NOON + timedelta(hours=10))
    assert "逾期补做" in lin.get("/guide/tasks?state=done", headers=ZH).text


def test_what_has_been_called_off_cannot_be_handed_in(lin: FlaskClient, shop: Shop) -> None:
    part = asked(shop)
    template = shop.session.scalars(select(TaskTemplate)).one()
    end_template(shop.session, brand_id=shop.brand_id, template_id=template.id, within=None, reason="活动取消", now=NOON, today=TODAY)
    shop.session.commit()
    assert "活动取消" in lin.get(f"/guide/tasks/{part.id}", headers=ZH).text
    assert lin.post(f"/guide/tasks/{part.id}", headers=ZH).status_code == 422
    shop.session.refresh(part)
    assert (part.state, part.done_at) == ("excused", None)


def test_anothers_task_is_not_found(lin: FlaskClient, shop: Shop) -> None:
    asked(shop)
    hers = shop.session.scalars(select(TaskAssignment).where(TaskAssignment.guide_id == shop.he.id)).one()
    assert [lin.get(f"/guide/tasks/{hers.id}{end}").status_code for end in ("", "/photo.webp")] == [404, 404]
    assert lin.post(f"/guide/tasks/{hers.id}").status_code == 404
    assert lin.get("/guide/tasks/nonsense").status_code == 404


def test_empty_lists_say_what_to_do(lin: FlaskClient) -> None:
    for state in ("open", "late", "done", "nonsense"):
        page = lin.get(f"/guide/tasks?state={state}&page=99999", headers=ZH)
        assert page.status_code == 200 and 'class="em"' in page.text


def test_the_page_says_how_a_share_task_is_done(lin: FlaskClient, shop: Shop) -> None:
    part = asked(shop, evidence="photo")
    assert re.search("有顾客打开你的链接就自动算完成；也可以在这里自己打勾", lin.get(f"/guide/tasks/{part.id}", headers=ZH).text)
