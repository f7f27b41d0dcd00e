from __future__ import annotations

import pytest
from catalogues import feed_item, refusal, rss, variants

BODY = rss(feed_item(title="轻行拉杆箱，静音万向轮"))
CSV = "SKU,商品名称,价格\nA,轻行拉杆箱，静音万向轮,10\n"


@pytest.mark.parametrize(("declared", "encoding"), [
    ("", "utf-8"), ("utf-8", "utf-8-sig"), ("", "utf-16"), ("utf-16", "utf-16-le"), ("", "utf-16-be"), ("", "utf-32"),
    ("gbk", "gbk"), ("GB2312", "gbk"), ("gb18030", "gb18030"), ("", "gbk"), ("utf-8", "gbk"), ("gbk", "utf-8"),
    ("no-such", "utf-8"),
])
def test_feeds(declared: str, encoding: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    (item,) = variants("merchant_feed", (declaration + BODY).encode(encoding))
    assert item.title == "轻行拉杆箱，静音万向轮"


def test_big5_is_taken_at_its_word() -> None:
    document = '<?xml version="1.0" encoding="big5"?>' + rss(feed_item(title="輕行拉桿箱"))
    assert variants("merchant_feed", document.encode("big5"))[0].title == "輕行拉桿箱"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_tables(encoding: str) -> None:
    assert variants("spreadsheet", CSV.encode(encoding))[0].title == "轻行拉杆箱，静音万向轮"


def test_nul_and_control_characters_are_dropped() -> None:
    assert variants("merchant_feed", rss(feed_item(item_id="A\0B", title="轻\x0b行\uffff")))[0].title == "轻行"
    assert variants("spreadsheet", CSV.replace("A,", "A\0B,"))[0].sku == "AB"


def test_a_damaged_byte_in_utf8_is_named_by_line_not_guessed_as_gbk() -> None:
    damaged = (CSV + "B,轻行,10\n").encode().replace("行,".encode(), b"\xe8\xa1,")
    wrong = refusal("spreadsheet", damaged)
    assert (wrong.code, wrong.data["line"]) == ("encoding_broken", 3)


def test_lone_surrogates_are_refused() -> None:
    assert refusal("merchant_feed", BODY + "\n\ud800").data["line"] == 2
