from __future__ import annotations

import tracemalloc
from pathlib import Path

from catalogues import connect

from app.domain.catalog.ports import ListedVariant

HEAD = b'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>'
ITEM = (
    b"<item><g:id>SKU-%07d</g:id><g:title>Cabin case</g:title><g:price>899.00 CNY</g:price><g:description>"
    + b"quiet wheels " * 280 + b"</g:description></item>\n"
)


def feed_of(path: Path, megabytes: int) -> tuple[Path, int]:
    count = megabytes * 1024 * 1024 // len(ITEM % 1)
    with path.open("wb") as file:
        file.write(HEAD)
        file.writelines(ITEM % number for number in range(count))
        file.write(b"</channel></rss>")
    return path, count


def peak_of(path: Path, count: int) -> int:
    items = connect("merchant_feed", {"file": path}).list_items(currency="CNY")
    tracemalloc.start()
    try:
        assert sum(isinstance(item, ListedVariant) for item in items) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_four_times_the_feed_is_the_same_memory(tmp_path: Path) -> None:
    small = peak_of(*feed_of(tmp_path / "small.xml", 5))
    large = peak_of(*feed_of(tmp_path / "large.xml", 20))
    assert large < small + 1024 * 1024, (small, large)
    assert large < 8 * 1024 * 1024
