from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter
from catalogues import listed, refusal, variants, workbook

from app.domain.catalog.ports import UnreadableItem


def replaced(book: bytes, path: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == path else old.read(name))
    return target.getvalue()


BOOK = workbook(("SKU", "名称", "价格"), ("A", "箱", 1))
SHEET = "xl/worksheets/sheet1.xml"


def test_a_zip_bomb() -> None:
    assert refusal("spreadsheet", replaced(BOOK, SHEET, b" " * 11_000_000)).code == "zip_bomb"


def test_a_table_declared_with_billions_of_cells_reads_as_the_rows_it_has() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ("SKU", "名称", "价格"))
    sheet.write_row(1, 0, ("A", "箱", 1))
    sheet.write(1_048_575, 16_383, "far")
    book.close()
    good, *_ = listed("spreadsheet", target.getvalue())
    assert good.external_id == "A"


@pytest.mark.parametrize("content", [
    b"", b"<worksheet>", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>',
    b'<worksheet><sheetData><row r="5"/><row r="2"/></sheetData></worksheet>',
    b'<worksheet><sheetData><row r="x"/></sheetData></worksheet>',
    b"<worksheet><sheetData><row>" + b"<c/>" * 70_000 + b"</row></sheetData></worksheet>",
])
def test_a_broken_sheet(content: bytes) -> None:
    assert refusal("spreadsheet", replaced(BOOK, SHEET, content)).code == "broken_workbook"


def test_a_cut_off_or_old_file() -> None:
    assert refusal("spreadsheet", BOOK[:500]).code == "broken_workbook"
    assert refusal("spreadsheet", b"\xd0\xcf\x11\xe0" + b"\0" * 600).code == "old_excel"
    assert refusal("merchant_feed", BOOK).code in {"not_a_feed", "encoding_broken"}


def test_formulas_count_by_their_stored_result_and_are_refused_without() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ("SKU", "名称", "价格"))
    for row, (sku, result) in enumerate((("A", 25), ("B", ""), ("C", "#REF!")), 1):
        sheet.write_row(row, 0, (sku, "箱"))
        sheet.write_formula(row, 2, "=5*5", None, result)
    book.close()
    good, without, wrong = listed("spreadsheet", target.getvalue())
    assert getattr(good, "price_minor", None) == 2500
    assert isinstance(without, UnreadableItem) and without.code == "formula_cell"
    assert isinstance(wrong, UnreadableItem) and wrong.code == "cell_error"


def test_the_first_visible_sheet_is_read() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    hidden, shown = book.add_worksheet("notes"), book.add_worksheet("goods")
    hidden.write(0, 0, "nothing here")
    shown.write_row(0, 0, ("SKU", "名称", "价格"))
    shown.write_row(1, 0, ("A", "箱", 1))
    shown.activate()
    shown.set_first_sheet()
    hidden.hide()
    book.close()
    assert variants("spreadsheet", target.getvalue())[0].external_id == "A"
