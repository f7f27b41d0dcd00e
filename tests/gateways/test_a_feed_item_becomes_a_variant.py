from __future__ import annotations

from datetime import UTC, datetime

import pytest
from catalogues import SAMPLES, feed_item, listed, rss, variants

from app.domain.catalog.ports import ListedVariant


def test_every_attribute_of_an_rss_item() -> None:
    first, second = variants("merchant_feed", SAMPLES / "feed.xml")
    assert first == ListedVariant(
        external_id="QX-20-BLUE", group_id="QX", title="轻行拉杆箱 20 寸 & 箱套", price_minor=89900,
        list_price_minor=129900, currency="CNY", position=1, sku="QX20B", barcode="6901234567892",
        title_en="Light Case 20", description="<p>静音<b>万向轮</b></p>", category="箱包 > 拉杆箱", vendor="轻行",
        link="https://qingxing.example/p/20", stock=36, weight_g=3200,
        options={"颜色": "雾蓝", "尺寸": "20 寸", "材质": "聚碳酸酯", "图案": "纯色"},
        images=("https://cdn.qingxing.example/20,w_800.jpg", "https://cdn.qingxing.example/a.jpg",
                "https://cdn.qingxing.example/b.jpg", "https://cdn.qingxing.example/c.jpg"),
    )
    assert (second.group_id, second.stock, second.position) == ("QX-STRAP", 0, 2)


def test_atom_with_plain_names() -> None:
    (entry,) = variants("merchant_feed", SAMPLES / "feed_atom.xml")
    assert (entry.external_id, entry.title, entry.price_minor) == ("QX-20-BLUE", "轻行拉杆箱 20 寸", 89900)
    assert (entry.link, entry.description, entry.stock) == ("https://qingxing.example/p/20", "静音万向轮", None)


def test_tsv_says_the_same() -> None:
    text = (
        "id\ttitle\tg:price\tImage Link\tadditional_image_link\tcolor\tavailability\tinventory\tproduct_detail\n"
        '"A\t1"\t箱\t￥59.9\thttps://c.example/1.jpg\thttps://c.example/2.jpg,https://c.example/3.jpg\t蓝\tin_stock\t7\t'
        "General:English name:Case\n\n"
        "B\t27\" 箱\t10 CNY\t\t\t\tout_of_stock\t\t\n"
    )
    first, second = variants("merchant_feed", text)
    assert (first.external_id, first.price_minor, first.stock, first.title_en) == ("A 1", 5990, 7, "Case")
    assert first.images == tuple(f"https://c.example/{n}.jpg" for n in (1, 2, 3))
    assert (second.title, second.stock, second.position) == ('27" 箱', 0, 2)


@pytest.mark.parametrize(("availability", "stock"), [
    ("in_stock", None), ("In Stock", None), ("out of stock", 0), ("out_of_stock", 0), ("preorder", 0), ("", None),
    ("https://schema.org/InStock", None), ("https://schema.org/OutOfStock", 0),
])
def test_availability(availability: str, stock: int | None) -> None:
    more = f"<g:availability>{availability}</g:availability>"
    assert variants("merchant_feed", rss(feed_item(more=more)))[0].stock == stock


@pytest.mark.parametrize(("sale", "now", "price", "before"), [
    ("8 CNY", "2026-05-03", 800, 1000), ("8 CNY", "2026-06-03", 1000, None), ("12 CNY", "2026-05-03", 1000, None),
])
def test_a_sale_price_counts_while_it_runs_and_is_lower(sale: str, now: str, price: int, before: int | None) -> None:
    dates = "2026-05-01T00:00+0800/2026-05-07T23:59+0800"
    more = f"<g:sale_price>{sale}</g:sale_price><g:sale_price_effective_date>{dates}</g:sale_price_effective_date>"
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    (item,) = variants("merchant_feed", rss(feed_item(more=more)), now=at)
    assert (item.price_minor, item.list_price_minor) == (price, before)


def test_a_yen_has_no_fen() -> None:
    (item,) = listed("merchant_feed", rss(feed_item(price="1,500 JPY")), currency="JPY")
    assert isinstance(item, ListedVariant) and item.price_minor == 1500
