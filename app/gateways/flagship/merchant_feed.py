"""The connector of kind `merchant_feed`: a Google Merchant feed as RSS, Atom or TSV, told apart by content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.catalog.ports import FlagshipUnreachable, ListedVariant, UnreadableItem

from . import feed_tsv, feed_xml
from .accounting import account_for
from .encodings import open_text
from .feed_items import FeedItem, listed_variant, repeated
from .source import Source

LOOK_AT = 4096


@dataclass(frozen=True, slots=True)
class MerchantFeed:
    """`source` is fetched when the listing starts; `now` decides whether a dated sale price runs."""

    source: Callable[[], Source]
    now: datetime | None = None

    def list_items(self, *, currency: str) -> Iterator[ListedVariant | UnreadableItem]:
        """Each item once, by position from 1. May raise FlagshipUnreachable at any point."""
        now = self.now or datetime.now(UTC)

        def build(item: FeedItem) -> ListedVariant:
            return listed_variant(item, currency=currency, now=now)

        return account_for(_items(self.source()), build=build, repeated=repeated)


def _items(source: Source) -> Iterator[FeedItem]:
    with open_text(source) as text:
        start = text.read(LOOK_AT).lstrip("\ufeff \t\r\n\0")
    if not start:
        raise FlagshipUnreachable("empty", "文件是空的")
    if start[:14].lower().startswith(("<!doctype html", "<html")):
        raise FlagshipUnreachable("not_a_feed", "这不是商品数据源：最外层是 <%(root)s>", root="html")
    return feed_xml.read_items(source) if start.startswith("<") else feed_tsv.read_items(source)
