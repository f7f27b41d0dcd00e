"""An uploaded table (CSV, TSV or XLSX; any usual encoding) as rows with the line numbers a spreadsheet shows."""

from __future__ import annotations

from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.flagship.sheet_rows import Row, read_rows
from app.gateways.flagship.source import from_content
from app.kernel.errors import Refused

MAX_TABLE_BYTES = 8 * 1024 * 1024
MAX_LINES = 20_000


def read_table(content: bytes) -> list[Row]:
    """Every row as (line number, cells); the format is told by the content. Refuses what is no table."""
    if not content.strip():
        raise Refused("file_empty", "文件是空的", field="file")
    if len(content) > MAX_TABLE_BYTES:
        raise Refused("file_too_large", "文件超过 %(most)d MB", field="file", most=MAX_TABLE_BYTES // 1024 // 1024)
    rows: list[Row] = []
    try:
        for row in read_rows(from_content(content)):
            rows.append(row)
            if len(rows) > MAX_LINES:
                raise Refused("file_too_long", "表格超过 %(most)d 行，请分成几份", field="file", most=MAX_LINES)
    except FlagshipUnreachable as wrong:
        raise Refused(wrong.code, wrong.message, field="file", **wrong.data) from None
    return rows
