from __future__ import annotations

from datetime import UTC, datetime

import pytest
from catalogues import listed, variants

from app.domain.catalog.ports import UnreadableItem

HEADER = ('ID,Type,SKU,"GTIN, UPC, EAN, or ISBN",Name,Published,Is featured?,Visibility in catalog,Short description,Description,'
          "Date sale price starts,Date sale price ends,In stock?,Stock,Weight (kg),Sale price,Regular price,Categories,Images,Parent,Position,"
          "Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,Attribute 1 global,Attribute 2 name,Attribute 2 value(s)\n")


def row(**given: str) -> str:
    names = ("id", "type", "sku", "gtin", "name", "published", "featured", "visibility", "short", "description", "starts", "ends", "in_stock", "stock",
             "weight", "sale", "price", "categories", "images", "parent", "position", "a1", "v1", "visible", "global", "a2", "v2")
    cells = {"type": "simple", "published": "1", "visibility": "visible", "in_stock": "1", **given}
    return ",".join('"' + cells.get(name, "").replace('"', '""') + '"' for name in names) + "\n"


PARENT = row(id="10", type="variable", sku="CASE", name="轻行拉杆箱", description="<p>静音</p>", categories=r"箱包 > 拉杆箱\, 硬壳, 新品",
             images="https://w.example/p.jpg, https://w.example/q.jpg", weight="3.2", a1="颜色", v1="雾蓝, 米白")
BLUE = row(id="11", type="variation", sku="CASE-B", name="轻行拉杆箱 - 雾蓝", price="899.00", stock="5", parent="CASE", a1="颜色", v1="雾蓝", a2="尺寸", v2="20 寸",
           images="https://w.example/blue.jpg")
WHITE = row(id="12", type="variation", name="轻行拉杆箱 - 米白", price="999", in_stock="0", parent="id:10", a1="颜色", v1="米白")


@pytest.mark.parametrize("rows", [PARENT + BLUE + WHITE, BLUE + WHITE + PARENT])
def test_variations_take_what_they_lack_from_their_product(rows: str) -> None:
    blue, white = variants("spreadsheet", HEADER + rows)
    assert (blue.external_id, blue.group_id, blue.title, blue.sku) == ("11", "10", "轻行拉杆箱", "CASE-B")
    assert (blue.price_minor, blue.stock, blue.weight_g, blue.description) == (89900, 5, 3200, "<p>静音</p>")
    assert blue.options == {"颜色": "雾蓝", "尺寸": "20 寸"} and white.options == {"颜色": "米白"}
    assert blue.images == ("https://w.example/blue.jpg", "https://w.example/p.jpg", "https://w.example/q.jpg")
    assert blue.category == "箱包 > 拉杆箱, 硬壳"
    assert (white.external_id, white.group_id, white.sku, white.stock) == ("12", "10", "", 0)


def test_a_simple_product_is_its_own_variant() -> None:
    (item,) = variants("spreadsheet", HEADER + row(id="7", type="simple, downloadable, virtual", sku="S", gtin="6901234567892", name="箱套", price="59.9",
                                                   a1="材质", v1="布"))
    assert (item.external_id, item.group_id, item.options, item.barcode, item.stock) == ("7", "7", {}, "6901234567892", None)


@pytest.mark.parametrize(("published", "visibility", "shown"), [("1", "visible", True), ("0", "visible", False), ("-1", "visible", False),
                                                                ("2", "visible", False), ("1", "hidden", False), ("1", "search", True)])
def test_what_is_shown(published: str, visibility: str, shown: bool) -> None:
    (item,) = variants("spreadsheet", HEADER + row(id="7", name="箱套", price="1", published=published, visibility=visibility))
    assert item.published is shown


def test_lists_of_others_and_what_others_sell_are_no_goods_of_this_shop() -> None:
    rows = row(id="1", type="grouped", name="套装") + row(id="2", type="external", name="别家", price="5") + row(id="3", name="箱套", price="1")
    assert [item.external_id for item in variants("spreadsheet", HEADER + rows)] == ["3"]


@pytest.mark.parametrize(("starts", "ends", "price", "before"), [
    ("", "", 800, 1000), ("2026-05-01", "2026-05-07", 800, 1000), ("2026-05-01 00:00:00", "2026-05-03", 800, 1000),
    ("2026-05-04", "", 1000, None), ("", "2026-05-02", 1000, None),
])
def test_a_sale_price_counts_on_its_days(starts: str, ends: str, price: int, before: int | None) -> None:
    text = HEADER + row(id="7", name="箱套", price="10", sale="8", starts=starts, ends=ends)
    (item,) = variants("spreadsheet", text, now=datetime(2026, 5, 3, 12, tzinfo=UTC))
    assert (item.price_minor, item.list_price_minor) == (price, before)


@pytest.mark.parametrize(("bad", "code"), [
    (row(id="11", type="variation", name="x", price="1", parent="NONE"), "parent_missing"),
    (row(id="11", name="x"), "price_missing"), (row(id="11", name="", price="1"), "title_missing"),
    (row(id="11", name="x", price="129,90"), "price_invalid"), (row(id="11", name="x", price="9", sale="8", starts="soon"), "sale_dates_invalid"),
    (row(id="7", name="x", price="1"), "duplicate_id"), (row(name="x", price="1"), "id_missing"),
])
def test_a_bad_row_is_named(bad: str, code: str) -> None:
    _, wrong = listed("spreadsheet", HEADER + row(id="7", name="好", price="1") + bad)
    assert isinstance(wrong, UnreadableItem) and (wrong.code, wrong.position) == (code, 3)
    assert wrong.reason % wrong.data
