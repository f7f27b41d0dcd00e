"""Rows of a CSV or XLSX file with the row number a person sees in the spreadsheet (the file's first row is 1)."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from app.domain.catalog.ports import FlagshipUnreachable

from .encodings import open_text, scrub
from .source import Source
from .xlsx_rows import xlsx_rows

Row = tuple[int, list[str]]
DELIMITERS = "\t,;|"
MAX_CELL = 131_072
LOOK_AT_LINES = 10
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_rows(source: Source) -> Iterator[Row]:
    """Every row, blank ones too; the format is told by the content. Raises FlagshipUnreachable."""
    head = source.head(4)
    if head == OLE:
        raise FlagshipUnreachable("old_excel", "这是旧版 Excel（.xls）或加密的文件，请另存为 .xlsx 或 CSV")
    return xlsx_rows(source) if head == ZIP else csv_rows(source)


def csv_rows(source: Source) -> Iterator[Row]:
    """A record spanning several lines is one row, as in a spreadsheet."""
    with open_text(source) as text:
        delimiter = _delimiter([text.readline(MAX_CELL) for _ in range(LOOK_AT_LINES)])
        text.seek(0)
        records = csv.reader((scrub(line) for line in text), delimiter=delimiter, strict=True)
        try:
            yield from enumerate(records, 1)
        except csv.Error:
            raise FlagshipUnreachable("broken_table", "表格在第 %(line)d 行附近出错，请检查引号是否成对",
                                      line=records.line_num) from None


def _delimiter(lines: list[str]) -> str:
    """The one that parts the first line of several cells into most of them; a comma if none does."""
    header = next((line for line in lines if any(sign in line for sign in DELIMITERS)), "")
    return max(DELIMITERS, key=lambda sign: (header.count(sign), sign == ","))
