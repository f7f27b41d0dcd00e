"""A SKU has to match the flagship's own, whatever sign it begins with; only a file that leaves the house makes it safe, and that file can be read again."""

from __future__ import annotations

import pytest
from catalogues import listed, variants

from app.domain.catalog.ports import UnreadableItem
from app.web.shared.downloads import plain

SIGNED = ["=A-1", "+86-A", "-A1", "@A", "=HYPERLINK(x)"]
TABLES = {
    "ours": "SKU,名称,价格,款号,条码\n\"{sku}\",箱,1,\"{sku}\",\"{sku}\"\n",
    "shopify": "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Barcode\n\"{sku}\",箱,色,蓝,\"{sku}\",1,\"{sku}\"\n",
    "woo": "ID,Type,SKU,Name,Published,Regular price,GTIN UPC EAN or ISBN\n,simple,\"{sku}\",箱,1,1,\"{sku}\"\n",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("sku", SIGNED)
def test_it_is_kept_as_it_is(table: str, sku: str) -> None:
    [item] = variants("spreadsheet", table.format(sku=sku))
    assert (item.sku, item.external_id, item.group_id) == (sku, sku, sku)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("sku", [*SIGNED, "A-1"])
def test_what_we_export_is_safe_and_reads_back_the_same(table: str, sku: str) -> None:
    assert plain(sku) == (sku if sku == "A-1" else "'" + sku)
    [item] = variants("spreadsheet", table.format(sku=plain(sku)))
    assert (item.sku, item.external_id) == (sku, sku)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_digits_kept_as_text_are_the_digits(table: str) -> None:
    [item] = variants("spreadsheet", table.format(sku="'6901234567892"))
    assert (item.sku, item.external_id) == ("6901234567892", "6901234567892")


def test_a_broken_cell_is_no_code() -> None:
    [item] = listed("spreadsheet", TABLES["ours"].format(sku="#REF!"))
    assert isinstance(item, UnreadableItem) and item.code == "id_missing"
