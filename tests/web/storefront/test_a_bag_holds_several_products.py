"""The bag is a signed cookie of one brand; options become a variant before any script runs."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.domain.brands.models import Brand
from app.domain.catalog.models import Variant
from app.domain.orders.models import Order, OrderLine
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.shoppers import ZH, filled
from tests.builders.shops import Shop
from tests.conftest import NOON


def add(client: FlaskClient, brand: Brand, product: object, **more: object) -> object:
    return client.post(f"/b/{brand.slug}/buy", data={"product": str(product), "go": "bag", **more}, headers=ZH)


def test_two_products_become_one_order(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop) -> None:
    add(client, brand, shop.case_product, share=shop.link.code)
    add(client, brand, shop.cover_product, share=shop.link.code)
    add(client, brand, shop.cover_product, share=shop.link.code)
    page = client.get(f"/b/{brand.slug}/bag", headers=ZH).text
    assert "418.80" in page
    address = f"/b/{brand.slug}/checkout"
    answer = client.post(address, data=filled(client.get(address, headers=ZH).text), headers=ZH)
    assert answer.status_code == 303
    order = session.scalars(select(Order)).one()
    assert (order.total_minor, order.guide_id) == (41880, shop.lin.id)
    assert [line.quantity for line in session.scalars(select(OrderLine).order_by(OrderLine.position))] == [1, 2]
    assert "购物袋还是空的" in client.get(f"/b/{brand.slug}/bag", headers=ZH).text


def test_quantities_change_and_lines_go(client: FlaskClient, brand: Brand, shop: Shop) -> None:
    add(client, brand, shop.case_product)
    bag = f"/b/{brand.slug}/bag"
    client.post(bag, data={"variant": str(shop.case), "quantity": "3"})
    assert "897.00" in client.get(bag, headers=ZH).text
    for wrong in ("-1", "1000000000000", "x", "1000"):
        answer = client.post(bag, data={"variant": str(shop.case), "quantity": wrong}, headers=ZH)
        assert (answer.status_code, "数量要在" in answer.text) == (422, True), wrong
    assert "897.00" in client.get(bag, headers=ZH).text
    client.post(bag, data={"variant": str(shop.case), "remove": "1"})
    assert "购物袋还是空的" in client.get(bag, headers=ZH).text


def test_options_find_the_variant_or_say_that_there_is_none(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop) -> None:
    session.execute(update(Variant).where(Variant.id == shop.case).values(options={"颜色": "雾蓝"}))
    blue, sold = shop.case, new_id()
    session.add(Variant(id=sold, product_id=shop.case_product, sku="A2", options={"颜色": "石榴"}, price_minor=29900, stock=0, updated_at=NOON))
    session.commit()
    buy = f"/b/{brand.slug}/buy"
    form = {"product": str(shop.case_product), "share": shop.link.code, "go": "now"}
    assert f"v={blue}" in client.post(buy, data={**form, "o.颜色": "雾蓝"}).location
    for colour in ("石榴", "透明"):
        answer = client.post(buy, data={**form, "o.颜色": colour})
        assert answer.location.endswith(f"/s/{shop.link.code}/p/{shop.case_product}")
    assert client.post(buy, data=form).status_code == 303
    assert client.post(buy, data={**form, "o.颜色": "雾蓝", "quantity": "-1"}).status_code == 422


def test_another_site_puts_nothing_into_the_bag(client: FlaskClient, brand: Brand, shop: Shop) -> None:
    answer = client.post(f"/b/{brand.slug}/buy", data={"product": str(shop.case_product), "go": "bag"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert client.get_cookie("yd_bag", path=f"/b/{brand.slug}") is None


def test_a_damaged_bag_is_an_empty_bag(client: FlaskClient, brand: Brand, shop: Shop) -> None:
    for value in ("x", "eyJzIjoiIn0.a.b", "\u00e9"):
        client.set_cookie("yd_bag", value, path=f"/b/{brand.slug}")
        assert "购物袋还是空的" in client.get(f"/b/{brand.slug}/bag", headers=ZH).text
    assert client.get(f"/b/{brand.slug}/checkout").status_code == 303


def test_search_and_pages_take_anything(client: FlaskClient, brand: Brand, shop: Shop) -> None:
    for query in ("q=%25", "q=_", "q=\\", "q='", "page=0", "page=-1", "page=99999999999999", "page=x", "category=%25", "v=%F0", "lang=xx"):
        assert client.get(f"/b/{brand.slug}?{query}", headers=ZH).status_code == 200, query
    assert "箱套 20 寸" in client.get(f"/b/{brand.slug}?q=b", headers=ZH).text
    assert "轻旅箱" not in client.get(f"/b/{brand.slug}?q=b", headers=ZH).text
    assert "箱套" not in client.get(f"/b/{brand.slug}?category=箱包", headers=ZH).text
