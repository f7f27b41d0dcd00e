from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from catalogues import connect, feed_item, listed, refusal, rss

from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.flagship import MAX_BYTES, accounting

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<rss><channel><item><id>&b;</id></item></channel></rss>"
)
EXTERNAL = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><id>&x;</id></item></channel></rss>'


@pytest.mark.parametrize(("document", "code"), [
    (b"", "empty"), ("  \n", "empty"), ("hello", "not_a_feed"), ("<html><body/></html>", "not_a_feed"),
    ("<!DOCTYPE html><html></html>", "not_a_feed"), ("<catalog/>", "not_a_feed"), ('{"items": []}', "not_a_feed"),
    (rss(), "no_items"), ("id\ttitle\tprice\n", "no_items"), ("id\ttitle\n1\tx\n", "not_a_feed"),
    (BOMB, "unsafe_xml"), (EXTERNAL, "unsafe_xml"),
    ("<rss>" + "<a>" * 5000 + "</a>" * 5000 + "</rss>", "unsafe_xml"),
    (rss("<x/>" * 70_000), "unsafe_xml"),
    ('id\ttitle\tprice\nA\t"x\t1 CNY\n', "broken_table"),
    (rss(feed_item(title="轻行拉杆箱静音万向轮")).encode() + b"\xff", "encoding_broken"),
])
def test_it_is_no_catalogue(document: str | bytes, code: str) -> None:
    assert refusal("merchant_feed", document).code == code


def test_broken_xml_names_its_line_after_good_items() -> None:
    document = rss(feed_item("A") + "\n", feed_item("B") + "\n<oops>\n")
    with pytest.raises(FlagshipUnreachable) as caught:
        listed("merchant_feed", document)
    assert caught.value.message % caught.value.data == "XML 在第 4 行出错"


def test_an_undefined_entity_and_a_cut_off_feed_are_broken() -> None:
    assert refusal("merchant_feed", rss(feed_item(title="&nbsp;"))).code == "broken_xml"
    assert refusal("merchant_feed", rss(feed_item())[:-20]).code == "broken_xml"


def test_more_than_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = tmp_path / "large.xml"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert refusal("merchant_feed", large).code == "too_large"
    assert refusal("merchant_feed", tmp_path / "none.xml").code == "file_missing"
    monkeypatch.setattr(accounting, "MAX_ITEMS", 2)
    assert refusal("merchant_feed", rss(*(feed_item(str(n)) for n in range(3)))).code == "too_many_items"


def test_a_gzip_file_is_unpacked_up_to_the_limit() -> None:
    packed = gzip.compress(rss(feed_item()).encode())
    assert len(listed("merchant_feed", packed)) == 1
    assert refusal("merchant_feed", gzip.compress(b" " * (MAX_BYTES + 1))).code == "too_large"
    assert refusal("merchant_feed", packed[:-9]).code == "broken_gzip"


def test_nothing_is_fetched_before_the_listing_starts() -> None:
    fetched: list[str] = []

    def download(url: str, *, max_bytes: int, into: BinaryIO | None = None) -> bytes:
        fetched.append(url)
        assert into is not None
        into.write(rss(feed_item()).encode())
        return b""

    connector = connect("merchant_feed", {"url": " https://flagship.example/feed.xml "}, download=download)
    assert fetched == []
    items: Iterator[object] = connector.list_items(currency="CNY")
    assert len(list(items)) == 1 and fetched == ["https://flagship.example/feed.xml"]
