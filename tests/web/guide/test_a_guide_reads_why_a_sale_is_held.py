"""She reads that a sale of hers is held, why without anybody's name or number, answers once, and reads what was decided."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.fraud.models import GuideDevice, SaleHold
from app.domain.fraud.rules import device_digest
from app.domain.people.actions import change_login, set_password
from app.flows.hold_sales import clear_hold, uphold_hold
from app.web.shared.application import Application
from app.web.shared.signed_tokens import sign
from app.web.shared.visitor_cookie import COOKIE, PURPOSE
from tests.builders.brands import PASSWORD, PASSWORD_HASH
from tests.builders.held import held_sale
from tests.builders.people import a_phone
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop
from tests.conftest import NOON


@pytest.fixture
def hold(shop: Shop) -> SaleHold:
    return held_sale(shop)[1]


def test_order_earnings_and_notice_lead_to_why(lin: FlaskClient, shop: Shop, hold: SaleHold) -> None:
    address = f"/guide/holds/{hold.id}"
    assert address in lin.get(f"/guide/orders/{hold.order_id}", headers=ZH).text
    assert "核查中" in lin.get("/guide/orders", headers=ZH).text
    assert "冻结：核查中" in lin.get("/guide/earnings?state=held", headers=ZH).text
    assert "有一单在核查" in lin.get("/guide/notices", headers=ZH).text
    assert address in lin.get("/guide/holds", headers=ZH).text
    page = lin.get(address, headers=ZH).text
    for words in ("下单的手机号是同事的", "35.88", "提交申诉"):
        assert words in page
    for secret in ("何敏", "0002"):
        assert secret not in page


def test_she_answers_once(lin: FlaskClient, shop: Shop, hold: SaleHold) -> None:
    address = f"/guide/holds/{hold.id}"
    assert "1 单在核查" in lin.get("/guide/", headers=ZH).text
    assert lin.post(address, data={"appeal": " "}, headers=ZH).status_code == 422
    assert lin.post(address, data={"appeal": "她替顾客下的单"}, headers=ZH).status_code == 303
    page = lin.get(address, headers=ZH).text
    assert "她替顾客下的单" in page
    assert "提交申诉" not in page
    assert "1 单在核查" not in lin.get("/guide/", headers=ZH).text
    assert lin.post(address, data={"appeal": "再说一次"}, headers=ZH).status_code == 422


@pytest.mark.parametrize(("act", "words"), [(clear_hold, "没有问题"), (uphold_hold, "佣金转回了品牌")])
def test_she_reads_what_was_decided(lin: FlaskClient, shop: Shop, hold: SaleHold, act: object, words: str) -> None:
    act(shop.session, brand_id=shop.brand_id, hold_id=hold.id, note="查过收货人", now=NOON + timedelta(days=3))  # type: ignore[operator]
    shop.session.commit()
    page = lin.get(f"/guide/holds/{hold.id}", headers=ZH).text
    for one in (words, "查过收货人"):
        assert one in page
    assert lin.get("/guide/earnings?state=est", headers=ZH).status_code == 200
    assert lin.get("/guide/earnings?state=held", headers=ZH).status_code == 200
    assert "核查完了" in lin.get("/guide/notices", headers=ZH).text


def test_a_colleagues_and_a_watched_one_are_not_found(client: FlaskClient, app: Application, lin: FlaskClient, shop: Shop, hold: SaleHold) -> None:
    he = signed_in_guide(app.test_client(), shop.he)
    assert he.get(f"/guide/holds/{hold.id}").status_code == 404
    assert he.post(f"/guide/holds/{hold.id}", data={"appeal": "x"}).status_code == 404
    assert "没有被核查的订单" in he.get("/guide/holds", headers=ZH).text
    hold.state = "watched"
    shop.session.commit()
    assert lin.get(f"/guide/holds/{hold.id}").status_code == 404
    assert f"/guide/holds/{hold.id}" not in lin.get(f"/guide/orders/{hold.order_id}", headers=ZH).text


def test_the_browser_she_signs_in_with_is_kept_as_a_digest(app: Application, shop: Shop) -> None:
    assert shop.lin.account
    change_login(shop.session, account=shop.lin.account, login=a_phone())  # no guide of another test's brand may have it
    set_password(shop.session, account=shop.lin.account, password_hash=PASSWORD_HASH)
    shop.session.commit()
    client = app.test_client()
    with app.test_request_context():
        client.set_cookie(COOKIE, sign(PURPOSE, "her-browser"))
    client.post("/guide/sign-in", data={"login": shop.lin.account.login, "password": PASSWORD}, headers=ZH)
    shop.session.rollback()
    kept = shop.session.scalars(select(GuideDevice)).all()
    assert [(one.guide_id, one.device) for one in kept] == [(shop.lin.id, device_digest(shop.brand_id, "her-browser"))]
