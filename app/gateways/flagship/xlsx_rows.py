"""The first visible sheet of an XLSX file, row by row, with numbers exactly as the file writes them.

Read as a stream on purpose: a file of some kilobytes can declare a table of 17 billion cells, and a reader that lays
the table out in memory takes the whole process down.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Context, InvalidOperation
from typing import IO
from xml.etree.ElementTree import Element

from app.domain.catalog.ports import FlagshipUnreachable

from .encodings import scrub
from .source import Source
from .xlsx_parts import MAX_COLUMNS, first_sheet_path, shared_strings, text_of
from .xml_stream import BrokenXml, split_name, units

MAX_UNPACKED = 200 * 1024 * 1024
SUSPECT_FROM, MAX_RATIO = 10 * 1024 * 1024, 200
MAX_ROW = 1_048_576
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
AS_SHOWN = Context(prec=15)
"""Excel shows 15 significant digits: 53.910000000000004 in the file is 53.91 on the screen."""


def xlsx_rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) for the rows the sheet holds. Formulas without a stored result come as '=…'.

    Raises FlagshipUnreachable: zip_bomb, broken_workbook.
    """
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as book:
            _refuse_bomb(book)
            strings = shared_strings(book)
            with book.open(first_sheet_path(book)) as sheet:
                yield from _rows(sheet, strings)
    except (zipfile.BadZipFile, zlib.error, BrokenXml, KeyError, EOFError, NotImplementedError, RuntimeError,
            ValueError, OSError):
        raise FlagshipUnreachable("broken_workbook", "Excel 文件已损坏或无法读取") from None


def _refuse_bomb(book: zipfile.ZipFile) -> None:
    unpacked = sum(part.file_size for part in book.infolist())
    packed = sum(part.compress_size for part in book.infolist()) or 1
    if unpacked > MAX_UNPACKED or (unpacked > SUSPECT_FROM and unpacked // packed > MAX_RATIO):
        raise FlagshipUnreachable("zip_bomb", "Excel 文件展开后过大（%(size_mb)d MB）",
                                  size_mb=unpacked // 1024 // 1024)


def _rows(sheet: IO[bytes], strings: list[str]) -> Iterator[tuple[int, list[str]]]:
    number = 0
    for row in units(sheet, {"row"}):
        number = _row_number(row, number)
        cells: dict[int, str] = {}
        column = -1
        for cell in row:
            column = _column(cell, column + 1)
            if column < MAX_COLUMNS:
                cells[column] = scrub(_shown(cell, strings))
        yield number, [cells.get(column, "") for column in range(max(cells, default=-1) + 1)]


def _row_number(row: Element, previous: int) -> int:
    number = int(row.get("r") or previous + 1)
    if not previous < number <= MAX_ROW:
        raise ValueError("rows out of order")
    return number


def _column(cell: Element, following: int) -> int:
    """'C7' is column 2; a cell without reference follows the one before."""
    place = REFERENCE.fullmatch(cell.get("r") or "")
    if place is None:
        return following
    column = 0
    for letter in place[1]:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _shown(cell: Element, strings: list[str]) -> str:
    """What the person sees in the cell."""
    parts = {split_name(child.tag)[1]: child for child in cell}
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return text_of(parts["is"]) if "is" in parts else ""
    value = (parts["v"].text or "").strip() if "v" in parts else ""
    if not value:
        return "=" + (parts["f"].text or "") if "f" in parts else ""
    if kind == "s":
        return strings[int(value)] if value.isdecimal() and int(value) < len(strings) else ""
    if kind == "b":
        return "FALSE" if value == "0" else "TRUE"
    return _number(value) if kind == "n" else parts["v"].text or ""


def _number(value: str) -> str:
    """Plain digits where that is short; what Excel itself keeps only in powers of ten stays so and is refused later."""
    try:
        number = AS_SHOWN.create_decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or not -8 <= number.adjusted() < 15:
        return value if number else "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
