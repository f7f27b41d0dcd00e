"""A feed by URL lies in a temporary file while it is read: no more of it in memory than of an uploaded one, packed or not, and gone afterwards."""

from __future__ import annotations

import gc
import gzip
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from catalogues import connect, feed_item, rss
from test_a_large_feed_uses_flat_memory import feed_of

from app.domain.catalog.ports import FlagshipUnreachable, ListedVariant
from app.gateways.downloads import HttpDownload
from tests.gateways.doubles.serving import Asked, Said, ShopDouble

MB = 1024 * 1024


class FeedAt(ShopDouble):
    """Whatever is asked for, the file."""

    content = b""

    def answer(self, asked: Asked) -> Said:
        return Said(self.content)


def peak_of(content: bytes, count: int) -> int:
    shop = FeedAt()
    shop.content = content
    with shop.open():
        items = connect("merchant_feed", {"url": f"{shop.url}/feed.xml"}, download=HttpDownload(allow_private=True)).list_items(currency="CNY")
        tracemalloc.start()
        try:
            assert sum(isinstance(item, ListedVariant) for item in items) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("packed", [False, True])
def test_four_times_the_feed_is_the_same_memory(tmp_path: Path, packed: bool) -> None:
    def peak(megabytes: int) -> int:
        path, count = feed_of(tmp_path / "feed.xml", megabytes)
        content = path.read_bytes()
        return peak_of(gzip.compress(content, 1) if packed else content, count)

    small, large = peak(5), peak(20)
    assert large < small + MB, (small, large)
    assert large < 8 * MB


def test_the_file_goes_with_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shop = FeedAt()
    shop.content = gzip.compress(rss(feed_item()).encode())
    with shop.open():
        items = connect("merchant_feed", {"url": f"{shop.url}/feed.xml"}, download=HttpDownload(allow_private=True)).list_items(currency="CNY")
        next(items)
        assert [path.suffix for path in tmp_path.glob("yundian-*")] == [""]  # unpacked; the packed one is gone already
        del items
    gc.collect()
    assert not list(tmp_path.glob("yundian-*"))


def test_what_unpacks_into_itself_for_ever_is_unpacked_once() -> None:
    """A packed file inside of a packed file is no feed."""
    shop = FeedAt()
    shop.content = gzip.compress(gzip.compress(rss(feed_item()).encode()))
    with shop.open(), pytest.raises(FlagshipUnreachable):
        list(connect("merchant_feed", {"url": f"{shop.url}/feed.xml"}, download=HttpDownload(allow_private=True)).list_items(currency="CNY"))


def test_a_second_fetch_does_not_stand_behind_the_first() -> None:
    """A broken feed is fetched again, into a file of its own from its first byte on."""
    shop = FeedAt()
    whole = rss(*(feed_item(str(number)) for number in range(50))).encode()
    shop.content = whole[:-20]
    shop.after_answer = [lambda: setattr(shop, "content", whole)]
    with shop.open():
        items = list(connect("merchant_feed", {"url": f"{shop.url}/feed.xml"}, download=HttpDownload(allow_private=True)).list_items(currency="CNY"))
    assert {item.external_id for item in items} == {str(number) for number in range(50)} and len(shop.asked) == 2
