"""What is gone, sold out or waiting for its stock, as shopper, guide and headquarters see it, on a phone and at a desk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from app.domain.brands.actions import change_settings
from app.domain.catalog.models import FlagshipSource, Product, Variant
from app.domain.catalog.substitutes import set_substitute
from app.domain.sharing.actions import share_link
from app.flows.enter_offline_product import enter_offline_product
from app.kernel.ids import new_id
from tests.browser.conftest import Visit
from tests.browser.live import Live
from tests.browser.visitor import Visitor
from tests.builders.brands import PASSWORD, PASSWORD_HASH, a_brand
from tests.builders.shops import a_shop

pytestmark = pytest.mark.browser
SIZES = ("phone", "desk")
PICTURES = os.environ.get("LOOK_AT")
"""A folder to keep pictures in, for who wants to look."""


@dataclass(frozen=True)
class Scene:
    """Products by how they stand, and Lin's link to each."""

    slug: str
    guide_phone: str
    products: dict[str, UUID]
    links: dict[str, str]


@pytest.fixture(scope="module")
def scene(live: Live) -> Scene:
    """The case is on sale; others are gone (a substitute named), sold out (none named), stale."""
    brand = a_brand(live.app.database, slug="gone", now=live.clock.now)
    now = live.clock.now
    with live.app.database.session(brand.id) as session:
        shop = a_shop(session)
        assert shop.lin.account
        shop.lin.account.password_hash, shop.lin.words = PASSWORD_HASH, "这款我自己出差用了两年，轮子很静。"
        products = {"on_sale": shop.case_product}
        for name, title in (("gone", "旧款登机箱 18 寸"), ("sold_out", "限量登机箱 20 寸"), ("confirming", "轻旅箱 24 寸")):
            products[name] = enter_offline_product(session, brand_id=brand.id, name=title, category="箱包 > 登机箱", now=now, variants=[
                {"sku": f"{name}-{colour}", "price_minor": 31900, "stock": 0 if name == "sold_out" else 5, "options": {"颜色": colour}}
                for colour in ("雾蓝", "砖红")]).id
        source = FlagshipSource(id=new_id(), kind="merchant_feed", name="远途旗舰店", status="active", settings={"url": "https://flagship.example/feed.xml"},
                                confirmed_at=now - timedelta(hours=50), read_at=now - timedelta(hours=50), full_hour=3)
        fresh = FlagshipSource(id=new_id(), kind="merchant_feed", name="远途京东店", status="active", settings={"url": "https://flagship.example/jd.xml"},
                               confirmed_at=now - timedelta(hours=40), read_at=now - timedelta(hours=40))
        session.add_all([source, fresh])
        session.flush()
        session.execute(update(Variant).where(Variant.product_id == products["confirming"]).values(source_id=source.id, external_id=Variant.sku))
        session.execute(update(Variant).where(Variant.id == shop.case).values(source_id=fresh.id, external_id=Variant.sku))
        change_settings(session, brand_id=brand.id, stock_ttl_hours=48)
        set_substitute(session, brand_id=brand.id, product_id=products["gone"], substitute_id=shop.case_product, now=now)
        session.execute(update(Product).where(Product.id == products["gone"]).values(status="unpublished"))
        links = {name: share_link(session, brand_id=brand.id, guide_id=shop.lin.id, product_id=product_id).code for name, product_id in products.items()}
        session.commit()
        return Scene("gone", shop.lin.phone, products, links)


def look(live: Live, visitor: Visitor, address: str, name: str) -> None:
    """Every state is examined anew, also of a page that was seen in another."""
    live.seen.clear()
    visitor.open(address)
    if PICTURES:
        visitor.page.screenshot(path=str(Path(PICTURES) / f"{name}-{visitor.size}.png"), full_page=True)


@pytest.mark.parametrize("size", SIZES)
def test_a_shopper_goes_on_in_the_guides_name(visit: Visit, live: Live, scene: Scene, size: str) -> None:
    shopper = visit(size)
    for name, said in (("gone", "这款商品已经下架，不再出售。"), ("sold_out", "这款商品已经全部卖完。"), ("confirming", "库存正在和旗舰店确认")):
        look(live, shopper, f"/s/{scene.links[name]}", f"share-{name}")
        shopper.sees(said, "林晓芸", "现在有货")
    look(live, shopper, f"/s/{scene.links['gone']}", "share-gone")
    shopper.press("看品牌推荐的替代款")
    assert f"/s/{scene.links['gone']}/p/{scene.products['on_sale']}" in shopper.page.url
    shopper.sees("林晓芸", "立即购买")
    look(live, shopper, f"/s/{scene.links['gone']}/shop", "share-shop")
    shopper.sees("库存确认中", "已售罄")


def test_without_script_too(visit: Visit, scene: Scene) -> None:
    shopper = visit("phone", script=False)
    shopper.open(f"/s/{scene.links['sold_out']}")
    shopper.press("看相近的有货款")
    assert f"/s/{scene.links['sold_out']}/p/" in shopper.page.url


@pytest.mark.parametrize("size", SIZES)
def test_a_guide_sees_it_before_she_sends(visit: Visit, live: Live, scene: Scene, size: str) -> None:
    guide = visit(size)
    guide.open("/guide/sign-in")
    guide.fill(login=scene.guide_phone, password=PASSWORD)
    guide.press("登录")
    look(live, guide, "/guide/links", "guide-links")
    guide.sees("已下架", "库存确认中", "已售罄", "顾客打开会看到替代款“轻旅箱 18 寸”")
    look(live, guide, "/guide/links?show=lost", "guide-lost")
    for name, said in (("gone", "这款不能再分享"), ("confirming", "先别发"), ("sold_out", "这款现在卖完了")):
        look(live, guide, f"/guide/products/{scene.products[name]}", f"guide-{name}")
        guide.sees(said, "轻旅箱 18 寸")


@pytest.mark.parametrize("size", SIZES)
def test_headquarters_see_how_much_is_hidden(visit: Visit, live: Live, scene: Scene, size: str) -> None:
    owner = visit(size)
    owner.open("/console/sign-in")
    owner.fill(login=f"owner@{scene.slug}.example", password=PASSWORD)
    owner.press("登录")
    look(live, owner, "/console/", "console-home")
    owner.sees("有库存被藏起", "库存已过时效", "立即同步")
    look(live, owner, f"/console/products/{scene.products['gone']}", "console-product")
    owner.sees("替代款", "现在正用着", "轻旅箱 18 寸")
    look(live, owner, f"/console/products/{scene.products['confirming']}", "console-stale")
    look(live, owner, "/console/products?stock=stale", "console-products")
    owner.sees("轻旅箱 24 寸")
    look(live, owner, "/console/settings", "console-settings")
    owner.sees("库存时效")
