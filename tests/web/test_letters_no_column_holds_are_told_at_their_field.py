"""NUL bytes and lone surrogates are turned away at the edge, with a page (or problem) that names the field."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.kernel.tenancy import BrandSession
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop, a_shop


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def test_a_form_names_its_field(client: FlaskClient, shop: Shop) -> None:
    signed_in_guide(client, shop.lin)
    answer = client.post("/guide/groups/new", data={"name": "闺\x00蜜", "members": "3"}, headers=ZH)
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert "“name”里有无法保存的字符" in answer.text


def test_an_address_is_turned_away_too(client: FlaskClient, shop: Shop) -> None:
    answer = client.get("/console/orders?q=%00", headers=ZH)
    assert (answer.status_code, "“q”里有无法保存的字符" in answer.text) == (400, True)


def test_a_program_is_told_in_a_problem(client: FlaskClient, shop: Shop) -> None:
    answer = client.get("/api/v1/orders?state=%00")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.json["errors"][0]["field"] == "state"


def test_a_hostile_name_is_not_repeated(client: FlaskClient, shop: Shop) -> None:
    answer = client.post("/guide/sign-in", data={"a\x00": "x"}, headers=ZH)
    assert (answer.status_code, "\x00" in answer.text) == (400, False)
