from __future__ import annotations

import os
from pathlib import Path

import pytest
from jd_shops import Open, expected_prices, products, read

from app.domain.catalog.ports import FlagshipUnreachable, ListedVariant

SAMPLE = Path(os.environ.get("REFEREES", "/nowhere")) / "flagship" / "data" / "jd-sample" / "products_cn.json"


def test_every_sku_with_what_belongs_to_it(jd: Open) -> None:
    shop = jd(products(12))
    seen = read(shop.pop())
    assert seen.prices() == expected_prices(shop)
    assert len(seen.prices()) == sum(1 + number % 3 for number in range(12))
    one = next(found for found in seen.variants.values() if isinstance(found, ListedVariant) and found.sku == "YD-0001-1")
    assert (one.title, one.price_minor, one.list_price_minor, one.currency, one.stock) == ("旅行箱 0001", 5119, 99900, "CNY", 11)
    assert one.options == {"颜色": "曜石黑", "尺码": "L"} and list(one.options) == ["颜色", "尺码"]
    assert (one.category, one.vendor, one.barcode, one.published, one.weight_g) == ("箱包 > 旅行箱 > 登机箱", "示例", "69000011", True, 500)
    assert one.description == "<p>第 1 款</p>" and one.link == f"https://item.jd.com/{one.external_id}.html"
    assert len(one.images) == 2 and one.images[0].startswith(f"{shop.url}/img/n0/jfs/t1/")


def test_wares_off_the_shelf_are_listed_unpublished_and_recycled_ones_not_at_all(jd: Open) -> None:
    seen = read(jd(products(10, deleted=5)).pop())
    variants = [one for one in seen.variants.values() if isinstance(one, ListedVariant)]
    assert {one.title for one in variants if not one.published} == {"旅行箱 0004", "旅行箱 0009"}
    assert {one.title for one in variants} == {f"旅行箱 {number:04d}" for number in range(10)}


def test_prices_as_text_mean_the_same(jd: Open) -> None:
    shop = jd(price_as_string=True)
    assert read(shop.pop()).prices() == expected_prices(shop)


def test_a_smaller_page_limit_is_found_out(jd: Open) -> None:
    shop = jd(products(70, skus=2), max_page=30)
    assert read(shop.pop()).prices() == expected_prices(shop)


def test_many_pages(jd: Open) -> None:
    shop = jd(products(230, skus=2))
    seen = read(shop.pop())
    assert seen.prices() == expected_prices(shop)
    positions = [one.position for one in seen.variants.values()]
    assert len(set(positions)) == len(positions) and min(positions) == 1
    assert shop.calls("jingdong.ware.read.searchWare4Valid") <= 3 + 2, "three pages, then the changes of the last minutes"


def test_lists_without_prices_pictures_and_texts_are_completed(jd: Open) -> None:
    shop = jd(products(4), thin=True)
    seen = read(shop.pop())
    assert seen.prices() == expected_prices(shop)
    one = next(found for found in seen.variants.values() if isinstance(found, ListedVariant) and found.sku == "YD-0002-2")
    assert (one.stock, len(one.images), one.description, one.list_price_minor) == (12, 2, "<p>第 2 款</p>", one.price_minor + 1000)


def test_what_cannot_be_taken_in_says_why(jd: Open) -> None:
    goods = products(3)
    goods["wares"][1]["skus"][0]["price"] = "0.00"
    seen = read(jd(goods).pop())
    wrong = [one for one in seen.variants.values() if not isinstance(one, ListedVariant)]
    assert [(one.code, one.reason) for one in wrong] == [("price_not_positive", "价格必须大于 0")]


def test_a_ware_without_skus_is_accounted_for(jd: Open) -> None:
    goods = products(3)
    goods["wares"][1]["skus"] = goods["wares"][1]["skus"][:1]
    shop = jd(goods, thin=True)
    shop.scenario("sku_removed", index=1, method="jingdong.vender.shop.query")
    shop.pop().check()
    seen = read(shop.pop())
    assert [(one.code, one.reason % one.data) for one in seen.nameless[:1]] == [("no_skus", f"商品“旅行箱 0001”（{seen.nameless[0].data['ware']}）在京东没有 SKU")]


def test_another_currency_is_refused_whole(jd: Open) -> None:
    with pytest.raises(FlagshipUnreachable) as caught:
        list(jd().pop().list_items(currency="USD"))
    assert caught.value.code == "currency_differs"


def test_a_check_names_the_shop_and_counts_its_skus(jd: Open) -> None:
    shop = jd(products(12))
    facts = shop.pop().check()
    assert (facts.shop, facts.variants) == ("示例官方旗舰店", len(shop.live()))


@pytest.mark.skipif(not SAMPLE.exists(), reason="the referees' sample is not here")
def test_the_referees_dirty_sample(jd: Open) -> None:
    shop = jd(SAMPLE)
    seen = read(shop.pop())
    assert seen.prices() == expected_prices(shop) and len(seen.prices()) == 96
    phone = next(one for one in seen.variants.values() if isinstance(one, ListedVariant) and one.sku == "202210280037001")
    assert phone.options.keys() >= {"颜色"} and phone.category == "手机数码 > 手机通讯"
