"""Who was told an invite code types it as she heard it, or pastes the address; a wrong one is told where it was typed."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.domain.brands.models import Brand
from app.domain.guides.actions import create_invite_code
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_unit
from tests.builders.shoppers import ZH
from tests.conftest import NOON


@pytest.fixture
def code(session: BrandSession, brand: Brand) -> str:
    made = create_invite_code(session, brand_id=brand.id, store_id=a_unit(session, name="静安店", code="SH01").id, max_uses=5, days=7, now=NOON)
    session.commit()
    return made.code


def test_as_it_was_spoken_or_pasted(client: FlaskClient, code: str) -> None:
    assert 'href="/guide/join"' in client.get("/guide/sign-in", headers=ZH).text
    for typed in (code, code.upper(), f" {code[:3]} {code[3:6]}-{code[6:]} ", f"https://shop.example.com/guide/join/{code}/"):
        assert client.get("/guide/join", query_string={"code": typed}).location == f"/guide/join/{code}", typed
    assert "静安店" in client.get(f"/guide/join/{code.upper()}", headers=ZH).text


def test_a_wrong_one_is_told_at_the_field(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/guide/join/{code}x", headers=ZH)
    assert answer.status_code == 404 and 'id="code-err"' in answer.text and f'value="{code}x"' in answer.text


@pytest.mark.parametrize("typed", ["", " ", "—", "/"])
def test_what_is_no_code_is_asked_again(client: FlaskClient, typed: object) -> None:
    page = client.get("/guide/join", query_string={"code": typed}, headers=ZH)
    assert page.status_code == 200 and "请填写邀请码" in page.text
    assert "请填写邀请码" not in client.get("/guide/join", headers=ZH).text


def test_what_is_too_long_or_strange_leads_to_the_question(client: FlaskClient) -> None:
    for typed in ("https://", "x" * 5000, "雾" * 40, "<script>alert(1)</script>"):
        page = client.get("/guide/join", query_string={"code": typed}, headers=ZH, follow_redirects=True)
        assert page.status_code == 404 and "<script>alert" not in page.text
