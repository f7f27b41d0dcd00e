"""Browsers for tests, signed in by the real forms."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.domain.brands.models import Operator
from app.extensions import Database
from app.web.shared.application import Application
from tests.builders.brands import PASSWORD, PASSWORD_HASH


def console(app: Application, login: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/console/sign-in", data={"login": login, "password": PASSWORD}).status_code == 303
    return client


def guide_app(app: Application, phone: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/guide/sign-in", data={"login": phone, "password": PASSWORD}).status_code == 303
    return client


def platform(app: Application, database: Database, email: str = "ops@platform.example") -> FlaskClient:
    with database.transaction(operator=True) as session:
        if session.query(Operator).filter_by(email=email).one_or_none() is None:
            session.add(Operator(email=email, name="平台运营", password_hash=PASSWORD_HASH))
    client = app.test_client()
    assert client.post("/platform/sign-in", data={"login": email, "password": PASSWORD}).status_code == 303
    return client
