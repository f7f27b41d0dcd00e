"""Alliance orders as a page and by program: by guide, with their state and why one is void; reading is switched on by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.domain.alliance.actions import read_alliance_of, take_in
from app.domain.alliance.models import AllianceReading
from app.domain.alliance.ports import AllianceRow, AllianceState
from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.ports import FlagshipUnreachable
from app.extensions import Database
from app.flows.read_alliance import read_alliance
from app.web.shared.application import Application
from tests.builders.callers import Caller, a_token
from tests.builders.flagships import a_source
from tests.builders.shops import Shop
from tests.conftest import NOON


class Silent:
    """An alliance that does not answer."""

    def in_alliance(self, kind: str) -> bool:
        return True

    def open_alliance(self, *given: Any, **more: Any) -> Any:
        raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址")


@pytest.fixture
def source(database: Database, shop: Shop) -> UUID:
    key = a_source(database, shop.brand_id, "京东旗舰店")
    with database.transaction(shop.brand_id) as session:
        session.execute(update(FlagshipSource).values(kind="jd", settings={"app_key": "k"}))
    return key


@pytest.fixture
def rows(database: Database, shop: Shop, source: UUID) -> None:
    """Lin's, paid: 7.50 of 100.00. Nobody's, finished: 7.00. One through the brand's own storefront: void."""
    def row(number: str, state: AllianceState, valid_code: int, **more: Any) -> AllianceRow:
        facts: dict[str, Any] = {"order_id": f"25{number}", "external_id": "9", "quantity": 1, "returned": 0, "void_reason": "", "through_own_shop": False,
                                 "commission_bp": 750, "base_minor": 10000, "estimate_minor": 750, "actual_minor": 0, "code": "", "position": 0,
                                 "same_shop": True, "settles_on": 0, "ordered_at": NOON, "finished_at": None, "changed_at": NOON}
        return AllianceRow(id=number, state=state, valid_code=valid_code, **{**facts, **more})

    with database.transaction(shop.brand_id) as session:
        take_in(session, brand_id=shop.brand_id, source_id=source, now=NOON, rows=[
            row("1", AllianceState.PAID, 16, code=shop.link.code), row("2", AllianceState.FINISHED, 17, actual_minor=700, ordered_at=NOON - timedelta(days=9)),
            row("3", AllianceState.VOID, 28, void_reason="京东联盟判定无效（%(valid_code)s）"),
            row("4", AllianceState.VOID, 21, void_reason="云店订单：京东联盟不付佣金，按品牌自己的导购佣金结算", through_own_shop=True)])


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(("query", "there"), [
    ("", {"251", "252", "253", "254"}), ("state=void", {"253", "254"}), ("q=林晓芸", {"251"}), ("q=252", {"252"}), ("from=2026-11-20&to=2026-11-30", {"251", "253", "254"}),
    ("guide=01890000-0000-7000-8000-000000000000", set()), ("state=x&sort=x&page=9", {"251", "252", "253", "254"})])
def test_they_are_listed_and_filtered(finance: FlaskClient, rows: None, query: str, there: set[str]) -> None:
    page = text_of(finance, f"/console/alliance-orders?{query}")
    assert {number for number in ("251", "252", "253", "254") if f">{number}</span>" in page} == there


def test_whose_they_are_and_why_one_is_void(finance: FlaskClient, rows: None, shop: Shop) -> None:
    page = text_of(finance, "/console/alliance-orders")
    assert f"guide={shop.lin.id}" in page and "林晓芸" in page and "不是导购的链接" in page
    assert "云店订单：京东联盟不付佣金" in page and "京东联盟判定无效（28）" in page
    assert "7.50" in page and "7.00" in page


def test_reading_is_switched_on_and_off(finance: FlaskClient, source: UUID, database: Database, shop: Shop) -> None:
    assert "没有读取" in text_of(finance, "/console/alliance-orders")
    finance.post(f"/console/alliance-orders/{source}", data={"read": "1"})
    page = text_of(finance, "/console/alliance-orders")
    assert "每小时读取" in page and "正在读第一遍" in page and "停止读取" in page
    assert read_alliance(database, brand_id=shop.brand_id, source_id=source, doors=Silent(), now=NOON) == "failed"  # type: ignore[arg-type]
    assert "连接不上旗舰店的网址" in text_of(finance, "/console/alliance-orders")
    finance.post(f"/console/alliance-orders/{source}")
    with database.transaction(shop.brand_id) as session:
        assert session.scalars(select(AllianceReading.active)).one() is False


def test_a_source_of_no_alliance_is_refused(finance: FlaskClient, database: Database, shop: Shop) -> None:
    feed = a_source(database, shop.brand_id)
    finance.post(f"/console/alliance-orders/{feed}", data={"read": "1"})
    assert "不属于联盟" in text_of(finance, "/console/alliance-orders")
    assert finance.post("/console/alliance-orders/x").status_code == finance.post(f"/console/alliance-orders/{UUID(int=7)}").status_code == 404


def test_nothing_yet_says_what_to_do(finance: FlaskClient, shop: Shop) -> None:
    assert "没有连接联盟" in text_of(finance, "/console/alliance-orders")


def test_who_may_see(operations: FlaskClient, store_manager: FlaskClient, rows: None, source: UUID) -> None:
    for client in (operations, store_manager):
        assert client.get("/console/alliance-orders").status_code == client.post(f"/console/alliance-orders/{source}").status_code == 404


def test_programs_read_them_too(app: Application, database: Database, brand: Brand, rows: None, shop: Shop) -> None:
    api = Caller(app.test_client(), a_token(database, brand), brand)
    [mine] = api.get(f"/alliance-orders?guide_id={shop.lin.id}")["data"]
    assert (mine["order_number"], mine["state"], mine["base"], mine["earned"], mine["void_reason"]) == ("251", "paid", 10000, 750, "")
    assert api.get(f"/alliance-orders/{mine['id']}") == mine
    assert {row["valid_code"] for row in api.get("/alliance-orders?state=void")["data"]} == {21, 28}


def test_what_was_read_stays_when_it_is_switched_on_again(database: Database, shop: Shop, source: UUID, app: Application) -> None:
    """It goes on where it stopped, so no hour is left out."""
    for active, now in ((True, NOON), (False, NOON + timedelta(days=1)), (True, NOON + timedelta(days=40))):
        with database.transaction(shop.brand_id) as session:
            found = read_alliance_of(session, brand_id=shop.brand_id, source_id=source, active=active, doors=app.gateways.flagship, now=now)
            assert found.read_until == NOON - timedelta(days=7)
