"""The connector of kind `spreadsheet`: CSV or XLSX, the product export of Shopify or WooCommerce, or our own template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from app.domain.catalog.ports import FlagshipUnreachable, ListedVariant, ShopFacts, UnreadableItem

from . import own_template, shopify_columns, woo_columns
from .accounting import account_for
from .columns import key_of
from .sheet_items import SheetItem, is_blank, repeated
from .sheet_rows import Row, read_rows
from .source import Source

HEADER_WITHIN = 10


@dataclass(frozen=True, slots=True)
class Spreadsheet:
    """`now` decides whether a dated sale price runs."""

    source: Callable[[], Source]
    now: datetime

    @property
    def can_read_changes(self) -> bool:
        return False

    def check(self) -> ShopFacts:
        """Reads the whole table: only its end shows that it is whole. The currency does not matter for counting."""
        return ShopFacts(shop="", variants=sum(1 for _ in _items(self.source(), "CNY", self.now)))

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[ListedVariant | UnreadableItem]:
        """A table is the full set and says nothing of what changed."""
        return self.list_items(currency=currency)

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[ListedVariant | UnreadableItem]:
        """Each variant row once; `position` is its row number. A file is always read from its start. May raise FlagshipUnreachable."""
        return account_for(_items(self.source(), currency, self.now), build=lambda item: item.read(), repeated=repeated)


def _items(source: Source, currency: str, now: datetime) -> Iterator[SheetItem]:
    """The header is the first of the first ten rows that is one; titles above it are passed over."""
    top = list(islice(read_rows(source), HEADER_WITHIN))
    for number, header in top:
        shopify = shopify_columns.columns_of(header)
        if shopify:
            rows, again = _below(source, number), _below(source, number)
            return shopify_columns.read_items(rows, again, shopify, currency=currency)
        woo = woo_columns.columns_of(header)
        if woo:
            return woo_columns.read_items(_below(source, number), _below(source, number), woo, currency=currency, now=now)
        own = own_template.columns_of(header)
        if own:
            return own_template.read_items(_below(source, number), own, currency=currency)
    raise _not_recognised(top)


def _below(source: Source, header_at: int) -> Iterator[Row]:
    return (row for row in read_rows(source) if row[0] > header_at)


def _not_recognised(top: list[Row]) -> FlagshipUnreachable:
    """Measured by the row that comes nearest to a header of ours."""
    filled = [cells for _, cells in top if not is_blank(cells)]
    if not filled:
        return FlagshipUnreachable("empty", "文件是空的")
    nearest = min(filled, key=lambda cells: len(own_template.missing_columns(cells)))
    return FlagshipUnreachable(
        "columns_missing", "缺少列 %(missing)s，看到的列是 %(seen)s",
        missing="、".join(own_template.missing_columns(nearest)),
        seen="、".join(cell.strip()[:40] for cell in nearest[:60] if key_of(cell)),
    )
