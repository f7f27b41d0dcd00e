"""HQ makes a link; the guide sets her password by it once, within seven days, and nobody else's link fits."""

from __future__ import annotations

import re
import time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.guides.models import Guide
from app.domain.people.audit import AuditEvent
from app.flows.leave_guide import leave_guide
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.people import a_colleague, a_guide, a_unit
from tests.builders.signed_in import console, guide_app
from tests.conftest import NOON

NEW = {"password": "my own secret", "again": "my own secret"}


@pytest.fixture
def guide(session: BrandSession) -> Guide:
    guide = a_guide(session, a_unit(session), now=NOON)
    session.commit()
    return guide


@pytest.fixture
def owner(app: Application, guide: Guide, session: BrandSession) -> FlaskClient:
    account = a_colleague(session, "owner")
    session.commit()
    return console(app, account.login)


def link(owner: FlaskClient, guide: Guide) -> str:
    page = owner.post(f"/console/guides/{guide.id}/activation")
    assert page.status_code == 200 and "data:image/svg+xml;base64," in page.text
    found = re.search(r"http://localhost(/guide/activate/[^<\"]+)", page.text)
    assert found
    return found[1]


def test_once(app: Application, owner: FlaskClient, guide: Guide, client: FlaskClient) -> None:
    url = link(owner, guide)
    assert guide.name in client.get(url).text
    assert client.post(url, data={**NEW, "again": "x"}).status_code == 422
    assert client.post(url, data=NEW).status_code == 303
    assert client.get("/guide/password").status_code == 200, "she is signed in"
    again = app.test_client()
    assert (again.get(url).status_code, again.post(url, data=NEW).status_code) == (422, 422)


def test_seven_days(owner: FlaskClient, guide: Guide, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    url = link(owner, guide)
    made_at = time.time()
    for seconds, status in ((7 * 86400 - 60, 200), (7 * 86400 + 60, 422)):
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda later=made_at + seconds: later)
        assert client.get(url).status_code == status


def test_leaving_spends_it(owner: FlaskClient, guide: Guide, client: FlaskClient, session: BrandSession) -> None:
    url = link(owner, guide)
    leave_guide(session, brand_id=guide.brand_id, guide_id=guide.id, now=NOON)
    session.commit()
    assert client.get(url).status_code == 422


def test_a_forged_link_and_another_surface(owner: FlaskClient, guide: Guide, client: FlaskClient) -> None:
    url = link(owner, guide)
    assert client.get(url[:-3] + "abc").status_code == 422
    assert client.get(url.replace("/guide/", "/console/")).status_code == 422
    assert client.get("/guide/activate/nonsense").status_code == 422


def test_making_one_is_written_down(owner: FlaskClient, guide: Guide, session: BrandSession) -> None:
    link(owner, guide)
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "activation_link")).all()
    assert [(event.subject_id, event.actor_kind) for event in events] == [(str(guide.id), "account")]


def test_a_manager_does_not_reset_a_password_that_is_set(app: Application, session: BrandSession) -> None:
    store = a_unit(session)
    fresh, set_ = a_guide(session, store, now=NOON), a_guide(session, store, now=NOON, password=True)
    manager = a_colleague(session, "store_manager", store)
    session.commit()
    client = console(app, manager.login)
    assert client.post(f"/console/guides/{fresh.id}/activation").status_code == 200
    assert client.post(f"/console/guides/{set_.id}/activation").status_code == 404
    assert guide_app(app, set_.phone).get("/guide/password").status_code == 200


def test_a_colleague_sets_her_password_too(owner: FlaskClient, client: FlaskClient, guide: Guide) -> None:
    form = {"login": f"new{guide.brand_id}@x.example", "name": "新同事", "role": "finance", "org_unit_id": ""}
    made = owner.post("/console/accounts/new", data=form)
    assert made.status_code == 303
    page = owner.post(made.location + "/activation")
    found = re.search(r"http://localhost(/console/activate/[^<\"]+)", page.text)
    assert found and client.post(found[1], data=NEW).status_code == 303
    assert client.get("/console/orgs").status_code == 200
    assert client.get("/console/accounts").status_code == 404, "finance does not manage accounts"
    assert owner.post("/console/accounts/new", data=form).status_code == 422
