"""Files made while they are sent: any number of rows passes through without being held, and no cell is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask import Response, stream_with_context

BOM = "\ufeff"


def csv_response(rows: Iterator[list[str]], name: str) -> Response:
    """A streamed download, UTF-8 with BOM so that spreadsheets read the Chinese."""
    return streamed(_lines(rows), name, "text/csv; charset=utf-8")


def streamed(pieces: Iterator[str] | Iterator[bytes], name: str, content_type: str) -> Response:
    response = Response(stream_with_context(pieces), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def plain(cell: str) -> str:
    """Text that no spreadsheet runs as a formula; a negative number stays a number."""
    number = cell[1:].replace(".", "", 1).isdigit() and cell[:1] in "+-"
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not number else cell


def _lines(rows: Iterator[list[str]]) -> Iterator[str]:
    yield BOM
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([plain(cell) for cell in row])
        yield text.getvalue()
        text.seek(0)
        text.truncate()
