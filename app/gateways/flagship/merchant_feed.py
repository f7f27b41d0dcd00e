"""The connector of kind `merchant_feed`: a Google Merchant feed as RSS, Atom or TSV, told apart by content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.catalog.ports import FlagshipUnreachable, ListedVariant, ShopFacts, UnreadableItem

from . import feed_tsv, feed_xml
from .accounting import account_for
from .encodings import open_text
from .feed_items import FeedItem, listed_variant, repeated
from .retrying import Retry
from .source import Source

LOOK_AT = 4096
FETCHES = 3
BROKEN = frozenset({"broken_xml", "unsafe_xml", "broken_table", "not_a_feed", "empty", "no_items", "encoding_broken", "broken_gzip"})
"""What a feed looks like that was cut off, or read while it was being written."""


@dataclass(frozen=True, slots=True)
class MerchantFeed:
    """`source` is fetched when the listing starts; `now` decides whether a dated sale price runs.

    With `retry` a feed that turns out broken is fetched again, and its items come again from the first one.
    """

    source: Callable[[], Source]
    now: datetime
    retry: Retry | None = None

    @property
    def can_read_changes(self) -> bool:
        return False

    def check(self) -> ShopFacts:
        """Reads the whole feed: only its end shows that it is whole."""
        return ShopFacts(shop="", variants=sum(1 for _ in _items(self.source())))

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[ListedVariant | UnreadableItem]:
        """A feed is the full set and says nothing of what changed."""
        return self.list_items(currency=currency)

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[ListedVariant | UnreadableItem]:
        """Each item once, by position from 1; a file is always read from its start. May raise FlagshipUnreachable at any point."""
        def build(item: FeedItem) -> ListedVariant:
            return listed_variant(item, currency=currency, now=self.now)

        failures = 0
        while True:
            try:
                yield from account_for(_items(self.source()), build=build, repeated=repeated)
                return
            except FlagshipUnreachable as wrong:
                failures += 1
                if self.retry is None or failures >= FETCHES or wrong.code not in BROKEN:
                    raise
                self.retry.sleep(self.retry.patience.pause(failures, after=1.0, chance=self.retry.chance()) or 1.0)


def _items(source: Source) -> Iterator[FeedItem]:
    with open_text(source) as text:
        start = text.read(LOOK_AT).lstrip("\ufeff \t\r\n\0")
    if not start:
        raise FlagshipUnreachable("empty", "文件是空的")
    if start[:14].lower().startswith(("<!doctype html", "<html")):
        raise FlagshipUnreachable("not_a_feed", "这不是商品数据源：最外层是 <%(root)s>", root="html")
    return feed_xml.read_items(source) if start.startswith("<") else feed_tsv.read_items(source)
