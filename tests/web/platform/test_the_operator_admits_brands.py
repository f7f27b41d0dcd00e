"""A brand applies, waits, is approved, suspended and let on again; only operators do that, and it is written down."""

from __future__ import annotations

import itertools
import os

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand, Operator
from app.domain.people.models import AuditEvent
from app.extensions import Database
from app.web.shared.application import Application
from tests.builders.brands import PASSWORD
from tests.builders.signed_in import console, platform

_numbers = itertools.count(1)


@pytest.fixture
def operator(app: Application, database: Database) -> FlaskClient:
    return platform(app, database)


@pytest.fixture
def form() -> dict[str, str]:
    slug = f"apply-{os.getpid()}-{next(_numbers)}"
    return {"name": f"远途 {slug}", "slug": slug, "contact": "周衡", "phone": "021-12345678", "email": f"zhou@{slug}.example",
            "password": PASSWORD, "again": PASSWORD, "currency": "CNY", "timezone": "Asia/Shanghai"}


def brand_of(database: Database, form: dict[str, str]) -> Brand | None:
    with database.operator_session() as session:
        return session.scalar(select(Brand).where(Brand.slug == form["slug"]))


def test_from_application_to_suspension(client: FlaskClient, operator: FlaskClient, database: Database, app: Application,
                                        form: dict[str, str]) -> None:
    assert client.post("/platform/apply", data=form).location == "/platform/applied"
    brand = brand_of(database, form)
    assert brand is not None and (brand.status, brand.approved_at, brand.contact_phone) == ("pending", None, "021-12345678")
    sign_in = {"login": form["email"], "password": PASSWORD}
    assert "正在审核" in client.post("/console/sign-in", data=sign_in).text
    assert form["name"] in operator.get("/platform/brands?status=pending&q=" + form["slug"]).text
    page = f"/platform/brands/{brand.id}"
    assert operator.post(page + "/approve").status_code == 303
    owner = console(app, form["email"])
    assert owner.get("/console/orgs").status_code == 200
    assert operator.post(page + "/approve").status_code == 422
    assert operator.post(page + "/suspend").status_code == 303
    assert owner.get("/console/orgs").status_code == 303
    with database.session(brand.id) as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "brands").order_by(AuditEvent.at)).all()
    assert [(event.after["status"], event.actor_kind, event.actor_name) for event in events if event.after] == [
        ("approved", "operator", "平台运营"), ("suspended", "operator", "平台运营")]
    assert "平台运营" in operator.get(page).text


@pytest.mark.parametrize(("field", "value"), [
    ("slug", "Ü"), ("slug", "-x"), ("slug", "a" * 41), ("email", "nobody"), ("password", "short"), ("again", "differs"), ("name", ""),
    ("contact", ""), ("currency", "XXX"), ("timezone", "Mars/Base")])
def test_a_bad_application_is_told_at_the_field(client: FlaskClient, database: Database, form: dict[str, str], field: str, value: str) -> None:
    bad = {**form, field: value}
    answer = client.post("/platform/apply", data=bad)
    assert answer.status_code == 422 and f'id="{field}-err"' in answer.text
    assert brand_of(database, bad) is None


def test_a_slug_is_taken_once(client: FlaskClient, form: dict[str, str]) -> None:
    client.post("/platform/apply", data=form)
    again = client.post("/platform/apply", data={**form, "email": "other@x.example"})
    assert again.status_code == 422 and "已被使用" in again.text


def test_the_operator_opens_a_brand(operator: FlaskClient, database: Database, form: dict[str, str]) -> None:
    made = operator.post("/platform/brands/new", data=form)
    brand = brand_of(database, form)
    assert brand is not None and brand.status == "approved" and made.location == f"/platform/brands/{brand.id}"
    assert "1%" in operator.get(made.location).text and "长期" in operator.get(made.location).text


def test_nobody_else_gets_in(app: Application, client: FlaskClient, brand: Brand, operator: FlaskClient) -> None:
    owner = console(app, f"owner@{brand.slug}.example")
    for who in (client, owner):
        for path in ("/platform/brands", f"/platform/brands/{brand.id}", "/platform/brands/new"):
            assert who.get(path).status_code == 303
        assert who.post(f"/platform/brands/{brand.id}/suspend").status_code == 303
    assert owner.get("/console/orgs").status_code == 200, "the brand was not suspended"
    assert operator.get("/console/orgs").status_code == 303, "an operator is nobody in a console"
    assert operator.get("/platform/brands/2147483647").status_code == 404
    assert operator.get("/platform/brands/99999999999999999999").status_code == 404


def test_an_ended_operator_is_out(operator: FlaskClient, app: Application, database: Database) -> None:
    other = platform(app, database, "leaver@platform.example")
    with database.transaction(operator=True) as session:
        session.scalars(select(Operator).where(Operator.email == "leaver@platform.example")).one().active = False
    assert other.get("/platform/brands").status_code == 303
    assert other.post("/platform/sign-in", data={"login": "leaver@platform.example", "password": PASSWORD}).status_code == 422
    assert operator.get("/platform/brands").status_code == 200
