"""A link to what cannot be bought says so, keeps the guide's name and code, and leads on; a machine reads the same as a person."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import Client

from app.domain.brands.actions import change_settings
from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, Product, ProductImage, Variant
from app.domain.catalog.substitutes import set_substitute
from app.domain.orders.models import Order
from app.domain.sharing.actions import share_link
from app.flows.enter_offline_product import enter_offline_product
from app.kernel.ids import new_id
from app.web.shared.application import Application
from app.web.storefront.page_cache import PageCache
from tests.builders.activities import DAY, an_activity
from tests.builders.shoppers import ZH, filled
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock

HOUR = timedelta(hours=1)


@pytest.fixture
def address(shop: Shop) -> str:
    """Lin's link to the case of 299.00."""
    link = share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=shop.case_product)
    shop.session.commit()
    return f"/s/{link.code}"


def happen(shop: Shop, what: str) -> None:
    session = shop.session
    if what == "gone":
        session.execute(update(Product).where(Product.id == shop.case_product).values(status="unpublished"))
    elif what == "tombstoned":
        session.execute(update(Variant).where(Variant.id == shop.case).values(status="unpublished", tombstoned_at=NOON))
    elif what == "sold_out":
        session.execute(update(Variant).where(Variant.id == shop.case).values(stock=0))
    else:
        stale_since(shop, NOON - HOUR)
    session.commit()


def stale_since(shop: Shop, confirmed_at: Any, hours: int = 1) -> None:
    source = FlagshipSource(id=new_id(), kind="merchant_feed", name="旗舰店", status="active", confirmed_at=confirmed_at)
    shop.session.add(source)
    shop.session.flush()
    shop.session.execute(update(Variant).where(Variant.id == shop.case).values(source_id=source.id, external_id="a"))
    change_settings(shop.session, brand_id=shop.brand_id, stock_ttl_hours=hours)
    shop.session.commit()


def read_by_machines(page: str) -> dict[str, Any]:
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    found = json.loads(block)
    assert isinstance(found, dict)
    return found


STATES = [("gone", "已下架", "这款商品已经下架，不再出售。", "Discontinued"), ("tombstoned", "已下架", "这款商品已经下架，不再出售。", "Discontinued"),
          ("sold_out", "已售罄", "这款商品已经全部卖完。", "OutOfStock"), ("confirming", "库存确认中", "确认前先不出售。", "OutOfStock")]


@pytest.mark.parametrize(("what", "label", "said", "availability"), STATES)
def test_it_says_so_and_leads_on(client: FlaskClient, shop: Shop, address: str, what: str, label: str, said: str, availability: str) -> None:
    happen(shop, what)
    answer = client.get(address, headers=ZH)
    page = answer.text
    assert answer.status_code == 200
    for words in (label, said, "有问题仍可以问林晓芸。", "轻旅箱 18 寸", "相近商品，现在有货", '<meta name="robots" content="noindex">'):
        assert words in page, words
    assert 'name="go"' not in page
    assert f'href="{address}/p/{shop.cover_product}"' in page, "the substitute is opened by the same link"
    assert {one["availability"] for one in read_by_machines(page)["offers"]} == {f"https://schema.org/{availability}"}
    assert "立即购买" in client.get(f"{address}/p/{shop.cover_product}", headers=ZH).text


@pytest.mark.parametrize("what", ["gone", "sold_out"])
def test_the_brands_choice_is_named_and_its_order_is_hers(client: FlaskClient, shop: Shop, brand: Brand, address: str, what: str) -> None:
    set_substitute(shop.session, brand_id=brand.id, product_id=shop.case_product, substitute_id=shop.cover_product, now=NOON)
    happen(shop, what)
    assert "品牌推荐的替代款" in client.get(address, headers=ZH).text
    page = client.get(f"{address}/p/{shop.cover_product}", headers=ZH).text
    share = re.search(r'name="share" value="([^"]+)"', page)[1]  # type: ignore[index]
    bought = client.post(f"/b/{brand.slug}/buy", data={"product": str(shop.cover_product), "share": share, "go": "now"})
    checkout = bought.headers["Location"]
    assert client.post(checkout, data=filled(client.get(checkout, headers=ZH).text), headers=ZH).status_code == 303
    order = shop.session.scalars(select(Order).order_by(Order.id.desc())).first()
    assert order is not None and (order.guide_id, order.channel) == (shop.lin.id, "guide_link")


def test_one_variant_of_several_is_gone(client: FlaskClient, shop: Shop, address: str) -> None:
    """The others are sold on the page; who asked for the one reads what became of it."""
    blue, red = new_id(), new_id()
    for variant_id, colour, price in ((blue, "雾蓝", 31900), (red, "砖红", 32900)):
        shop.session.add(Variant(id=variant_id, product_id=shop.case_product, sku=colour, price_minor=price, stock=5, options={"颜色": colour}, updated_at=NOON))
    shop.session.execute(update(Variant).where(Variant.id == shop.case).values(status="unpublished", tombstoned_at=NOON))
    shop.session.commit()
    page = client.get(f"{address}?v={shop.case}", headers=ZH).text
    for words in ("你打开的那一款已经下架，可以看看其他款。", "雾蓝", "砖红", "立即购买"):
        assert words in page, words
    assert "相近商品" not in page
    assert "你打开的那一款" not in client.get(f"{address}?v={blue}", headers=ZH).text
    shop.session.execute(update(Variant).where(Variant.id == blue).values(stock=0))
    shop.session.commit()
    assert "你打开的那一款已经卖完" in client.get(f"{address}?v={blue}", headers=ZH).text


def test_who_buys_from_an_old_page_is_led_on_too(client: FlaskClient, shop: Shop, brand: Brand, address: str) -> None:
    happen(shop, "gone")
    code = address.removeprefix("/s/")
    answer = client.post(f"/b/{brand.slug}/buy", data={"product": str(shop.case_product), "share": code, "go": "now"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/s/{code}/p/{shop.case_product}")


def test_stale_stock_stops_bag_and_checkout_with_its_reason(client: FlaskClient, clock: TestClock, shop: Shop, brand: Brand) -> None:
    stale_since(shop, NOON)
    code = shop.link.code
    client.post(f"/b/{brand.slug}/buy", data={"product": str(shop.case_product), "share": code, "go": "bag"})
    checkout = f"/b/{brand.slug}/checkout?share={code}&v={shop.case}&q=1"
    form = filled(client.get(checkout, headers=ZH).text)
    clock.now = NOON + HOUR
    assert "库存正在和旗舰店确认" in client.get(f"/b/{brand.slug}/bag", headers=ZH).text
    for answer in (client.get(checkout, headers=ZH), client.post(checkout, data=form, headers=ZH)):
        assert answer.status_code == 409
        assert "的库存正在和旗舰店确认，请稍后再下单" in answer.text and "没有下单，也没有扣款" in answer.text
    lines = [{"variant_id": str(shop.case), "quantity": 1}]
    told = client.post(f"/api/storefront/v1/{brand.slug}/orders", headers={"Idempotency-Key": "k1"}, json={
        "lines": lines, "contact": {"name": "王", "phone": "13800138000"}, "address": {"province": "上海市", "city": "上海市", "street": "南京西路"}})
    assert (told.status_code, told.json["code"]) == (409, "stock_unconfirmed")


def test_shelf_tile_and_api_say_the_same(client: FlaskClient, shop: Shop, brand: Brand, address: str) -> None:
    happen(shop, "confirming")
    tile = re.search(rf'<a href="[^"]*/p/{shop.case_product}".*?</a>', client.get(f"/b/{brand.slug}", headers=ZH).text, re.S)
    assert tile and "库存确认中" in tile[0]
    told = client.get(f"/api/storefront/v1/{brand.slug}/shares/{address.removeprefix('/s/')}").json
    assert (told["product"]["standing"], told["product"]["variants"][0]["stock"], told["product"]["variants"][0]["confirming"]) == ("confirming", 0, True)
    assert [one["name"] for one in told["instead"]] == ["箱套 20 寸"]
    bare = client.get(f"/api/storefront/v1/{brand.slug}/shares/{shop.link.code}").json
    assert (bare["product"], bare["instead"]) == (None, [])


class Clocks:
    def __init__(self, clock: TestClock) -> None:
        self.clock, self.start = clock, clock.now

    def __call__(self) -> float:
        return (self.clock.now - self.start).total_seconds()


def test_a_kept_page_turns_when_stock_goes_stale(app: Application, clock: TestClock, shop: Shop, address: str) -> None:
    """Asked every quarter of a second around the moment, no answer is of the other side."""
    moment = NOON + timedelta(seconds=30)
    stale_since(shop, moment - HOUR)
    client, wrong = Client(PageCache(app.wsgi_app, seconds=10, clock=Clocks(clock))), []
    for step in range(240):
        clock.now = NOON + timedelta(seconds=step / 4)
        if ("立即购买" in client.get(address, headers=ZH).text) != (clock.now < moment):
            wrong.append(step)
    assert wrong == []


def test_the_poster_of_a_gone_product_is_refused(client: FlaskClient, shop: Shop, address: str) -> None:
    assert client.get(f"{address}/poster.png", headers=ZH).status_code == 200
    happen(shop, "gone")
    answer = client.get(f"{address}/poster.png", headers=ZH)
    assert answer.status_code == 409 and "已下架，不再出海报" in answer.text


def test_a_machine_reads_what_the_page_says(client: FlaskClient, shop: Shop, brand: Brand, address: str) -> None:
    """259.00 by her link until the next noon; 299.00 in the brand's shop, which alone may be indexed."""
    an_activity(shop.session, {shop.case: 25900})
    shop.session.add(ProductImage(product_id=shop.case_product, source_url="https://x/1.webp", file_key="1/media/abc", state="stored"))
    shop.session.commit()
    page = client.get(address, headers=ZH)
    found = read_by_machines(page.text)
    assert (found["@context"], found["@type"], found["name"], found["sku"], found["brand"]) == (
        "https://schema.org/", "Product", "轻旅箱 18 寸", "A", {"@type": "Brand", "name": brand.name})
    assert found["image"] == ["http://localhost/media/1/media/abc-m.webp"]
    [offer] = found["offers"]
    assert (offer["@type"], offer["price"], offer["priceCurrency"], offer["availability"], offer["sku"], offer["priceValidUntil"]) == (
        "Offer", "259.00", "CNY", "https://schema.org/InStock", "A", (NOON + DAY).isoformat())
    assert offer["url"] == f"http://localhost{address}/p/{shop.case_product}?v={shop.case}"
    assert 'content="noindex"' in page.text
    public = client.get(f"/b/{brand.slug}/p/{shop.case_product}", headers=ZH).text
    [offer] = read_by_machines(public)["offers"]
    assert (offer["price"], "priceValidUntil" in offer) == ("299.00", False)
    assert "noindex" not in public


def test_no_title_ends_the_block(client: FlaskClient, shop: Shop, brand: Brand) -> None:
    evil = "</script><script>alert(1)</script><!-- & ' \" \u2028"
    shop.session.execute(update(Product).where(Product.id == shop.case_product).values(title=evil, description=f"<p>{evil}</p>"))
    shop.session.commit()
    page = client.get(f"/b/{brand.slug}/p/{shop.case_product}", headers=ZH).text
    assert read_by_machines(page)["name"] == evil
    assert "<script>alert" not in page


def test_each_variant_is_an_offer(client: FlaskClient, shop: Shop, brand: Brand) -> None:
    made = enter_offline_product(shop.session, brand_id=brand.id, name="三件", now=NOON, variants=[
        {"sku": "M-1", "price_minor": 100, "stock": 0, "options": {"颜色": "红"}}, {"sku": "M-2", "price_minor": 5, "stock": 5, "options": {"颜色": "蓝"}},
        {"sku": "M-3", "price_minor": 123456, "stock": 6, "options": {"颜色": "黑"}}])
    shop.session.commit()
    offers = read_by_machines(client.get(f"/b/{brand.slug}/p/{made.id}", headers=ZH).text)["offers"]
    assert [(one["sku"], one["price"], one["availability"].rpartition("/")[2]) for one in offers] == [
        ("M-1", "1.00", "OutOfStock"), ("M-2", "0.05", "LimitedAvailability"), ("M-3", "1234.56", "InStock")]


def test_pages_of_a_link_are_not_indexed(client: FlaskClient, shop: Shop, brand: Brand) -> None:
    code = shop.link.code
    for path in (f"/s/{code}", f"/s/{code}/shop", f"/s/{code}/p/{shop.cover_product}"):
        assert '<meta name="robots" content="noindex">' in client.get(path, headers=ZH).text, path
    assert "noindex" not in client.get(f"/b/{brand.slug}", headers=ZH).text


def test_a_product_nobody_knows_stays_unknown(client: FlaskClient, shop: Shop) -> None:
    assert client.get(f"/s/{shop.link.code}/p/{UUID(int=1)}", headers=ZH).status_code == 404
