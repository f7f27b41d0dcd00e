"""A link to an activity shows its goods at its prices in her name; before, after and once she has left it leads on to the shop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.domain.catalog.models import Product, Variant
from app.domain.orders.models import AttributionDecision
from app.domain.promotions.activities import end_activity
from app.domain.promotions.models import Activity
from app.domain.sharing.actions import share_link
from app.flows.leave_guide import leave_guide
from app.kernel.ids import new_id
from app.web.shared.application import Application
from tests.builders.activities import DAY, an_activity
from tests.builders.money import order_of
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock


@pytest.fixture
def sale(shop: Shop) -> Activity:
    """The case of 299.00 for 259.00 by link only, until the next noon: 11-23 12:00 in Shanghai."""
    return an_activity(shop.session, {shop.case: 25900}, name="双十二")


@pytest.fixture
def code(shop: Shop, sale: Activity) -> str:
    link = share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, activity_id=sale.id)
    shop.session.commit()
    return link.code


def read(client: FlaskClient, code: str) -> str:
    answer = client.get(f"/s/{code}", headers=ZH)
    assert answer.status_code == 200
    return answer.text


def test_it_shows_name_end_goods_and_who_recommends(client: FlaskClient, code: str, shop: Shop) -> None:
    page = read(client, code)
    assert "<h1>双十二</h1>" in page and "到 11-23 12:00" in page
    assert "轻旅箱 18 寸" in page and "259.00" in page and "299.00" in page and "箱套" not in page
    assert "林晓芸" in page and "品牌认证导购" in page and "推荐人及其门店会得到品牌支付的佣金" in page
    assert f"/s/{code}/p/{shop.case_product}" in page and f"/s/{code}/shop" in page
    assert '<meta property="og:title" content="双十二">' in page and '<meta name="robots" content="noindex">' in page
    assert f"/s/{code}/touch" in page


def test_a_tile_shows_the_activity_price_also_where_another_variant_is_cheaper(client: FlaskClient, code: str, shop: Shop) -> None:
    shop.session.add(Variant(id=new_id(), product_id=shop.case_product, sku="A-SMALL", price_minor=9900, stock=5, updated_at=NOON))
    shop.session.commit()
    page = read(client, code)
    assert "259.00" in page and "99.00" not in page.replace("299.00", "")


def test_ended_early_it_says_so_at_once_and_shows_the_shop(client: FlaskClient, code: str, shop: Shop, sale: Activity, clock: TestClock) -> None:
    clock.now = NOON + timedelta(hours=1)
    end_activity(shop.session, brand_id=shop.brand_id, activity_id=sale.id, now=clock.now)
    shop.session.commit()
    page = read(client, code)
    assert "“双十二”已经结束" in page and "箱套 20 寸" in page and "259.00" not in page and "林晓芸" in page


def test_it_is_on_until_its_end_not_included(client: FlaskClient, code: str, clock: TestClock) -> None:
    clock.now = NOON + DAY - timedelta(microseconds=1)
    assert "<h1>双十二</h1>" in read(client, code)
    clock.now = NOON + DAY
    assert "“双十二”已经结束" in read(client, code)


def test_before_it_begins_it_says_when(client: FlaskClient, shop: Shop) -> None:
    coming = an_activity(shop.session, {shop.cover: 4990}, name="跨年", starts_at=NOON + DAY, ends_at=NOON + 2 * DAY)
    link = share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, activity_id=coming.id).code
    shop.session.commit()
    page = read(client, link)
    assert "“跨年”11-23 12:00 开始" in page and "59.90" in page and "49.90" not in page


def test_when_all_its_goods_are_off_the_shelf_the_shop_is_shown(client: FlaskClient, code: str, shop: Shop) -> None:
    shop.session.execute(update(Product).where(Product.id == shop.case_product).values(status="unpublished"))
    shop.session.commit()
    page = read(client, code)
    assert "“双十二”的商品都下架了" in page and "箱套 20 寸" in page


def test_once_she_left_it_stands_for_the_store(client: FlaskClient, code: str, shop: Shop) -> None:
    """R21."""
    leave_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON)
    shop.session.commit()
    page = read(client, code)
    assert "林晓芸" not in page and "静安嘉里店" in page and "品牌直营" in page and "<h1>双十二</h1>" in page and "259.00" in page


def test_it_is_kept_by_caches_no_longer_than_the_activity(client: FlaskClient, code: str, clock: TestClock) -> None:
    clock.now = NOON + DAY - timedelta(seconds=3)
    kept = client.get(f"/s/{code}", headers=ZH).headers["Cache-Control"]
    assert "public" in kept and "max-age=3" in kept


def test_who_comes_by_it_buys_at_its_price_and_it_is_her_sale(client: FlaskClient, code: str, shop: Shop) -> None:
    placed = shop.order((shop.case, 1), share_code=code)
    assert order_of(shop, placed).gross_minor == 25900
    assert shop.session.scalars(select(AttributionDecision)).one().guide_id == shop.lin.id


def test_its_poster_leads_to_it_with_price_and_date_and_becomes_the_shops(client: FlaskClient, app: Application, code: str, shop: Shop, clock: TestClock,
                                                                         read_qr: Callable[[bytes], str]) -> None:
    def drawn(of: str) -> tuple[str, bytes]:
        answer = client.get(f"/s/{of}/poster.png", headers=ZH)
        assert answer.status_code == 200
        return answer.headers["ETag"], answer.data

    on = drawn(code)
    assert read_qr(on[1]) == f"http://localhost/s/{code}"
    shop.session.execute(update(Variant).where(Variant.id == shop.case).values(stock=0))
    shop.session.commit()
    nothing_left = drawn(code)
    assert nothing_left[0] != on[0], "no price where nothing can be bought"
    clock.now = NOON + DAY
    assert drawn(code)[0] == nothing_left[0]
