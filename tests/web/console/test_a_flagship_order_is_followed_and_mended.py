"""Orders at the flagship as pages: where each stands, why it stopped, and the buttons that get it going."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.people import a_colleague, a_unit
from tests.builders.pushes import Jd, Pushing
from tests.builders.signed_in import console
from tests.conftest import NOON, TestClock

HEADER = "province,city,district,town,province_id,city_id,district_id,town_id\n"


@pytest.fixture
def hq(app: Application, brand: Brand, selling: Pushing, clock: TestClock) -> FlaskClient:
    return chinese(console(app, f"owner@{brand.slug}.example"))


def chinese(client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def test_refused_it_says_why_and_is_pushed_again(hq: FlaskClient, selling: Pushing, jd: Jd) -> None:
    jd.sku(selling.case_id)["stock"] = 0
    order_id = selling.sell()
    selling.work()
    page = text_of(hq, f"/console/orders/{order_id}")
    assert "旗舰店拒绝" in page and "库存不足" in page and "重新推送" in page
    assert "1 张订单卡在旗舰店" in text_of(hq, "/console/")
    assert "库存不足" in text_of(hq, "/console/flagship-orders?trouble=1")
    jd.sku(selling.case_id)["stock"] = 5
    assert hq.post(f"/console/flagship-orders/{selling.push().id}/retry").status_code == 303
    selling.work()
    page = text_of(hq, f"/console/orders/{order_id}")
    assert "待旗舰店发货" in page and selling.push().flagship_order_id in page and "旗舰店收下订单" in page
    assert "卡在旗舰店" not in text_of(hq, "/console/")
    assert "去发货" not in page, "nobody here is to send it"


def test_withdrawn_by_hand_and_refused_in_words(hq: FlaskClient, selling: Pushing, jd: Jd) -> None:
    order_id = selling.sell()
    selling.work()
    ship = text_of(hq, f"/console/orders/{order_id}/ship")
    assert f"已交给旗舰店（{selling.push().number}）" in ship
    assert hq.post(f"/console/flagship-orders/{selling.push().id}/withdraw").status_code == 303
    selling.work()
    assert "去发货" in text_of(hq, f"/console/orders/{order_id}")
    assert hq.post(f"/console/flagship-orders/{selling.push().id}/withdraw", data={"list": "orders"}).status_code == 303
    assert "已不能撤回" in text_of(hq, "/console/flagship-orders")
    assert hq.post(f"/console/flagship-orders/{selling.push().id}/settle").status_code == 303
    assert "没有等人处理的事" in text_of(hq, "/console/flagship-orders")


@pytest.mark.parametrize("query", ["?state=nothing", "?source=%00", "?q=%00%ED%A0%80", "?page=99999999999999999999", "?sort=x&tab=x", "?tab=stock&state=done&q=%25",
                                   "?sort=checked", "?trouble=1&state=declined"])
def test_no_address_breaks_the_list(hq: FlaskClient, selling: Pushing, query: str) -> None:
    selling.sell()
    assert hq.get(f"/console/flagship-orders{query}").status_code in (200, 400)


def test_a_store_manager_sees_and_touches_only_her_own(app: Application, selling: Pushing, session: BrandSession, jd: Jd, clock: TestClock) -> None:
    jd.sku(selling.case_id)["stock"] = 0
    order_id = selling.sell()
    selling.work()
    account = a_colleague(session, "store_manager", a_unit(session, "store", "别的店"))
    session.commit()
    other = chinese(console(app, account.login))
    assert selling.push().number not in text_of(other, "/console/flagship-orders")
    assert other.get(f"/console/orders/{order_id}").status_code == 404
    assert other.post(f"/console/flagship-orders/{selling.push().id}/retry").status_code == 404
    assert selling.push().state == "declined"


def test_stock_is_retried_or_left(hq: FlaskClient, selling: Pushing, jd: Jd, database: Database) -> None:
    with database.transaction(selling.brand_id) as session:
        source = session.get(FlagshipSource, (selling.brand_id, selling.source_id))
        assert source is not None
        source.sends_back = "stock"
    jd.sku(selling.case_id)["stock"] = 0
    order_id = selling.sell()
    selling.work_stock()
    assert "1 笔旗舰店库存没有改成" in text_of(hq, "/console/")
    assert "库存不足" in text_of(hq, "/console/flagship-orders?tab=stock&trouble=1") and "库存不足" in text_of(hq, f"/console/orders/{order_id}")
    refused = next(write for write in selling.writes() if write.state == "declined")
    assert hq.post(f"/console/flagship-orders/stock/{refused.id}/retry").status_code == 303
    selling.work_stock()
    assert hq.post(f"/console/flagship-orders/stock/{refused.id}/drop").status_code == 303
    assert "没有改成" not in text_of(hq, "/console/")


def test_a_source_is_told_what_goes_back(hq: FlaskClient, selling: Pushing) -> None:
    page = f"/console/sources/{selling.source_id}"
    assert "订单交给旗舰店发货" in text_of(hq, page)
    for choice, said in (("stock", "已保存"), ("everything", "只能是"), ("nothing", "已保存")):
        hq.post(f"{page}/sends-back", data={"sends_back": choice})
        assert said in text_of(hq, page)
    with selling.database.transaction(selling.brand_id) as session:
        assert session.get(FlagshipSource, (selling.brand_id, selling.source_id)).sends_back == "nothing"  # type: ignore[union-attr]  # it is there
    selling.sell()
    assert selling.pushes() == [] and selling.writes() == []


def test_a_table_of_places_lets_waiting_orders_go(hq: FlaskClient, selling: Pushing, jd: Jd) -> None:

    selling.sell()
    with selling.database.transaction(selling.brand_id) as session:
        session.execute(text("""UPDATE orders SET address = '{"province": "北京市", "city": "北京市", "district": "朝阳区", "street": "建国路 1 号"}'
                                WHERE brand_id = :brand"""), {"brand": selling.brand_id})
    selling.work()
    assert selling.push().last_code == "area_unknown"
    assert "还没有地区编号" in text_of(hq, f"/console/sources/{selling.source_id}")
    for content, said in ((HEADER + "北京,,朝阳区,,1,72,2799,0\n", "第 2 行要写明"), (HEADER + "北京,北京,朝阳区,,one,72,2799,0\n", "须是编号"),
                          ("a,b\n1,2\n", "第一行是列名"), ("", "文件是空的"), (HEADER + "北京,北京,朝阳区,,1,72,2799,\n", "记下了 1 个地区，重试 1 张订单")):
        hq.post(f"/console/sources/{selling.source_id}/areas", data={"file": (io.BytesIO(content.encode()), "areas.csv")}, content_type="multipart/form-data")
        assert said in text_of(hq, f"/console/sources/{selling.source_id}"), said
    selling.work(NOON)
    assert selling.push().state == "paid_told"
    assert "还没有地区编号" not in text_of(hq, f"/console/sources/{selling.source_id}")
    table = hq.get(f"/console/sources/{selling.source_id}/areas.csv").get_data(as_text=True)
    assert table == "\ufeff" + HEADER.replace("\n", "\r\n") + "北京,北京,朝阳区,,1,72,2799,0\r\n"


def test_a_source_with_orders_under_way_is_not_let_go(hq: FlaskClient, selling: Pushing, jd: Jd) -> None:
    selling.sell()
    selling.work()
    assert hq.post(f"/console/sources/{selling.source_id}/disconnect").status_code == 303
    assert "还有 1 张订单交给了这个来源" in text_of(hq, f"/console/sources/{selling.source_id}")
    jd.ship(selling.push().flagship_order_id)
    selling.work(NOON + timedelta(minutes=16))
    hq.post(f"/console/sources/{selling.source_id}/disconnect")
    with selling.database.transaction(selling.brand_id) as session:
        assert session.get(FlagshipSource, (selling.brand_id, selling.source_id)).status == "removed"  # type: ignore[union-attr]  # it is there
