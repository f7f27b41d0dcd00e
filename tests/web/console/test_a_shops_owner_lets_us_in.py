"""HQ sends the shop's owner to JD and she comes back with a code. What comes back otherwise (forged, old, used, another's) changes nothing."""

from __future__ import annotations

import urllib.request
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select, text

from app.config import Settings
from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.secrets import read_secrets
from app.domain.people.models import AuditEvent
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from app.web.console.authorise_source import PURPOSE
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.money import unguarded
from tests.builders.signed_in import console
from tests.conftest import NOON, TestClock
from tests.gateways.jd.jd_shops import Open, Shop, jd
from tests.web.console.conftest import colleague, in_chinese

__all__ = ["jd"]
BACK = "/console/sources/authorised"


class Desk(NamedTuple):
    client: FlaskClient
    shop: Shop
    source: Any
    """Its id."""

    @property
    def page(self) -> str:
        return f"/console/sources/{self.source}"

    def leave(self) -> str:
        """Where the person is sent."""
        answer = self.client.get(f"{self.page}/authorise")
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def state(self) -> str:
        return parse_qs(urlsplit(self.leave()).query)["state"][0]


@pytest.fixture
def desk(app: Application, database: Database, brand: Brand, jd: Open, clock: TestClock) -> Desk:
    """A source that knows the app's key and secret and nothing else."""
    client, shop = in_chinese(console(app, f"owner@{brand.slug}.example")), jd()
    form = {"kind": "jd", "name": "京东店", "gateway_url": f"{shop.url}/routerjson", "app_key": shop.app.key, "app_secret": shop.app.secret, "then": "preview"}
    answer = client.post("/console/sources/new", data=form)
    source = row(database, brand)
    assert answer.location == f"/console/sources/{source.id}", "first the permission, then the difference"
    return Desk(client, shop, source.id)


def row(database: Database, brand: Brand) -> FlagshipSource:
    with database.transaction(brand.id) as session:
        return session.scalars(select(FlagshipSource)).one()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def consent(url: str) -> str:
    """The owner agrees on JD's page; the address her browser is sent back to."""
    try:
        urllib.request.build_opener(Stay).open(url, timeout=10)
    except urllib.error.HTTPError as answer:
        assert answer.code == 302
        return str(answer.headers["Location"])
    raise AssertionError("JD did not send her back")


def coming_back(desk: Desk, address: str, client: FlaskClient | None = None) -> Any:
    assert address.startswith("http://localhost" + BACK + "?")
    return (client or desk.client).get(address.removeprefix("http://localhost"), follow_redirects=True)


def test_there_and_back(database: Database, brand: Brand, desk: Desk) -> None:
    with database.transaction(brand.id) as session:
        session.scalars(select(FlagshipSource)).one().authorisation_ended_at = NOON
    shown = desk.client.get(desk.page).text
    assert "需要重新授权" in shown and f'href="{desk.page}/authorise"' in shown and f"http://localhost{BACK}" in shown
    answer = coming_back(desk, consent(desk.leave()))
    assert answer.status_code == 200 and answer.request.path == desk.page and "已授权，连上了" in answer.text
    source = row(database, brand)
    secrets = read_secrets(source)
    assert source.authorisation_ended_at is None and {"app_secret", "access_token", "refresh_token", "expires_at", "refresh_at"} == secrets.keys()
    assert secrets["access_token"] not in answer.text and "连上了" in desk.client.post(f"{desk.page}/check").text
    with database.transaction(brand.id) as session:
        written = session.scalars(select(AuditEvent).where(AuditEvent.action == "flagship_authorised")).one()
    assert written.subject_name == "京东店" and secrets["access_token"] not in repr((written.before, written.after))


def test_the_way_back_is_good_once_and_for_ten_minutes(database: Database, brand: Brand, desk: Desk, clock: TestClock) -> None:
    address = consent(desk.leave())
    late = parse_qs(urlsplit(consent(desk.leave())).query)
    assert "已授权" in coming_back(desk, address).text
    sealed = row(database, brand).secrets_sealed
    for again in (address, f"http://localhost{BACK}?{urlencode({name: one[0] for name, one in late.items()})}"):
        refused = coming_back(desk, again)
        assert refused.status_code == 422 and "这次授权已经用过" in refused.text and f'href="{desk.page}/authorise"' in refused.text
    slow = consent(desk.leave())
    clock.now += timedelta(minutes=10, seconds=1)
    assert "已经过期" in coming_back(desk, slow).text
    assert row(database, brand).secrets_sealed == sealed


@pytest.mark.parametrize("state", ["", "nonsense", "a.b.c", "é", "x" * 5000])
def test_what_was_not_begun_here_is_nothing(database: Database, brand: Brand, desk: Desk, state: str) -> None:
    code = parse_qs(urlsplit(consent(desk.leave())).query)["code"][0]
    sealed = row(database, brand).secrets_sealed
    answer = coming_back(desk, f"http://localhost{BACK}?{urlencode({'code': code, 'state': state})}")
    assert answer.status_code == 422 and "不是从这里发起的" in answer.text
    assert row(database, brand).secrets_sealed == sealed


def test_another_person_or_brand_cannot_finish_it(app: Application, database: Database, brand: Brand, session: BrandSession, desk: Desk) -> None:
    address, sealed = consent(desk.leave()), row(database, brand).secrets_sealed
    other = a_brand(database, slug=f"{brand.slug}-x", now=NOON)
    for client in (colleague(app, session, "operations"), in_chinese(console(app, f"owner@{other.slug}.example"))):
        answer = coming_back(desk, address, client)
        assert answer.status_code == 422 and "另一个账号" in answer.text and "京东店" not in answer.text
    assert row(database, brand).secrets_sealed == sealed
    assert "已授权" in coming_back(desk, address).text, "the one who began it can"


def test_only_who_may_edit_the_catalogue(app: Application, session: BrandSession, desk: Desk) -> None:
    finance = colleague(app, session, "finance")
    assert finance.get(f"{desk.page}/authorise").status_code in (403, 404)
    assert finance.get(BACK + "?state=x").status_code in (403, 404)
    assert f"{desk.page}/authorise" not in finance.get(desk.page).text


@pytest.mark.parametrize(("query", "words"), [
    ({"error": "access_denied", "error_description": "<b>用户拒绝</b>"}, "旗舰店没有给出授权：&lt;b&gt;用户拒绝&lt;/b&gt;"),
    ({}, "旗舰店没有给出授权：没有说原因"),
    ({"code": "made-up"}, "code无效或已使用"),
    ({"code": "x" * 501}, "旗舰店没有给出授权"),
])
def test_what_jd_says_is_told(database: Database, brand: Brand, desk: Desk, query: dict[str, str], words: str) -> None:
    sealed = row(database, brand).secrets_sealed
    answer = coming_back(desk, f"http://localhost{BACK}?{urlencode({**query, 'state': desk.state()})}")
    assert answer.status_code == 422 and (words in answer.text or "无效" in answer.text and "made-up" in str(query))
    assert row(database, brand).secrets_sealed == sealed and desk.shop.app.secret not in answer.text


def test_jd_that_does_not_answer_is_told(database: Database, brand: Brand, desk: Desk) -> None:
    address = consent(desk.leave())
    with database.transaction(brand.id) as session:
        source = session.scalars(select(FlagshipSource)).one()
        source.settings = {**source.settings, "gateway_url": "http://127.0.0.1:9/routerjson"}
    answer = coming_back(desk, address)
    assert answer.status_code == 422 and "连接不上京东的授权服务" in answer.text


def test_a_permission_is_kept_although_the_shop_does_not_answer_yet(database: Database, brand: Brand, desk: Desk) -> None:
    """A code is good once: what it gave is not thrown away because the try failed."""
    desk.shop.fault("error", "jingdong.vender.shop.query", code="61", count=50)
    answer = coming_back(desk, consent(desk.leave()))
    assert "授权已保存，但还连不上" in answer.text and read_secrets(row(database, brand))["access_token"]


def test_a_source_let_go_meanwhile_keeps_nothing(database: Database, brand: Brand, desk: Desk) -> None:
    address = consent(desk.leave())
    desk.client.post(f"{desk.page}/disconnect")
    answer = coming_back(desk, address)
    assert answer.status_code == 422 and "已经断开" in answer.text and row(database, brand).secrets_sealed is None
    assert desk.client.get(f"{desk.page}/authorise").status_code == 404


def test_the_signature_is_what_keeps_a_strangers_shop_out(app: Application, database: Database, brand: Brand, desk: Desk) -> None:
    """Twin: a state like ours under another key is refused; under ours it would seal the stranger's shop into this brand's source."""
    known = URLSafeTimedSerializer(app.settings.secret_key, salt=PURPOSE).loads(desk.state())
    stranger = parse_qs(urlsplit(consent(desk.leave())).query)["code"][0]
    for key, words, sealed_anew in (("guessed", "不是从这里发起的", False), (app.settings.secret_key, "已授权", True)):
        forged = URLSafeTimedSerializer(key, salt=PURPOSE).dumps(known)
        answer = coming_back(desk, f"http://localhost{BACK}?{urlencode({'code': stranger, 'state': forged})}")
        assert words in answer.text and ("access_token" in read_secrets(row(database, brand))) is sealed_anew


def test_the_mark_is_what_keeps_a_used_state_out(settings: Settings, database: Database, brand: Brand, desk: Desk) -> None:
    """Twin: with the secrets of before put back, as if the mark said nothing, the used state opens the source once more."""
    state, before = desk.state(), row(database, brand).secrets_sealed
    codes = [parse_qs(urlsplit(consent(desk.leave())).query)["code"][0] for _ in range(3)]

    def come(code: str) -> str:
        return str(coming_back(desk, f"http://localhost{BACK}?{urlencode({'code': code, 'state': state})}").text)

    assert "已授权" in come(codes[0]) and "这次授权已经用过" in come(codes[1])
    with unguarded(settings, brand.id) as naked:
        naked.execute(text("UPDATE flagship_sources SET secrets_sealed = :before WHERE brand_id = :brand"), {"before": before, "brand": brand.id})
        naked.commit()
    assert "已授权" in come(codes[2])
