from __future__ import annotations

import pytest
from catalogues import feed_item, listed, rss

from app.domain.catalog.ports import ListedVariant, UnreadableItem


@pytest.mark.parametrize(("item", "code"), [
    (feed_item(item_id=""), "id_missing"),
    (feed_item(item_id="x" * 201), "id_too_long"),
    (feed_item(title=" "), "title_missing"),
    (feed_item(title="&lt;br&gt;"), "title_missing"),
    (feed_item(title="长" * 501), "text_too_long"),
    (feed_item(price=""), "price_missing"),
    (feed_item(price="0.00 CNY"), "price_not_positive"),
    (feed_item(price="-5 CNY"), "price_not_positive"),
    (feed_item(price="面议"), "price_invalid"),
    (feed_item(price="1e5 CNY"), "price_invalid"),
    (feed_item(price="1e999 CNY"), "price_invalid"),
    (feed_item(price="59,90 CNY"), "price_invalid"),
    (feed_item(price="10-20 CNY"), "price_invalid"),
    (feed_item(price="9.999 CNY"), "price_too_fine"),
    (feed_item(price="9" * 60 + " CNY"), "price_too_large"),
    (feed_item(price="100000000000.01 CNY"), "price_too_large"),
    (feed_item(price="10"), "currency_missing"),
    (feed_item(price="10 QQQ"), "currency_unknown"),
    (feed_item(price="10 USD"), "currency_differs"),
    (feed_item(price="$10"), "currency_differs"),
    (feed_item(more="<g:sale_price>9 USD</g:sale_price>"), "currency_differs"),
    (feed_item(more="<g:availability>maybe</g:availability>"), "availability_unknown"),
    (feed_item(more="<g:quantity>-1</g:quantity>"), "stock_negative"),
    (feed_item(more="<g:quantity>1000000000000</g:quantity>"), "stock_too_large"),
    (feed_item(more="<g:quantity>1.5</g:quantity>"), "stock_invalid"),
    (feed_item(more="<g:sale_price>9 CNY</g:sale_price><g:sale_price_effective_date>soon"
                    "</g:sale_price_effective_date>"), "sale_dates_invalid"),
])
def test_reason_and_place(item: str, code: str) -> None:
    good, bad, last = listed("merchant_feed", rss(feed_item("first"), item, feed_item("last")))
    assert isinstance(good, ListedVariant) and isinstance(last, ListedVariant)
    assert isinstance(bad, UnreadableItem)
    assert (bad.code, bad.position) == (code, 2)
    assert bad.external_id == {"id_missing": "", "id_too_long": "x" * 200}.get(code, "A")
    assert bad.reason % bad.data


def test_the_second_and_third_of_an_id_name_the_first() -> None:
    three = feed_item("A"), feed_item("A"), feed_item(" A ", price="1 CNY")
    items = listed("merchant_feed", rss(feed_item("x"), *three))
    assert [type(item) for item in items] == [ListedVariant, ListedVariant, UnreadableItem, UnreadableItem]
    second = items[2]
    assert isinstance(second, UnreadableItem) and second.code == "duplicate_id"
    assert second.reason % second.data == "编号“A”重复，第一次出现在第 2 项"
