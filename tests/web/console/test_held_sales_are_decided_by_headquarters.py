"""Headquarters finds a held sale, reads what was seen, clears it or upholds it with a reason, and sets what is looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.fraud.models import SaleHold, SignalSetting
from app.domain.fraud.rules import SIGNALS
from app.domain.insights.holds import held_sums
from app.flows.hold_sales import appeal_hold
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.held import held_sale, sale
from tests.builders.money import due_to, whole
from tests.builders.people import a_colleague
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop, a_shop
from tests.builders.signed_in import console
from tests.conftest import NOON, TestClock

FORM = {**{f"mode_{one.name}": one.mode for one in SIGNALS}, **{f"most_{one.name}": str(one.most) for one in SIGNALS if one.most}}


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def hold(shop: Shop) -> SaleHold:
    return held_sale(shop)[1]


@pytest.fixture
def owner(app: Application, brand: Brand) -> FlaskClient:
    return console(app, f"owner@{brand.slug}.example")


def test_listed_filtered_and_read(owner: FlaskClient, shop: Shop, hold: SaleHold) -> None:
    sale(shop, now=NOON + timedelta(hours=1))
    for address in ("", "?state=waiting", "?state=open&signal=phone&sort=amount", "?q=林晓芸", f"?guide={shop.lin.id}"):
        assert "手机号是导购的" in owner.get(f"/console/holds{address}", headers=ZH).text.split("<tbody>", 1)[1], address
    for address in ("?state=upheld", "?signal=burst", "?q=没有", f"?guide={shop.he.id}"):
        assert "没有符合条件的订单" in owner.get(f"/console/holds{address}", headers=ZH).text, address
    page = owner.get(f"/console/holds/{hold.id}", headers=ZH).text
    for words in ("+86139****0002", "导购 何敏", "35.88", "她还可以申诉到", "这位导购最近的订单", "放行"):
        assert words in page
    assert "13900000002" not in page
    assert "判定不计佣" not in page.split("她还可以申诉到")[0], "not before she had her time"
    home = owner.get("/console/", headers=ZH).text
    assert "1 单等待核查" in home


def test_cleared_with_a_note(owner: FlaskClient, shop: Shop, hold: SaleHold) -> None:
    address = f"/console/holds/{hold.id}"
    assert owner.post(f"{address}/clear", data={"note": "电话核实"}, headers=ZH).status_code == 303
    page = owner.get(address, headers=ZH).text
    for words in ("已放行", "电话核实"):
        assert words in page
    assert owner.post(f"{address}/clear", headers=ZH).status_code == 422


def test_upheld_after_her_appeal_and_not_without_a_reason(owner: FlaskClient, shop: Shop, hold: SaleHold) -> None:
    address = f"/console/holds/{hold.id}"
    early = owner.post(f"{address}/uphold", data={"note": "同事本人"}, headers=ZH)
    assert early.status_code == 422
    assert "导购还可以申诉" in early.text
    appeal_hold(shop.session, brand_id=shop.brand_id, guide=shop.lin, hold_id=hold.id, text="她替顾客下的单", now=NOON)
    shop.session.commit()
    assert "她替顾客下的单" in owner.get(address, headers=ZH).text
    assert owner.post(f"{address}/uphold", data={"note": " "}, headers=ZH).status_code == 422
    assert owner.post(f"{address}/uphold", data={"note": "同事本人"}, headers=ZH).status_code == 303
    shop.session.rollback()
    assert due_to(shop, shop.lin.payee_id) == {}
    whole(shop)
    page = owner.get(address, headers=ZH).text
    for words in ("不计佣", "同事本人"):
        assert words in page
    order = owner.get(f"/console/orders/{hold.order_id}", headers=ZH).text
    assert "导购的佣金转回品牌" in order


def test_a_watched_one_is_held_or_put_away(owner: FlaskClient, shop: Shop, hold: SaleHold) -> None:
    hold.state = "watched"
    shop.session.commit()
    page = owner.get(f"/console/holds/{hold.id}", headers=ZH).text
    assert "不用管" in page
    assert owner.post(f"/console/holds/{hold.id}/hold", headers=ZH).status_code == 303
    shop.session.refresh(hold)
    assert hold.state == "open"


def test_sums_by_guide_and_store(owner: FlaskClient, shop: Shop, hold: SaleHold) -> None:
    """One of 35.88 waits, one of 35.88 was cleared; what is watched does not count."""
    _, other = held_sale(shop)
    owner.post(f"/console/holds/{other.id}/clear", headers=ZH)
    held_sale(shop)[1].state = "watched"
    shop.session.commit()
    total, guides, stores = held_sums(shop.session, brand_id=shop.brand_id, from_=NOON, to=NOON + timedelta(seconds=1))
    assert [(one.waiting, one.waiting_minor, one.cleared, one.cleared_minor, one.upheld) for one in (total, *guides, *stores)] == [(1, 3588, 1, 3588, 0)] * 3
    assert held_sums(shop.session, brand_id=shop.brand_id, from_=NOON + timedelta(seconds=1), to=None)[0].count == 0
    page = owner.get("/console/holds/sums", headers=ZH).text
    for words in ("林晓芸", shop.store.name, "71.76"):
        assert words in page
    assert "这段时间没有核查过的订单" in owner.get("/console/holds/sums?from=2020-01-01&to=2020-01-02", headers=ZH).text


def test_signals_are_set_all_or_none(owner: FlaskClient, shop: Shop) -> None:
    wrong = owner.post("/console/holds/signals", data={**FORM, "mode_phone": "off", "most_burst": "0"}, headers=ZH)
    assert wrong.status_code == 422
    assert "须在 1 到 1000 之间" in wrong.text
    assert shop.session.scalars(select(SignalSetting)).all() == []
    for bad in ({"most_burst": "9" * 30}, {"most_burst": "x\x00"}, {"mode_phone": "\ud800"}, {"mode_phone": ""}):
        data = {**FORM, **{name: value.encode("utf-8", "surrogatepass") for name, value in bad.items()}}
        assert owner.post("/console/holds/signals", data=data, headers=ZH).status_code in (400, 422)
    assert owner.post("/console/holds/signals", data={**FORM, "mode_phone": "off", "most_burst": "25"}, headers=ZH).status_code == 303
    assert 'value="25"' in owner.get("/console/holds/signals", headers=ZH).text
    assert held_off(shop)


def held_off(shop: Shop) -> bool:
    sale(shop, "13900000002")
    return shop.session.scalar(select(SaleHold)) is None


def test_a_store_manager_neither_sees_nor_decides(app: Application, shop: Shop, hold: SaleHold, clock: TestClock) -> None:
    manager = a_colleague(shop.session, "store_manager", shop.store)
    shop.session.commit()
    client = console(app, manager.login)
    for address in ("/console/holds", "/console/holds/sums", "/console/holds/signals", f"/console/holds/{hold.id}"):
        assert client.get(address).status_code == 404
    assert client.post(f"/console/holds/{hold.id}/clear").status_code == 404
    assert "等待核查" not in client.get("/console/", headers=ZH).text
