"""Products with what each pays and why; link, words, QR code and poster carry her name."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.domain.brands.models import BrandSettings
from app.domain.catalog.models import Product, Variant
from app.domain.commission.models import CommissionRule
from app.domain.sharing.actions import share_link
from app.domain.sharing.models import ShareLink
from app.kernel.ids import new_id
from tests.builders.shops import Shop
from tests.conftest import NOON

ZH = {"Accept-Language": "zh-CN"}


def test_each_product_says_what_it_pays(lin: FlaskClient, shop: Shop) -> None:
    page = lin.get("/guide/products", headers=ZH).text
    for word in ("轻旅箱 18 寸", "35.88", "12%", "这款商品 12%", "4.79", "8%"):
        assert word in page, word


def test_what_pays_nothing_says_so(lin: FlaskClient, shop: Shop) -> None:
    shop.session.execute(update(Variant).where(Variant.id == shop.case).values(commissionable=False))
    shop.session.commit()
    card = lin.get("/guide/products?q=轻旅箱", headers=ZH).text
    assert '<span class="bdg">不计佣</span>' in card and "不计佣商品" in card and "约赚" not in card.partition("“约赚”")[0], "sign and reason, no earning"
    sheet = lin.get(f"/guide/products/{shop.case_product}", headers=ZH).text
    assert "不计佣</b>" in sheet and "不计佣商品" in sheet
    assert '<span class="bdg">不计佣</span>' not in lin.get("/guide/products?q=箱套", headers=ZH).text


def test_a_product_some_of_whose_variants_pay_nothing_says_which(lin: FlaskClient, shop: Shop) -> None:
    """299.00 at 12 % is 35.88; the blue one pays nothing, and is no reason to say that the product earns 0.00."""
    shop.session.add(Variant(id=new_id(), product_id=shop.case_product, sku="A-BLUE", price_minor=29900, stock=5, commissionable=False,
                             options={"颜色": "雾蓝"}, updated_at=NOON))
    shop.session.commit()
    card = lin.get("/guide/products?q=轻旅箱", headers=ZH).text
    assert "35.88" in card and "部分规格不计佣" in card and '<span class="bdg">不计佣</span>' not in card
    sheet = lin.get(f"/guide/products/{shop.case_product}", headers=ZH).text
    assert "雾蓝" in sheet and "不计佣</b>" in sheet and "35.88" in sheet


def test_a_rate_of_nothing_or_no_rule_says_so_too(lin: FlaskClient, shop: Shop) -> None:
    shop.session.execute(update(CommissionRule).where(CommissionRule.product_id == shop.case_product).values(rate_bp=0))
    shop.session.execute(update(CommissionRule).where(CommissionRule.product_id == shop.cover_product).values(
        effective_from=NOON - timedelta(days=1), effective_to=NOON))
    shop.session.commit()
    page = lin.get("/guide/products", headers=ZH).text
    assert page.count('<span class="bdg">不计佣</span>') == 2 and "这款商品 0%" in page and "没有适用的佣金规则" in page


def test_pay_is_what_an_order_would_freeze(lin: FlaskClient, shop: Shop) -> None:
    """12 % of 299.00 is 35.88, at least 50.00 a piece; a cap of 15 % leaves 44.85."""
    shop.session.execute(update(CommissionRule).where(CommissionRule.product_id == shop.case_product).values(min_minor=5000))
    shop.session.commit()
    page = lin.get("/guide/products?q=轻旅箱", headers=ZH).text
    assert "50.00" in page and "每件至少 ¥50.00" in page
    shop.session.execute(update(BrandSettings).values(commission_cap_bp=1500))
    shop.session.commit()
    assert "44.85" in lin.get("/guide/products?q=轻旅箱", headers=ZH).text


def test_the_sheet_has_link_words_poster_and_code(lin: FlaskClient, shop: Shop) -> None:
    address = f"/guide/products/{shop.case_product}"
    first, again = lin.get(address, headers=ZH).text, lin.get(address, headers=ZH).text
    code = shop.session.scalars(select(ShareLink.code).where(ShareLink.product_id == shop.case_product)).one()
    for word in (f"http://localhost/s/{code}", f"/s/{code}/qr.svg", f"/guide/links/{code}/poster.png", "¥299", "静安嘉里店"):
        assert word in first, word
        assert word in again, word
    poster = lin.get(f"/guide/links/{code}/poster.png")
    assert poster.data[:4] == b"\x89PNG"
    assert "attachment" in poster.headers["Content-Disposition"]
    assert shop.link.code in lin.get("/guide/shop").text
    assert shop.session.scalar(select(func.count()).select_from(ShareLink)) == 2


def test_another_guides_link_is_not_found(lin: FlaskClient, shop: Shop) -> None:
    theirs = share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.he.id).code
    shop.session.commit()
    assert lin.get(f"/guide/links/{theirs}/poster.png").status_code == 404
    assert lin.get("/guide/links/nosuch/poster.png").status_code == 404
    for product in ("nonsense", new_id()):
        assert lin.get(f"/guide/products/{product}").status_code == 404


def test_her_words_reach_the_share_page_as_text(lin: FlaskClient, shop: Shop) -> None:
    assert lin.post("/guide/me", data={"words": "<b>真的</b>\n 轻 "}, headers=ZH).status_code == 303
    assert "&lt;b&gt;真的&lt;/b&gt; 轻" in lin.get(f"/s/{shop.link.code}/p/{shop.case_product}", headers=ZH).text
    assert lin.post("/guide/me", data={"words": "长" * 201}, headers=ZH).status_code == 422
    assert lin.post("/guide/me", data={"words": "a\x00"}).status_code == 400


def test_titles_are_text(lin: FlaskClient, shop: Shop) -> None:
    shop.session.execute(update(Product).where(Product.id == shop.case_product).values(title="<script>alert(1)</script>"))
    shop.session.commit()
    for address in ("/guide/", "/guide/products", f"/guide/products/{shop.case_product}"):
        assert "<script>alert" not in lin.get(address).text


def test_each_card_says_why_it_stands_where_it_stands(lin: FlaskClient, shop: Shop) -> None:
    """35.88 a piece stands before 4.79; by price it is the other way round; what makes no sense is no error."""
    page = lin.get("/guide/products", headers=ZH).text
    assert "每件赚 ¥35.88" in page and page.index("轻旅箱 18 寸") < page.index("箱套 20 寸")
    assert "“适合你”怎么排" in page and "每件赚多少" in page
    cheap = lin.get("/guide/products?sort=price", headers=ZH).text
    assert cheap.index("箱套 20 寸") < cheap.index("轻旅箱 18 寸")
    for asked in ("sort=nonsense", "sort=sold&page=99999999999", "sort=new&page=99&q=%25", "category=%E7%AE%B1%E5%8C%85&sort=pay"):
        assert lin.get(f"/guide/products?{asked}", headers=ZH).status_code == 200, asked


def test_the_poster_of_the_sheet_is_the_layout_asked_for(lin: FlaskClient, shop: Shop) -> None:
    address = f"/guide/products/{shop.case_product}"
    assert "poster.png?layout=price" in lin.get(f"{address}?layout=price", headers=ZH).text
    page = lin.get(f"{address}?layout=nonsense", headers=ZH).text
    assert "poster.png?layout=classic" in page and "海报：轻旅箱 18 寸，¥299，11/22 的价格，含二维码" in page
    assert "价格优先" not in lin.get("/guide/shop?layout=price", headers=ZH).text, "a storefront has no price to put first"
