from __future__ import annotations

import pytest
from catalogues import listed, refusal, variants, workbook

from app.domain.catalog.ports import ListedVariant, UnreadableItem
from app.gateways.flagship import template_csv


def test_the_template_reads_cleanly() -> None:
    first, second = variants("spreadsheet", template_csv())
    assert (first.external_id, first.group_id, first.price_minor, first.list_price_minor) == (
        "CASE-01-BLUE-20", "CASE-01", 89900, 109900)
    assert second.options == {"颜色": "雾蓝", "尺寸": "24 寸"} and second.position == 3


@pytest.mark.parametrize("header", [
    "款号,商品名称,SKU编码,售价,原价,库存", " 商品编号 ,名称,ＳＫＵ,价格（元）,划线价,库存数量",
    "Group ID,Title,sku,PRICE,List-Price,Stock",
    "款号*,品名,货号,现价,吊牌价,数量",
])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_headers(header: str, delimiter: str) -> None:
    row = ("G1", "轻行拉杆箱", "S1", "￥１２９９．５", "1999", "１２")
    text = header.replace(",", delimiter) + "\r\n" + delimiter.join(row) + "\r\n"
    (item,) = variants("spreadsheet", text)
    assert (item.group_id, item.external_id, item.title) == ("G1", "S1", "轻行拉杆箱")
    assert (item.price_minor, item.list_price_minor, item.stock) == (129950, 199900, 12)


def test_title_rows_above_are_passed_over_and_blank_cells_inherit() -> None:
    text = (
        "轻行商品表,,,\n,,,\n款号,名称,颜色,价格,主图1,主图2\n"
        'G,箱,蓝,"1,299.00",https://c.example/1.jpg,https://c.example/2.jpg\n\nG,,红,5\n'
    )
    blue, red = variants("spreadsheet", text)
    assert (blue.external_id, blue.price_minor, blue.position) == ("G/蓝", 129900, 4)
    assert (red.external_id, red.title, red.images, red.position) == ("G/红", "箱", blue.images, 6)


def test_a_record_over_several_lines_is_one_row() -> None:
    first, second = variants("spreadsheet", 'SKU,名称,价格,描述\nA,箱,1,"一\n二"\nB,箱,1,\n')
    assert (first.description, second.position) == ("一\n二", 3)


@pytest.mark.parametrize(("price", "code"), [
    ("=1+1", "formula_cell"), ("+5", "formula_cell"), ("@SUM(A1)", "formula_cell"), ("-A1", "formula_cell"),
    ("#REF!", "cell_error"), ("0", "price_not_positive"),
    ("-5", "price_not_positive"), ("-¥5.00", "price_not_positive"),
    ("1e999", "scientific_number"), ("1.2E+5", "scientific_number"), ("12x34", "price_invalid"),
    ("12,34", "price_invalid"), ("10 USD", "currency_differs"), ("", "price_missing"), ("1.001", "price_too_fine"),
])
def test_a_price_that_is_none(price: str, code: str) -> None:
    good, bad = listed("spreadsheet", f'SKU,名称,价格\nA,箱,1\nB,箱,"{price}"\n')
    assert isinstance(good, ListedVariant) and isinstance(bad, UnreadableItem)
    assert (bad.code, bad.position, bad.external_id) == (code, 3, "B")
    assert bad.reason % bad.data


@pytest.mark.parametrize(("written", "kept"), [
    ("=HYPERLINK(\"\"http://x\"\")", "'=HYPERLINK(\"http://x\")"), ("@箱", "'@箱"),
    ("+cmd|x", "'+cmd|x"), ("-1+1", "'-1+1"),
    ("-20°C 保温杯", "-20°C 保温杯"), ("箱=好", "箱=好"),
])
def test_text_never_runs_as_a_formula(written: str, kept: str) -> None:
    assert variants("spreadsheet", f'SKU,名称,价格\nA,"{written}",1\n')[0].title == kept


def test_excel_numbers_come_as_shown() -> None:
    book = workbook(("SKU", "名称", "价格", "库存", "条码"), ("A", "箱", 59.9 * 0.9, 3.0, 6901234567892),
                    ("B", "箱", 1e20, 1, ""))
    good, bad = listed("spreadsheet", book)
    assert isinstance(bad, UnreadableItem) and (bad.code, bad.position) == ("scientific_number", 3)
    assert isinstance(good, ListedVariant)
    assert (good.price_minor, good.stock, good.barcode) == (5391, 3, "6901234567892")


def test_an_unknown_header_is_answered_with_what_was_missing_and_seen() -> None:
    wrong = refusal("spreadsheet", "编码,品名,金额\n1,x,2\n")
    assert wrong.code == "columns_missing"
    assert wrong.message % wrong.data == "缺少列 价格、SKU 编码（或款号），看到的列是 编码、品名、金额"
    assert refusal("spreadsheet", b"").code == "empty"
    assert refusal("spreadsheet", "SKU,名称,价格\n").code == "no_items"
