"""Who opens the checkout while signed in and places no order is on her guide's list an hour later, with why; of strangers nothing is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.domain.brands.models import Brand
from app.domain.care.models import BegunCheckout
from app.domain.catalog.models import Variant
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop
from tests.builders.signed_in_shopper import sign_in_shopper_on
from tests.conftest import TestClock

PHONE = "13911112222"
BROWSER = {**ZH, "User-Agent": "Mozilla/5.0 (iPhone)"}


@pytest.fixture
def lin(app: Application, shop: Shop) -> FlaskClient:
    return signed_in_guide(app.test_client(), shop.lin)


def checkout(device: FlaskClient, brand: Brand, shop: Shop, code: str) -> int:
    return int(device.get(f"/b/{brand.slug}/checkout?share={code}&v={shop.case}", headers=BROWSER).status_code)


def begun(session: BrandSession) -> list[BegunCheckout]:
    return list(session.scalars(select(BegunCheckout).execution_options(populate_existing=True)))


def test_her_guide_reads_why(client: FlaskClient, app: Application, brand: Brand, shop: Shop, lin: FlaskClient, clock: TestClock, session: BrandSession) -> None:
    client.post(f"/s/{shop.link.code}/touch", headers=BROWSER)
    sign_in_shopper_on(client, app, brand, PHONE)
    assert checkout(client, brand, shop, shop.link.code) == checkout(client, brand, shop, shop.link.code) == 200
    assert [row.guide_id for row in begun(session)] == [shop.lin.id], "twice is once"
    assert "的结算页，没有下单" not in lin.get("/guide/follow-ups", headers=ZH).text
    clock.now += timedelta(hours=1)
    page = lin.get("/guide/follow-ups", headers=ZH).text
    assert "11-22 12:00 打开了“轻旅箱 18 寸”的结算页，没有下单" in page
    assert "没下完单" in lin.get("/guide/follow-ups?reason=checkout", headers=ZH).text
    assert f"/guide/products/{shop.case_product}" in page, "with the product to send"


def test_of_a_stranger_and_of_what_cannot_be_bought_nothing_is_kept(client: FlaskClient, app: Application, brand: Brand, shop: Shop, session: BrandSession) -> None:
    assert checkout(client, brand, shop, shop.link.code) == 200
    sign_in_shopper_on(client, app, brand, PHONE)
    session.execute(update(Variant).values(stock=1))
    session.commit()
    assert client.get(f"/b/{brand.slug}/checkout?v={shop.case}&q=2", headers=BROWSER).status_code == 409
    assert client.get(f"/b/{brand.slug}/checkout", headers=BROWSER).status_code == 303
    assert begun(session) == []
