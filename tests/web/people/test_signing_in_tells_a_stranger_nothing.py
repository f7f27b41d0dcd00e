"""Wrong name and wrong password read the same; only who knows the password learns why she may not enter."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.domain.brands.models import Brand
from app.domain.guides.actions import suspend_guide
from app.domain.people.actions import change_login, end_access
from app.domain.people.queries import account_by_login
from app.extensions import Database
from app.flows.judge_brand import suspend_brand
from app.flows.leave_guide import leave_guide
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from app.web.shared.safety import limiter
from tests.builders.brands import PASSWORD, a_brand
from tests.builders.people import a_guide, a_phone, a_unit
from tests.builders.signed_in import console, guide_app
from tests.conftest import NOON

GENERIC = "账号或密码不正确"


@pytest.fixture
def owner(brand: Brand) -> str:
    return f"owner@{brand.slug}.example"


def try_in(client: FlaskClient, login: str, password: str = PASSWORD, surface: str = "console") -> tuple[int, str]:
    answer = client.post(f"/{surface}/sign-in", data={"login": login, "password": password})
    return answer.status_code, answer.text


def test_unknown_and_wrong_read_the_same(client: FlaskClient, owner: str) -> None:
    pages = [try_in(client, login, password) for login, password in
             ((owner, "wrong password"), ("nobody@nowhere.example", PASSWORD), ("no address", PASSWORD), (owner, "x" * 100_000), (owner, ""))]
    assert [status for status, _ in pages] == [422] * 5
    assert all(GENERIC in text for _, text in pages)


def test_a_guide_is_no_colleague_and_the_other_way_round(client: FlaskClient, session: BrandSession, owner: str) -> None:
    guide = a_guide(session, a_unit(session), now=NOON, password=True)
    session.commit()
    assert GENERIC in try_in(client, guide.phone)[1]
    assert GENERIC in try_in(client, owner, surface="guide")[1]
    assert try_in(client, guide.phone, surface="guide")[0] == 303


def test_a_guide_without_a_password_cannot_enter(client: FlaskClient, session: BrandSession) -> None:
    guide = a_guide(session, a_unit(session), now=NOON)
    session.commit()
    assert GENERIC in try_in(client, guide.phone, "", surface="guide")[1]


def test_a_pending_brand_says_so_to_its_owner_only(client: FlaskClient, database: Database) -> None:
    brand = a_brand(database, slug=f"pend{NOON:%f}-{id(client)}", now=NOON)
    with database.transaction(operator=True) as session:
        session.get_one(Brand, brand.id).status = "pending"
    owner = f"owner@{brand.slug}.example"
    assert "正在审核" in try_in(client, owner)[1]
    assert GENERIC in try_in(client, owner, "wrong password")[1]


def test_ended_account(client: FlaskClient, session: BrandSession, owner: str) -> None:
    account = account_by_login(session, brand_id=session.info["brand_id"], login=owner)
    assert account is not None
    end_access(session, account=account)
    session.commit()
    assert "已停用" in try_in(client, owner)[1]


def test_several_brands_are_chosen_from(client: FlaskClient, database: Database, brand: Brand, owner: str) -> None:
    other = a_brand(database, slug=f"{brand.slug}-b", now=NOON)
    with database.transaction(other.id) as session:
        account = account_by_login(session, brand_id=other.id, login=f"owner@{other.slug}.example")
        assert account is not None
        change_login(session, account=account, login=owner)
    page = client.post("/console/sign-in", data={"login": owner, "password": PASSWORD})
    assert page.status_code == 200 and brand.name in page.text and other.name in page.text
    token = page.text.split('name="token" value="')[1].split('"')[0]
    stranger = a_brand(database, slug=f"{brand.slug}-c", now=NOON)
    assert client.post("/console/choose-brand", data={"token": token, "brand": str(stranger.id)}).status_code == 422
    assert client.post("/console/choose-brand", data={"token": token[:-2] + "xx", "brand": str(other.id)}).status_code == 422
    assert client.post("/console/choose-brand", data={"token": token, "brand": str(other.id)}).status_code == 303
    assert other.name in client.get("/console/guides").text


@pytest.mark.parametrize("where", ["https://evil.example", "//evil.example", "/\\evil.example", "/console//evil.example", "/guide/x",
                                   "/console/../guide", "javascript:alert(1)", "/consolex", "/console/sign-in"])
def test_next_stays_on_this_surface(client: FlaskClient, owner: str, where: str) -> None:
    answer = client.post("/console/sign-in", data={"login": owner, "password": PASSWORD, "next": where})
    assert answer.status_code == 303 and answer.location in ("/console/", "/console/guides")


def test_next_leads_back(client: FlaskClient, owner: str) -> None:
    first = client.get("/console/guides?status=active")
    assert first.status_code == 303 and "next=" in first.location
    answer = client.post("/console/sign-in", data={"login": owner, "password": PASSWORD, "next": "/console/guides?status=active"})
    assert answer.location == "/console/guides?status=active"


def test_a_sixth_wrong_guess_waits(app: Application, owner: str) -> None:
    client = app.test_client()
    before, limiter.enabled = limiter.enabled, True
    try:
        statuses = [try_in(client, owner, "wrong password")[0] for _ in range(6)]
        assert statuses == [422] * 5 + [429]
        blocked = client.post("/console/sign-in", data={"login": f" {owner.upper()} ", "password": PASSWORD})
        assert blocked.status_code == 429 and int(blocked.headers["Retry-After"]) <= 61 and "秒后再试" in blocked.text
        assert try_in(client, "someone@else.example")[0] == 422, "another name is not held up"
    finally:
        limiter.enabled = before


def test_leaving_and_suspension_end_the_session_with_the_reason(app: Application, session: BrandSession) -> None:
    store = a_unit(session)
    left, suspended = (a_guide(session, store, now=NOON, password=True) for _ in range(2))
    session.commit()
    clients = [guide_app(app, guide.phone) for guide in (left, suspended)]
    assert [client.get("/guide/password").status_code for client in clients] == [200, 200]
    leave_guide(session, brand_id=store.brand_id, guide_id=left.id, now=NOON)
    suspend_guide(session, brand_id=store.brand_id, guide_id=suspended.id)
    session.commit()
    for client, guide, reason in zip(clients, (left, suspended), ("离职", "已被停用"), strict=True):
        assert client.get("/guide/password").status_code == 303
        assert reason in client.get("/guide/sign-in").text
        assert reason in try_in(client, guide.phone, surface="guide")[1]


def test_a_suspended_brand_is_closed_at_once(app: Application, database: Database, brand: Brand, owner: str) -> None:
    client = console(app, owner)
    assert client.get("/console/guides").status_code == 200
    with database.transaction(operator=True) as session:
        suspend_brand(session, brand_id=brand.id)
    assert client.get("/console/guides").status_code == 303
    assert "已停用" in try_in(client, owner)[1]


def test_a_new_password_ends_other_sessions(app: Application, owner: str) -> None:
    here, there = console(app, owner), console(app, owner)
    new = {"current": PASSWORD, "password": "a new one 123", "again": "a new one 123"}
    assert here.post("/console/password", data={**new, "current": "wrong"}).status_code == 422
    assert here.post("/console/password", data={**new, "again": "other"}).status_code == 422
    assert here.post("/console/password", data={**new, "password": "short", "again": "short"}).status_code == 422
    assert here.post("/console/password", data=new).status_code == 303
    assert (here.get("/console/guides").status_code, there.get("/console/guides").status_code) == (200, 303)


def test_signing_in_keeps_nothing_of_before(app: Application, owner: str) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["console"] = {"brand": 1, "account": "planted", "epoch": 0, "planted": True}
        cookie["csrf_token"] = "planted"
    client.post("/console/sign-in", data={"login": owner, "password": PASSWORD})
    with client.session_transaction() as cookie:
        assert set(cookie["console"]) == {"brand", "account", "epoch"} and cookie.get("csrf_token") != "planted"


def test_out_is_out(app: Application, owner: str) -> None:
    client = console(app, owner)
    assert client.get("/console/sign-out").status_code == 405
    client.post("/console/sign-out")
    assert client.get("/console/guides").status_code == 303


def test_language_is_kept(client: FlaskClient) -> None:
    assert 'lang="en"' in client.get("/console/sign-in?lang=en").text
    assert 'lang="en"' in client.get("/console/sign-in").text
    assert "?lang=zh" in client.get("/guide/sign-in").text


def test_a_phone_of_more_brands_than_there_are_connections_is_let_in(client: FlaskClient, database: Database) -> None:
    """Eighteen brands, a pool of fifteen: each gives its connection back before the next is asked, and she is asked where to."""
    phone = a_phone()
    for number in range(18):
        brand = a_brand(database, slug=f"many{number}-{id(client)}", now=NOON)
        with database.transaction(brand.id) as session:
            a_guide(session, a_unit(session), now=NOON, password=True, phone=phone)
    status, page = try_in(client, phone, surface="guide")
    assert status == 200 and page.count("name=\"brand\"") + page.count("name='brand'") >= 1, (status, page[:300])
