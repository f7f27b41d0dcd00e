"""The share page carries the guide, her store, the product and the price; it degrades to the store and is never 404."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.domain.brands.models import Brand
from app.domain.catalog.models import Product, Variant
from app.domain.sharing.actions import share_link
from app.flows.leave_guide import leave_guide
from app.kernel.tenancy import BrandSession
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop
from tests.conftest import NOON


@pytest.fixture
def address(session: BrandSession, brand: Brand, shop: Shop) -> str:
    link = share_link(session, brand_id=brand.id, guide_id=shop.lin.id, product_id=shop.case_product)
    session.commit()
    return f"/s/{link.code}"


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=ZH)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_guide_store_product_price_and_disclosure(client: FlaskClient, address: str) -> None:
    text = page(client, address)
    for word in ("林晓芸", "静安嘉里店", "轻旅箱 18 寸", "299.00", "品牌认证导购", "推荐人及其门店会得到品牌支付的佣金"):
        assert word in text


def test_a_storefront_link_lists_the_shop_in_her_name(client: FlaskClient, shop: Shop) -> None:
    text = page(client, f"/s/{shop.link.code}")
    assert "林晓芸" in text
    assert f"/s/{shop.link.code}/p/{shop.case_product}" in text
    assert "林晓芸" in page(client, f"/s/{shop.link.code}/p/{shop.cover_product}")


def test_no_private_price_without_a_public_one(client: FlaskClient, session: BrandSession, shop: Shop, address: str) -> None:
    assert "链接专享价" not in page(client, address)
    session.execute(update(Variant).where(Variant.id == shop.case).values(list_price_minor=39900))
    session.commit()
    text = page(client, address)
    assert "链接专享价" in text
    assert "399.00" in text


def test_sold_out_shows_what_is_there_instead(client: FlaskClient, session: BrandSession, shop: Shop, address: str) -> None:
    session.execute(update(Variant).where(Variant.id == shop.case).values(stock=3, reserved=3))
    session.commit()
    text = page(client, address)
    assert "这款商品已经全部卖完。有问题仍可以问林晓芸。" in text
    assert "箱套 20 寸" in text
    assert 'name="go"' not in text


def test_a_product_off_the_shelf_is_gone_but_the_link_lives(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop, address: str) -> None:
    session.execute(update(Product).where(Product.id == shop.case_product).values(tombstoned_at=NOON))
    session.commit()
    assert "这款商品已经下架，不再出售。有问题仍可以问林晓芸。" in page(client, address)
    assert client.get(f"/b/{brand.slug}/p/{shop.case_product}").status_code == 404


def test_a_leavers_link_names_the_store_and_not_her(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop, address: str) -> None:
    shop.lin.words = "我自己也在用"
    session.flush()
    leave_guide(session, brand_id=brand.id, guide_id=shop.lin.id, now=NOON + timedelta(days=1))
    session.commit()
    text = page(client, address)
    assert "林晓芸" not in text
    assert "我自己也在用" not in text
    assert "原推荐人已不在本店" in text
    assert "该门店会得到品牌支付的销售分成" in text
    assert "299.00" in text


def test_names_titles_and_words_are_text(client: FlaskClient, session: BrandSession, shop: Shop, address: str) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    shop.lin.name, shop.lin.words, shop.store.name = evil[:40], evil, evil
    session.execute(update(Product).where(Product.id == shop.case_product).values(title=evil, description=evil))
    session.execute(update(Variant).where(Variant.id == shop.case).values(options={evil: evil}))
    session.commit()
    text = page(client, address)
    assert "<script>alert" not in text
    assert "<img src=x" not in text


@pytest.mark.parametrize("code", ["nosuchcode", "x" * 300, "%00", "%ED%A0%80", "..%2f..", "'--"])
def test_unknown_codes_are_not_found(client: FlaskClient, code: str) -> None:
    assert client.get(f"/s/{code}").status_code in (400, 404)
    assert client.post(f"/s/{code}/touch").status_code in (400, 404)


def test_another_brands_product_is_not_found_by_my_code(client: FlaskClient, shop: Shop) -> None:
    assert client.get(f"/s/{shop.link.code}/p/00000000-0000-7000-8000-000000000000").status_code == 404
    assert client.get(f"/s/{shop.link.code}/p/nonsense").status_code == 404
