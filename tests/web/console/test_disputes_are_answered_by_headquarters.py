"""Headquarters sees both sides and every candidate, accepts or refuses with a reason, and the order page tells of it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.domain.brands.models import Brand
from app.domain.orders.models import AttributionDispute
from app.flows.dispute_attribution import open_dispute
from app.flows.place_order import PlacedOrder
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.money import due_to, order_of, paid_order, whole
from tests.builders.people import a_colleague
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop, a_shop
from tests.builders.signed_in import console
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def placed(shop: Shop) -> PlacedOrder:
    return paid_order(shop, (shop.case, 1))


@pytest.fixture
def dispute(shop: Shop, placed: PlacedOrder) -> AttributionDispute:
    made = open_dispute(shop.session, brand_id=shop.brand_id, guide=shop.he, number=placed.number, phone_tail="8000", evidence="她在店里试过", now=NOON)
    shop.session.commit()
    return made


@pytest.fixture
def owner(app: Application, brand: Brand) -> FlaskClient:
    return console(app, f"owner@{brand.slug}.example")


def test_accepted_moves_order_and_money(owner: FlaskClient, shop: Shop, placed: PlacedOrder, dispute: AttributionDispute) -> None:
    listed = owner.get("/console/attribution-disputes?q=何敏&state=open", headers=ZH).text
    assert placed.number in listed
    address = f"/console/attribution-disputes/{dispute.id}"
    page = owner.get(address, headers=ZH).text
    for words in ("何敏", "林晓芸", "她在店里试过", "有效期内最后一次打开", "35.88"):
        assert words in page
    assert owner.post(f"{address}/accept", data={"answer": " "}, headers=ZH).status_code == 422
    assert owner.post(f"{address}/accept", data={"answer": "聊天记录属实"}, headers=ZH).status_code == 303
    shop.session.rollback()
    assert order_of(shop, placed).guide_id == shop.he.id
    assert due_to(shop, shop.he.payee_id)["pending"] == 3588
    whole(shop)
    order = owner.get(f"/console/orders/{placed.order_id}", headers=ZH).text
    for words in ("申诉后改归这位导购", "申诉后改归他人", "何敏"):
        assert words in order
    assert owner.post(f"{address}/refuse", data={"answer": "再看"}, headers=ZH).status_code == 422


def test_refused_says_why_and_moves_nothing(owner: FlaskClient, shop: Shop, placed: PlacedOrder, dispute: AttributionDispute) -> None:
    assert owner.post(f"/console/attribution-disputes/{dispute.id}/refuse", data={"answer": "没有记录"}, headers=ZH).status_code == 303
    assert "没有记录" in owner.get(f"/console/attribution-disputes/{dispute.id}", headers=ZH).text
    shop.session.rollback()
    assert order_of(shop, placed).guide_id == shop.lin.id


def test_a_store_manager_does_not_decide(app: Application, shop: Shop, dispute: AttributionDispute) -> None:
    manager = a_colleague(shop.session, "store_manager", shop.store)
    shop.session.commit()
    client = console(app, manager.login)
    assert client.get("/console/attribution-disputes").status_code == 404
    assert client.post(f"/console/attribution-disputes/{dispute.id}/accept", data={"answer": "我来"}).status_code == 404


def test_settings_of_attribution_are_kept(owner: FlaskClient, shop: Shop) -> None:
    page = owner.get("/console/settings", headers=ZH).text
    form = dict(re.findall(r'<input[^>]*? name="([a-z_]+)"[^>]*? value="([^"]*)"', page))
    wanted = {"attribution_model": "first_touch", "self_purchase": "discount", "binding_days": "90", "binding_protection_days": "20", "binding_exclusive": "y"}
    assert owner.post("/console/settings", data={**form, **wanted}, headers=ZH).status_code == 303
    kept = owner.get("/console/settings", headers=ZH).text
    for words in ('value="first_touch" selected', 'value="discount" selected', 'value="90"'):
        assert words in kept.replace('selected value="first_touch"', 'value="first_touch" selected').replace('selected value="discount"', 'value="discount" selected')
    wrong = owner.post("/console/settings", data={**form, **wanted, "binding_protection_days": "91"}, headers=ZH)
    assert wrong.status_code == 422
    assert "保护期不能比锁客有效期长" in wrong.text


def test_a_coupon_may_belong_to_a_guide(owner: FlaskClient, shop: Shop) -> None:
    data = {"code": "HE30", "funder": "brand", "amount": "30", "ends_at": "2026-12-31T00:00", "max_uses": "10"}
    assert owner.post("/console/coupons/new", data={**data, "owner_id": "13900000002"}, headers=ZH).status_code == 303
    assert "归 何敏" in owner.get("/console/coupons", headers=ZH).text
    wrong = owner.post("/console/coupons/new", data={**data, "code": "X30", "owner_id": "E999"}, headers=ZH)
    assert wrong.status_code == 422
    placed = shop.order((shop.case, 1), coupon_codes=("HE30",))
    assert order_of(shop, placed).guide_id == shop.he.id, "her coupon comes before Lin's link"
