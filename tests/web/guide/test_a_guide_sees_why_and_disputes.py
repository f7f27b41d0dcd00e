"""R8: a guide reads why an order is hers, without the names of others, and says so when one should be."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.orders.models import AttributionDispute
from app.domain.sharing.actions import share_link
from app.domain.sharing.models import Touch
from app.web.shared.application import Application
from tests.builders.money import paid_order
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop
from tests.conftest import NOON

ASKED = {"phone_tail": "8000", "evidence": "她在店里试过"}


def test_the_order_page_says_why_and_names_no_other_guide(lin: FlaskClient, shop: Shop) -> None:
    his = share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.he.id)
    shop.session.add(Touch(visitor="anna", share_link_id=his.id, at=NOON - timedelta(days=1), bot=False))
    shop.session.commit()
    placed = paid_order(shop, (shop.case, 1), visitor="anna")
    page = lin.get(f"/guide/orders/{placed.order_id}", headers=ZH).text
    for words in ("记给你，因为", "打开你的链接，是归因期内最后一次有效打开", "另一位导购", "更早打开过"):
        assert words in page
    assert "何敏" not in page
    assert "打开你的链接" in lin.get("/guide/earnings?state=pend", headers=ZH).text


def test_she_disputes_and_follows_the_answer(client: FlaskClient, app: Application, shop: Shop) -> None:
    placed = paid_order(shop, (shop.case, 1))
    he = signed_in_guide(client, shop.he)
    assert "有一单应该算我的" in he.get("/guide/orders", headers=ZH).text
    answer = he.post("/guide/disputes", data={"number": placed.number, **ASKED}, headers=ZH)
    assert (answer.status_code, answer.location) == (303, "/guide/disputes")
    page = he.get("/guide/disputes", headers=ZH).text
    assert "处理中" in page
    assert "她在店里试过" in page
    assert shop.session.scalars(select(AttributionDispute.guide_id)).one() == shop.he.id


def test_what_she_cannot_know_is_told_at_the_field(lin: FlaskClient, shop: Shop) -> None:
    placed = paid_order(shop, (shop.case, 1), share_code=None)
    for data, words in (({"number": placed.number, **ASKED, "phone_tail": "1111"}, "没有这张订单"), ({"number": placed.number, **ASKED, "evidence": ""}, "必须填写"),
                        ({"number": placed.number, **ASKED, "link_code": "x"}, "这不是你的分享链接")):
        answer = lin.post("/guide/disputes", data=data, headers=ZH)
        assert answer.status_code == 422
        assert words in answer.text


def test_another_guides_disputes_are_not_hers(lin: FlaskClient, app: Application, shop: Shop) -> None:
    placed = paid_order(shop, (shop.case, 1))
    signed_in_guide(app.test_client(), shop.he).post("/guide/disputes", data={"number": placed.number, **ASKED}, headers=ZH)
    assert "她在店里试过" not in lin.get("/guide/disputes", headers=ZH).text


def test_her_code_is_there_once_she_has_a_number(lin: FlaskClient, shop: Shop) -> None:
    assert "让顾客扫我" not in lin.get("/guide/me", headers=ZH).text
    shop.lin.employee_no = "E 7&"
    shop.session.commit()
    page = lin.get("/guide/me", headers=ZH).text
    assert "让顾客扫我" in page
    assert "data:image/svg+xml;base64," in page
