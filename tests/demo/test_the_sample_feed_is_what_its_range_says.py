"""feed.xml is the range of the sample brand, written out: whole, unique, with valid barcodes."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from demo.flagship.make_feed import FEED, check_digit, write_feed

G = "{http://base.google.com/ns/1.0}"


@pytest.fixture(scope="module")
def items() -> list[Element]:
    return list(fromstring(FEED.read_bytes()).iter("item"))


def texts(items: list[Element], name: str) -> list[str]:
    return [item.findtext(f"{G}{name}", "") for item in items]


def test_the_committed_file_is_what_make_feed_writes() -> None:
    assert FEED.read_text(encoding="utf-8") == write_feed()


def test_about_sixty_products_and_two_hundred_variants(items: list[Element]) -> None:
    assert 55 <= len(set(texts(items, "item_group_id"))) <= 65
    assert 195 <= len(items) <= 210
    assert len(set(texts(items, "product_type"))) >= 6
    assert all(kind.count(" > ") == 1 for kind in texts(items, "product_type"))


@pytest.mark.parametrize("name", ["id", "mpn", "gtin", "link"])
def test_what_names_a_variant_names_one(items: list[Element], name: str) -> None:
    assert max(Counter(texts(items, name)).values()) == 1
    assert all(texts(items, name))


def test_the_check_digit_of_a_known_barcode() -> None:
    assert check_digit("400638133393") == 1


def test_barcodes_are_valid_chinese_ones(items: list[Element]) -> None:
    for code in texts(items, "gtin"):
        assert len(code) == 13 and code.startswith("69")
        assert check_digit(code[:12]) == int(code[12])


def test_colour_and_size_tell_the_variants_of_a_product_apart(items: list[Element]) -> None:
    columns = (texts(items, name) for name in ("item_group_id", "color", "size"))
    assert max(Counter(zip(*columns, strict=True)).values()) == 1


def test_a_sale_price_is_below_the_price(items: list[Element]) -> None:
    sales = [item for item in items if item.find(f"{G}sale_price") is not None]
    assert sales
    for price, sale in zip(texts(sales, "price"), texts(sales, "sale_price"), strict=True):
        assert int(sale.removesuffix(".00 CNY")) < int(price.removesuffix(".00 CNY"))


def test_a_few_are_sold_out_and_say_so(items: list[Element]) -> None:
    told = zip(
        texts(items, "availability"), texts(items, "quantity_to_sell_on_facebook"), strict=True
    )
    states = Counter((availability, pieces == "0") for availability, pieces in told)
    assert set(states) == {("in_stock", False), ("out_of_stock", True)}
    assert 3 <= states["out_of_stock", True] <= 12


def test_every_variant_has_its_own_main_picture_and_two_to_four_more(items: list[Element]) -> None:
    assert max(Counter(texts(items, "image_link")).values()) == 1
    assert {len(item.findall(f"{G}additional_image_link")) for item in items} <= {2, 3, 4}


def test_every_product_has_an_english_name(items: list[Element]) -> None:
    for item in items:
        facts = {
            detail.findtext(f"{G}attribute_name"): detail.findtext(f"{G}attribute_value", "")
            for detail in item.iter(f"{G}product_detail")
        }
        assert facts["English name"].isascii() and facts["English name"].startswith("FARWAY ")
