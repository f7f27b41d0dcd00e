from __future__ import annotations

import pytest
from catalogues import SAMPLES, listed, variants

from app.domain.catalog.ports import UnreadableItem

CLASSIC = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,"
    "Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,"
    "Image Position,Variant Image\n"
)


def test_current_headers() -> None:
    small, large, white, strap = variants("spreadsheet", SAMPLES / "shopify_current.csv")
    pictures = tuple(f"https://cdn.example/{n}.jpg" for n in (1, 2, 3))
    assert (small.external_id, small.group_id, small.title, small.position) == ("QX-20", "light-case", "轻行拉杆箱", 2)
    assert (small.price_minor, small.list_price_minor, small.stock, small.weight_g) == (89900, 109900, 36, 3200)
    assert small.images == ("https://cdn.example/blue.jpg", *pictures) and large.images == pictures
    assert small.options == {"颜色": "雾蓝", "尺寸": "20 寸"} and small.barcode == "6901234567892"
    assert (large.title, large.list_price_minor, large.stock) == ("轻行拉杆箱", None, 0)
    assert (white.external_id, white.sku, white.position) == ("light-case/米白/24 寸", "", 4)
    assert (strap.options, strap.published, strap.stock, strap.position) == ({}, False, None, 6)


def test_classic_headers_with_bom_and_semicolons() -> None:
    row = "case;箱;<p>静音</p>;轻行;拉杆箱;;true;Title;Default Title;S1;3200;shopify;5;899.00;;;https://c.example/1.jpg;1;\n"
    (item,) = variants("spreadsheet", ("\ufeff" + CLASSIC.replace(",", ";") + row))
    assert (item.external_id, item.title, item.description) == ("S1", "箱", "<p>静音</p>")
    assert (item.options, item.stock, item.price_minor, item.weight_g) == ({}, 5, 89900, 3200)


def test_rows_of_a_handle_may_stand_apart() -> None:
    rows = (
        "a,甲,,,,,true,色,蓝,A1,,,1,1,,,,,\n" "b,乙,,,,,true,色,蓝,B1,,,1,2,,,,,\n" "a,,,,,,,,红,A2,,,1,3,,,https://c.example/1.jpg,1,\n"
    )
    blue, other, red = variants("spreadsheet", CLASSIC + rows)
    assert blue.images == red.images == ("https://c.example/1.jpg",) and other.images == ()
    assert (red.title, red.options) == ("甲", {"色": "红"})


@pytest.mark.parametrize(("row", "code"), [
    ("a,甲,,,,,,,,S1,,,1,,,,,,", "price_missing"),
    ("a,,,,,,,,,S1,,,1,5,,,,,", "title_missing"),
    (",,,,,,,,,,,,1,5,,,,,", "id_missing"),
    ("a,甲,,,,,,,,S1,,,1,=1+1,,,,,", "formula_cell"),
    ("a,甲,,,,,,,,S1,,,#REF!,5,,,,,", "cell_error"),
    ("a,甲,,,,,,,,S0,,,1,5,,,,,", "duplicate_id"),
])
def test_a_bad_row_is_named(row: str, code: str) -> None:
    _, bad = listed("spreadsheet", CLASSIC + "z,先,,,,,,,,S0,,,1,1,,,,,\n" + row + "\n")
    assert isinstance(bad, UnreadableItem)
    assert (bad.code, bad.position) == (code, 3)
    assert bad.reason % bad.data
