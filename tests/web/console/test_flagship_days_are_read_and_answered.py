"""Days with a flagship as pages: asked for by button, drawn, every difference one click from its order and answered by a person."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.domain.catalog.models import FlagshipSource
from app.domain.flagship_books.models import FlagshipDay
from app.domain.fulfilment.models import OrderPush
from app.domain.fulfilment.ports import Stage
from app.extensions import Database
from tests.builders.flagship_books import DAY, NEXT_MORNING, MemoryBooks, a_push, check, standing
from tests.builders.flagships import a_source
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock


@pytest.fixture
def source(database: Database, shop: Shop, clock: TestClock) -> UUID:
    clock.now = NEXT_MORNING
    key = a_source(database, shop.brand_id, "京东旗舰店")
    with database.transaction(shop.brand_id) as session:
        session.execute(update(FlagshipSource).values(kind="jd"))
    return key


@pytest.fixture
def push(shop: Shop, source: UUID) -> OrderPush:
    return a_push(shop, source, "F1")


@pytest.fixture
def day(database: Database, shop: Shop, source: UUID, push: OrderPush) -> FlagshipDay:
    """430.80 with the shipping of 12.00, of which the flagship has 429.80; another it has cancelled."""
    books = MemoryBooks()
    books.has("F1", total_minor=42980, outer_number=push.number, fee_minor=258)
    a_push(shop, source, "F2", books=books, stage=Stage.CANCELLED)
    books.has("F3", total_minor=100, outer_number="stranger")
    return check(database, books, brand_id=shop.brand_id, source_id=source)


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def test_a_day_is_drawn_and_its_differences_lead_to_their_orders(owner: FlaskClient, day: FlagshipDay, push: OrderPush) -> None:
    page = text_of(owner, f"/console/flagship-days/{day.id}")
    assert "金额不一样" in page and "状态不一样" in page and "云店不知道这张订单" in page
    assert f'href="/console/orders/{push.order_id}#flagship"' in page and "3 处待处理" in page
    assert page.count("<svg class=\"bar") >= 4
    assert f"/console/flagship-days/{day.id}?q=f3" in text_of(owner, "/console/flagship-days?q=f3"), "a day is found by what is in it"
    assert "没有符合条件" in text_of(owner, "/console/flagship-days?q=nothing-like-it")
    only = text_of(owner, f"/console/flagship-days/{day.id}?cause=amount_differs")
    assert push.number in only and "F3" not in only
    assert "没有符合条件的" in text_of(owner, f"/console/flagship-days/{day.id}?q=nothing")
    assert "F2" in text_of(owner, f"/console/flagship-days/{day.id}?shown=all&q=f2")


def test_what_was_done_is_written_down_and_undone(owner: FlaskClient, day: FlagshipDay, push: OrderPush, database: Database) -> None:
    line = next(line for line in standing(database, day) if line.cause == "amount_differs")
    path = f"/console/flagship-days/{day.id}/lines/{line.id}"
    assert "3 处和旗舰店对不上" in text_of(owner, "/console/")
    assert owner.post(path, data={"handled": "1"}).status_code == 303
    assert "请写一句怎么处理的" in text_of(owner, f"/console/flagship-days/{day.id}")
    owner.post(path, data={"handled": "1", "note": "店铺改价一元"})
    page = text_of(owner, f"/console/flagship-days/{day.id}?shown=handled")
    assert "店铺改价一元" in page and "已处理" in page and "重新打开" in page
    assert "2 处和旗舰店对不上" in text_of(owner, "/console/")
    owner.post(path, data={"handled": "0"})
    assert "3 处待处理" in text_of(owner, f"/console/flagship-days/{day.id}")


def test_an_order_a_later_day_has_read_again_waits_there(owner: FlaskClient, day: FlagshipDay, push: OrderPush, database: Database, shop: Shop,
                                                         source: UUID) -> None:
    books = MemoryBooks()
    books.has("F1", total_minor=43080, outer_number=push.number, changed_at=NOON + timedelta(days=1))
    later = check(database, books, brand_id=shop.brand_id, source_id=source, day=DAY + timedelta(days=1), now=NEXT_MORNING + timedelta(days=1))
    page = text_of(owner, f"/console/flagship-days/{day.id}")
    assert "2026-11-23 又核对过" in page and f"/console/flagship-days/{later.id}" in page and "2 处待处理" in page
    assert "2 处和旗舰店对不上" in text_of(owner, "/console/")


def test_a_day_is_exported(owner: FlaskClient, day: FlagshipDay, push: OrderPush) -> None:
    rows = list(csv.reader(io.StringIO(owner.get(f"/console/flagship-days/{day.id}.csv?shown=differs").get_data(as_text=True).removeprefix("\ufeff"))))
    found = {row[1]: row for row in rows[1:]}
    assert found["F1"][:8] == [push.number, "F1", "订单", "金额不一样", "430.80", "429.80", "-1.00", "CNY"]
    assert found["F3"][:8] == ["", "F3", "订单", "云店不知道这张订单", "", "1.00", "", "CNY"]
    assert found["F2"][3:10] == ["状态不一样", "", "", "", "CNY", "已付款，待发货", "已取消"]


def test_days_are_listed_filtered_and_asked_for(owner: FlaskClient, day: FlagshipDay, database: Database, source: UUID, shop: Shop) -> None:
    page = text_of(owner, "/console/flagship-days")
    assert "2026-11-22" in page and "待处理 3" in page and "京东旗舰店" in page
    for query, there in (("state=open", True), ("state=matched", False), ("month=2026-11", True), ("month=2026-10", False), (f"source={source}", True),
                         ("source=01890000-0000-7000-8000-000000000000", False)):
        assert ("2026-11-22</a>" in text_of(owner, f"/console/flagship-days?{query}")) is there, query
    answer = owner.post("/console/flagship-days", data={"source": str(source), "day": "2026-11-21"})
    assert answer.status_code == 303
    page = text_of(owner, answer.headers["Location"])
    assert "正在核对。" in page and "几分钟后刷新这一页" in page
    owner.post("/console/flagship-days", data={"source": str(source), "day": "2026-11-21"})
    assert "这一天正在核对" in text_of(owner, "/console/flagship-days")
    for typed in ("", "2026-11-25", "0001-01-01", "9" * 5000, "x"):
        assert owner.post("/console/flagship-days", data={"source": str(source), "day": typed}).status_code == 303
        assert "只能核对今天和过去一年里的日子" in text_of(owner, "/console/flagship-days")
    with database.transaction(shop.brand_id) as session:
        assert len(session.scalars(select(FlagshipDay)).all()) == 2


def test_who_could_not_be_reached_is_said_so(owner: FlaskClient, day: FlagshipDay, database: Database, shop: Shop, source: UUID) -> None:
    check(database, MemoryBooks(answers=0), brand_id=shop.brand_id, source_id=source)
    page = text_of(owner, f"/console/flagship-days/{day.id}")
    assert "没有读完" in page and "连接不上旗舰店的网址" in page and "下面仍是上一次读完的结果" in page and "金额不一样" in page
    never = check(database, MemoryBooks(answers=0), brand_id=shop.brand_id, source_id=source, day=DAY - timedelta(days=1))
    page = text_of(owner, f"/console/flagship-days/{never.id}")
    assert "不能说一致" in page and "没有不符" not in page
    assert "没有读到" in text_of(owner, "/console/flagship-days?state=failed")


def test_nothing_yet_says_what_to_do(owner: FlaskClient, shop: Shop) -> None:
    assert "没有能核对的旗舰店" in text_of(owner, "/console/flagship-days")


def test_who_may_see_and_who_may_answer(owner: FlaskClient, finance: FlaskClient, operations: FlaskClient, store_manager: FlaskClient, day: FlagshipDay) -> None:
    assert text_of(finance, f"/console/flagship-days/{day.id}")
    for client in (operations, store_manager):
        for path in ("/console/flagship-days", f"/console/flagship-days/{day.id}", f"/console/flagship-days/{day.id}.csv"):
            assert client.get(path).status_code == 404
        assert client.post("/console/flagship-days").status_code == client.post(f"/console/flagship-days/{day.id}/lines/{day.id}").status_code == 404
        assert "和旗舰店对不上" not in client.get("/console/").get_data(as_text=True)
    for address in ("/console/flagship-days/x", f"/console/flagship-days/{day.source_id}"):
        assert owner.get(address).status_code == 404


@pytest.mark.parametrize("query", ["state=\0", "month=2026-13", "month=%ff", "source=x", "sort=x&page=99999999", "q=%00%ED%A0%80", "shown=x&cause=x"])
def test_no_address_breaks_it(owner: FlaskClient, day: FlagshipDay, query: str) -> None:
    for path in ("/console/flagship-days", f"/console/flagship-days/{day.id}", f"/console/flagship-days/{day.id}.csv"):
        assert owner.get(f"{path}?{query}").status_code in (200, 400)
