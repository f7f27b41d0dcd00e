"""Products with what each pays and why; link, words, QR code and poster carry her name."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.domain.catalog.models import Product, Variant
from app.domain.sharing.actions import share_link
from app.domain.sharing.models import ShareLink
from app.kernel.ids import new_id
from tests.builders.shops import Shop

ZH = {"Accept-Language": "zh-CN"}


def test_each_product_says_what_it_pays(lin: FlaskClient, shop: Shop) -> None:
    page = lin.get("/guide/products", headers=ZH).text
    for word in ("轻旅箱 18 寸", "35.88", "12%", "这款商品 12%", "4.79", "8%"):
        assert word in page, word


def test_what_pays_nothing_says_so(lin: FlaskClient, shop: Shop) -> None:
    shop.session.execute(update(Variant).where(Variant.id == shop.case).values(commissionable=False))
    shop.session.commit()
    assert "不计佣商品" in lin.get("/guide/products?q=轻旅箱", headers=ZH).text
    assert "不计佣" in lin.get(f"/guide/products/{shop.case_product}", headers=ZH).text


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
