"""The tab-separated form of a Google Merchant feed (commas and semicolons are understood too)."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.catalog.ports import FlagshipUnreachable

from .feed_items import FeedItem
from .sheet_rows import csv_rows
from .source import Source

REQUIRED = ("id", "title", "price")


def read_items(source: Source) -> Iterator[FeedItem]:
    """Items by position from 1, in line with the XML forms: the header does not count.

    Raises FlagshipUnreachable when id, title or price have no column.
    """
    rows = csv_rows(source)
    names = [_name(cell) for cell in next(rows, (0, []))[1]]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise FlagshipUnreachable(
            "not_a_feed", "这不是商品数据源：缺少列 %(missing)s，看到的列是 %(seen)s",
            missing="、".join(missing), seen="、".join(name[:40] for name in names[:60] if name),
        )
    filled = (cells for _, cells in rows if any(cell.strip() for cell in cells))
    for position, cells in enumerate(filled, 1):
        yield _feed_item(position, names, cells)


def _name(cell: str) -> str:
    return cell.strip().lower().removeprefix("g:").replace(" ", "_")


def _feed_item(position: int, names: list[str], cells: list[str]) -> FeedItem:
    found: dict[str, list[str]] = {}
    for name, cell in zip(names, cells, strict=False):
        if cell.strip():
            found.setdefault(name, []).append(cell)
    return FeedItem(position, found, [pair for text in found.get("product_detail", ()) for pair in _details(text)])


def _details(text: str) -> Iterator[tuple[str, str]]:
    """'General:English name:Cabin case,General:Made in:Suzhou' → (name, value) pairs."""
    for part in text.split(","):
        section_name_value = part.split(":", 2)
        if len(section_name_value) == 3:
            yield section_name_value[1], section_name_value[2]
