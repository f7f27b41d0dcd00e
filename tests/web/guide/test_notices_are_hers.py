"""The bell counts what is unread; opening one marks it and leads on; another's notice is not found; messages go out as she wished."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.notices.actions import Telling, tell, wish
from app.domain.notices.models import Notice
from app.gateways.mail.sandbox import PlayedMail
from app.gateways.texts.sandbox import PlayedTexts
from app.jobs import REGISTRY, notices
from app.jobs.worker import run_job
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.money import paid_order
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def one(shop: Shop) -> Notice:
    return shop.session.scalars(select(Notice).where(Notice.account_id == shop.lin.account_id).execution_options(populate_existing=True)).one()


def test_a_sale_rings_the_bell_and_opens_the_order(client: FlaskClient, shop: Shop) -> None:
    placed = paid_order(shop, (shop.case, 1))
    signed_in_guide(client, shop.lin)
    assert "通知，1 条未读" in client.get("/guide/", headers=ZH).text
    page = client.get("/guide/notices", headers=ZH).text
    assert f"订单 {placed.number} 已付款，预计佣金 ¥35.88。" in page
    answer = client.post(f"/guide/notices/{one(shop).id}", headers=ZH)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/guide/orders/{placed.order_id}")
    assert "通知，0 条未读" in client.get("/guide/", headers=ZH).text
    assert "没有未读的通知" in client.get("/guide/notices?unread=1", headers=ZH).text


def test_anothers_is_not_found(client: FlaskClient, shop: Shop) -> None:
    paid_order(shop, (shop.case, 1))
    signed_in_guide(client, shop.he)
    assert client.post(f"/guide/notices/{one(shop).id}", headers=ZH).status_code == 404
    assert one(shop).read_at is None


def test_all_are_read_at_once(client: FlaskClient, shop: Shop) -> None:
    paid_order(shop, (shop.case, 1))
    signed_in_guide(client, shop.lin)
    client.post("/guide/notices/read", headers=ZH)
    shop.session.rollback()
    assert one(shop).read_at is not None


def test_messages_leave_as_she_wished(app: Application, shop: Shop) -> None:
    account: UUID | None = shop.lin.account_id
    assert account
    wish(shop.session, brand_id=shop.brand_id, account_id=account, by_text=True, by_mail=True, email="lin@farway.example")
    tell(shop.session, brand_id=shop.brand_id, kind="released", cause="settlement:x", to=[Telling(account, {"amount_minor": 3588})], now=NOON)
    shop.session.commit()
    with app.app_context():
        run_job(app, REGISTRY[notices.JOB], {"brand_id": shop.brand_id, "notice_id": str(one(shop).id)})
    texts, mail = app.gateways.texts, app.gateways.mail
    assert isinstance(texts, PlayedTexts) and isinstance(mail, PlayedMail)
    assert texts.last(shop.lin.phone).endswith("佣金解冻 ¥35.88 可以提现了。")
    assert mail.last("lin@farway.example").endswith("佣金解冻\n\n¥35.88 可以提现了。")


def test_mail_to_no_address_is_refused(client: FlaskClient, shop: Shop) -> None:
    signed_in_guide(client, shop.lin)
    answer = client.post("/guide/notices/settings", data={"by_mail": "1", "email": "nobody"}, headers=ZH)
    assert (answer.status_code, "请填写有效的邮箱" in answer.text) == (422, True)
    assert client.post("/guide/notices/settings", data={"by_text": "1"}, headers=ZH).status_code == 303
