"""RSS 2.0, RSS 1.0 and Atom product feeds, one item at a time: memory does not grow with the feed."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from app.domain.catalog.ports import FlagshipUnreachable

from .encodings import open_text
from .feed_items import FeedItem
from .source import Source
from .xml_stream import BrokenXml, Utf8Pieces, split_name, units

ROOTS = {"rss", "feed", "RDF"}
ITEMS = {"item", "entry"}
MERCHANT = "base.google.com"
PLAIN = {"", "http://www.w3.org/2005/Atom", "http://purl.org/rss/1.0/"}


def read_items(source: Source) -> Iterator[FeedItem]:
    """Items by position from 1. Raises FlagshipUnreachable for broken XML (with its line) and for other documents."""
    try:
        with open_text(source) as text:
            items = units(Utf8Pieces(text), ITEMS, encoding="utf-8", accept_root=_require_feed)
            for position, element in enumerate(items, 1):
                yield _feed_item(position, element)
    except BrokenXml as wrong:
        if wrong.line:
            raise FlagshipUnreachable("broken_xml", "XML 在第 %(line)d 行出错", line=wrong.line) from None
        raise FlagshipUnreachable("unsafe_xml", "XML 含有不接受的内容（DTD、实体或过深的嵌套）") from None


def _require_feed(root: str) -> None:
    if root not in ROOTS:
        raise FlagshipUnreachable("not_a_feed", "这不是商品数据源：最外层是 <%(root)s>", root=root[:40])


def _feed_item(position: int, item: Element) -> FeedItem:
    """g: names win over plain ones; names of other vocabularies are left out."""
    plain: dict[str, list[str]] = {}
    merchant: dict[str, list[str]] = {}
    details: list[tuple[str, str]] = []
    for child in item:
        namespace, local = split_name(child.tag)
        if local.lower() == "product_detail":
            details.append(_detail(child))
        elif MERCHANT in namespace:
            merchant.setdefault(local.lower(), []).append(_text(child))
        elif namespace in PLAIN:
            plain.setdefault(local.lower(), []).append(_text(child))
    filled = {name: found for name, found in merchant.items() if any(text.strip() for text in found)}
    return FeedItem(position, {**plain, **filled}, details)


def _text(element: Element) -> str:
    """All text inside; an Atom link says it in its href unless it points to something other than the page."""
    if "href" in element.attrib:
        return element.attrib["href"] if element.get("rel", "alternate") == "alternate" else ""
    return "".join(element.itertext())


def _detail(element: Element) -> tuple[str, str]:
    parts = {split_name(child.tag)[1].lower(): _text(child) for child in element}
    return parts.get("attribute_name", ""), parts.get("attribute_value", "")
