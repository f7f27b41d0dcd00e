"""Writes feed.xml from the range: `python -m demo.flagship.make_feed`. The same range, the same bytes."""

from __future__ import annotations

import zlib
from pathlib import Path
from xml.sax.saxutils import escape

from demo.flagship.catalogue import shots_of, variants
from demo.flagship.lines import Line, Size
from demo.flagship.palette import COLOURS, Colour

FEED = Path(__file__).with_name("feed.xml")
SHOP = "https://flagship.farway.example"
BRAND = "远途 FARWAY"
GTIN_PREFIX = "6990000"
HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
<channel>
<title>远途 FARWAY 旗舰店</title>
<link>{SHOP}</link>
<description>远途 FARWAY 旗舰店全部在售商品</description>
"""
TAIL = "</channel>\n</rss>\n"


def check_digit(twelve: str) -> int:
    """EAN-13: weights 1 and 3 in turn, filled up to the next ten."""
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(twelve))
    return -total % 10


def gtin(line: Line, size_index: int, colour_index: int) -> str:
    twelve = f"{GTIN_PREFIX}{line.number:02d}{size_index + 1}{colour_index + 1:02d}"
    return f"{twelve}{check_digit(twelve)}"


def stock(line: Line, sku: str) -> int:
    """Pieces in the flagship's warehouse: sold out where the range says so, else 3 to 182."""
    return 0 if sku in line.sold_out.split() else 3 + zlib.crc32(sku.encode()) % 180


def description(line: Line, size: Size) -> str:
    """The line's own words, then the facts of this size."""
    facts = [f"净重 {_weight(size.grams)}", f"材质 {line.material}"]
    if not line.kind.startswith("配件"):
        wheels = "（含轮）" if line.kind.startswith("箱包") and line.shape != "vanity" else ""
        facts.insert(0, f"外形 {size.wide:g} × {size.high:g} × {size.deep:g} cm{wheels}")
    if size.litres:
        litres = size.litres
        facts.insert(0, f"容量 {litres:g} L" if litres >= 1 else f"容量 {litres * 1000:g} ml")
    repair = "" if line.kind.startswith("配件") else "，门店可修"
    return f"{line.text}{'，'.join(facts)}。质保 {line.warranty_years} 年{repair}。"


def write_feed() -> str:
    """The whole feed as text."""
    return HEAD + "".join(_item(*variant) for variant in variants()) + TAIL


def _item(line: Line, size: Size, colour_code: str, sku: str) -> str:
    place = line.sizes.index(size), line.colour_codes.index(colour_code)
    rows = [
        *_identity(line, size, sku, place),
        *_offer(line, size, sku),
        *_looks(line, size, COLOURS[colour_code]),
        *_pictures(shots_of(line, size, colour_code)),
        *_details(line, size, COLOURS[colour_code]),
    ]
    return "<item>\n" + "".join(f"  {row}\n" for row in rows) + "</item>\n"


def _identity(line: Line, size: Size, sku: str, place: tuple[int, int]) -> list[str]:
    return [
        _tag("id", f"8{line.number:02d}{place[0] + 1}{place[1] + 1:02d}"),
        _tag("item_group_id", f"FW-{line.code}"),
        _tag("title", line.name),
        _tag("description", description(line, size)),
        _tag("link", f"{SHOP}/p/fw-{line.code.lower()}?sku={sku}"),
        _tag("brand", BRAND),
        _tag("gtin", gtin(line, *place)),
        _tag("mpn", sku),
        _tag("condition", "new"),
        _tag("product_type", line.kind),
    ]


def _offer(line: Line, size: Size, sku: str) -> list[str]:
    pieces = stock(line, sku)
    offer = [
        _tag("price", f"{size.price}.00 CNY"),
        _tag("availability", "in_stock" if pieces else "out_of_stock"),
        _tag("quantity_to_sell_on_facebook", str(pieces)),
    ]
    return offer[:1] + [_tag("sale_price", f"{size.sale}.00 CNY")] * bool(size.sale) + offer[1:]


def _looks(line: Line, size: Size, colour: Colour) -> list[str]:
    return [
        _tag("color", colour.name),
        _tag("size", size.label),
        _tag("material", line.material),
        _tag("shipping_weight", f"{size.grams + 250 + size.grams // 10} g"),
    ]


def _pictures(names: list[str]) -> list[str]:
    urls = [f"{SHOP}/media/{name}.webp" for name in names]
    return [_tag("image_link", urls[0])] + [_tag("additional_image_link", url) for url in urls[1:]]


def _details(line: Line, size: Size, colour: Colour) -> list[str]:
    facts = [
        ("English name", line.english),
        ("English colour", colour.english),
        ("Swatch", colour.paint),
        ("净重", _weight(size.grams)),
        ("质保", f"{line.warranty_years} 年"),
    ]
    return [
        "<g:product_detail>"
        + _tag("attribute_name", name)
        + _tag("attribute_value", value)
        + "</g:product_detail>"
        for name, value in facts
    ]


def _weight(grams: int) -> str:
    return f"{grams / 1000:g} kg" if grams >= 1000 else f"{grams} g"


def _tag(name: str, text: str) -> str:
    return f"<g:{name}>{escape(text)}</g:{name}>"


def main() -> None:
    FEED.write_text(write_feed(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
