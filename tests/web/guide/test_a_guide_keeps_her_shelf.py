"""我的货架 works by plain forms: put on, note, order, take down; shoppers see it first with her words, as text."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import update

from app.domain.catalog.models import Product
from app.kernel.ids import new_id
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop


def put(lin: FlaskClient, shop: Shop) -> None:
    for product in (shop.cover_product, shop.case_product):
        assert lin.post("/guide/shelf", data={"product": product}).status_code == 303


def test_from_the_sheet_to_the_shop(lin: FlaskClient, shop: Shop) -> None:
    assert "货架还是空的" in lin.get("/guide/shelf", headers=ZH).text
    assert "放上我的货架" in lin.get(f"/guide/products/{shop.cover_product}", headers=ZH).text
    put(lin, shop)
    assert "在我的货架上" in lin.get(f"/guide/products/{shop.cover_product}", headers=ZH).text
    assert lin.post(f"/guide/shelf/{shop.cover_product}", data={"go": "note", "note": "<i>轻</i>"}).status_code == 303
    page = lin.get(f"/s/{shop.link.code}", headers=ZH).text
    assert page.index("箱套 20 寸") < page.index("轻旅箱 18 寸") and "<q>&lt;i&gt;轻&lt;/i&gt;</q>" in page


def test_up_top_and_off(lin: FlaskClient, shop: Shop) -> None:
    put(lin, shop)
    page = lin.get("/guide/shelf", headers=ZH).text
    assert page.count('value="up" disabled') == page.count('value="down" disabled') == 1, "the first goes no higher, the last no lower"
    lin.post(f"/guide/shelf/{shop.case_product}", data={"go": "up"})
    again = lin.get("/guide/shelf", headers=ZH).text
    assert again.index("轻旅箱 18 寸") < again.index("箱套 20 寸")
    lin.post(f"/guide/shelf/{shop.case_product}", data={"go": "off"})
    assert "轻旅箱 18 寸" not in lin.get("/guide/shelf", headers=ZH).text


def test_what_is_gone_says_so(lin: FlaskClient, shop: Shop) -> None:
    put(lin, shop)
    shop.session.execute(update(Product).where(Product.id == shop.cover_product).values(status="unpublished"))
    shop.session.commit()
    assert "已下架" in lin.get("/guide/shelf", headers=ZH).text
    assert "箱套 20 寸" not in lin.get(f"/s/{shop.link.code}/shop", headers=ZH).text


def test_no_input_breaks_it(lin: FlaskClient, shop: Shop) -> None:
    put(lin, shop)
    kept = lin.post(f"/guide/shelf/{shop.case_product}", data={"go": "note", "note": "长" * 61}, headers=ZH)
    assert kept.status_code == 422 and "最长 60 个字" in kept.text and "长" * 61 in kept.text
    for data, status in (({"go": "note", "note": "a\x00\ud800b".encode("utf-8", "surrogatepass")}, (303, 400)), ({"go": "sideways"}, (400,)), ({}, (400,))):
        assert lin.post(f"/guide/shelf/{shop.case_product}", data=data).status_code in status, data
    for product in ("nonsense", new_id()):
        assert lin.post("/guide/shelf", data={"product": product}).status_code == 404
        assert lin.post(f"/guide/shelf/{product}", data={"go": "up"}).status_code == 404
