"""Her links with what they open now; what is taken off is not shared anew, and why stock is held back is said before she sends."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.domain.brands.actions import change_settings
from app.domain.catalog.models import FlagshipSource, Product, Variant
from app.domain.catalog.substitutes import set_substitute
from app.domain.sharing.actions import share_link
from app.domain.sharing.models import ShareLink, Touch
from app.kernel.ids import new_id
from tests.builders.shops import Shop
from tests.conftest import NOON


def links(shop: Shop) -> None:
    """To her shop, the case and the cover; the case was opened twice this month, once before, once by a program."""
    case = share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=shop.case_product, label="老客群")
    share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=shop.cover_product)
    share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.he.id, product_id=shop.case_product, label="何敏的")
    for visitor, days, bot in (("a", 1, False), ("b", 29, False), ("c", 31, False), ("d", 1, True)):
        shop.session.add(Touch(visitor=visitor, share_link_id=case.id, at=NOON - timedelta(days=days), bot=bot))
    shop.session.commit()


def take_off(shop: Shop) -> None:
    shop.session.execute(update(Product).where(Product.id == shop.case_product).values(status="unpublished"))
    shop.session.commit()


def test_a_link_that_leads_on_is_marked(lin: FlaskClient, shop: Shop) -> None:
    links(shop)
    page = lin.get("/guide/links").text
    assert "老客群" in page and "30 天打开 2 次" in page and "我的云店" in page and "何敏的" not in page
    assert "已下架" not in page and "没有要换的链接" in lin.get("/guide/links?show=lost").text
    take_off(shop)
    page = lin.get("/guide/links?show=lost").text
    assert "老客群" in page and "已下架" in page and "顾客打开会看到相近的有货款" in page and "箱套 20 寸" not in page
    set_substitute(shop.session, brand_id=shop.brand_id, product_id=shop.case_product, substitute_id=shop.cover_product, now=NOON)
    shop.session.commit()
    assert "顾客打开会看到替代款“箱套 20 寸”" in lin.get("/guide/links").text


def test_a_link_is_found_by_product_and_group_and_the_most_opened_come_first(lin: FlaskClient, shop: Shop) -> None:
    """The cover's link is the newest; the case's was opened twice."""
    links(shop)

    def found(query: str) -> list[str]:
        page = lin.get(f"/guide/links?{query}").text
        return sorted((name for name in ("轻旅箱 18 寸", "箱套 20 寸", "我的云店") if f'<b class="ell">{name}' in page), key=lambda name: page.index(f'<b class="ell">{name}'))

    assert found("") == ["箱套 20 寸", "轻旅箱 18 寸", "我的云店"]
    assert found("sort=opened") == ["轻旅箱 18 寸", "箱套 20 寸", "我的云店"]
    assert found("q=箱套") == ["箱套 20 寸"] and found("q=老客") == ["轻旅箱 18 寸"] and found("q=老客&show=lost") == []
    assert found("q=%25") == [] and "没有找到链接" in lin.get("/guide/links?q=%25").text, "a sign is itself"
    assert "sort=opened" in lin.get("/guide/links?sort=opened&q=箱").text


def test_nothing_breaks_the_list(lin: FlaskClient, shop: Shop) -> None:
    links(shop)
    for query in ("page=99999", "page=-1", "page=x", "show=%F0%9F%92%A9", "show=lost&page=2", "q=" + "x" * 3000, "q=%5C_%25", "sort=x"):
        assert lin.get(f"/guide/links?{query}").status_code == 200, query


def test_what_is_taken_off_is_not_shared_anew(lin: FlaskClient, shop: Shop) -> None:
    take_off(shop)
    page = lin.get(f"/guide/products/{shop.case_product}").text
    assert "这款不能再分享" in page and "箱套 20 寸" in page and "poster" not in page
    assert shop.session.scalar(select(func.count()).select_from(ShareLink).where(ShareLink.product_id == shop.case_product)) == 0


def test_why_stock_is_held_back_is_said_before_she_sends(lin: FlaskClient, shop: Shop) -> None:
    source = FlagshipSource(id=new_id(), kind="merchant_feed", name="旗舰店", status="active", confirmed_at=NOON - timedelta(hours=2))
    shop.session.add(source)
    shop.session.flush()
    shop.session.execute(update(Variant).where(Variant.id == shop.case).values(source_id=source.id, external_id="a"))
    shop.session.commit()
    assert "先别发" not in lin.get(f"/guide/products/{shop.case_product}").text
    change_settings(shop.session, brand_id=shop.brand_id, stock_ttl_hours=2)
    shop.session.commit()
    page = lin.get(f"/guide/products/{shop.case_product}").text
    assert "先别发：库存正在和旗舰店确认" in page and "箱套 20 寸" in page
    assert "库存确认中" in lin.get("/guide/products").text
