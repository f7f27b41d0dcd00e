"""One field at a time: what a source wrote → what the catalogue holds, or Refused with a code and a Chinese reason."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

import nh3

from app.kernel.errors import Refused

from .encodings import scrub

MAX_ID, MAX_TITLE, MAX_TEXT, MAX_DESCRIPTION, MAX_URL, MAX_IMAGES = 200, 500, 500, 100_000, 2_000, 50
MAX_STOCK = 1_000_000_000
SAFE_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li", "h3", "h4", "blockquote"}
IN_STOCK = {"in_stock", "instock", "low_stock", "available", "limited_availability", "limitedavailability", "有货", "现货"}
NO_STOCK = {"out_of_stock", "outofstock", "sold_out", "soldout", "discontinued", "unavailable", "无货", "缺货", "售罄",
            "preorder", "pre_order", "backorder", "back_order", "onbackorder", "预售"}
GRAMS = {"g": 1, "克": 1, "gram": 1, "grams": 1, "kg": 1000, "千克": 1000, "公斤": 1000}
WEIGHT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?([a-z克千公斤]*)")
PLAIN_LINK = re.compile(r"https?://[a-z0-9.-]+(?:/[^\[\]]*)?", re.ASCII)
"""Surely one; every other is looked at by its parts, which takes ten times as long."""
PARTED = re.compile(r"[\s,;，；|]+(?=https?://)", re.IGNORECASE)
WHOLE = re.compile(r"(-?)((?:[0-9]{1,3}(?:,[0-9]{3})+)|[0-9]+)(?:\.0*)?")


@lru_cache(64)
def plain(raw: str, *, field: str, most: int = MAX_TEXT) -> str:
    """One line of text without markup; HTML entities resolved. Refuses what is longer than `most` characters."""
    if len(raw) > MAX_DESCRIPTION:
        raise _too_long(field, most)
    text = html.unescape(nh3.clean(raw, tags=set())) if "<" in raw or "&" in raw else raw
    text = " ".join(scrub(text).split())
    if len(text) > most:
        raise _too_long(field, most)
    return text


def identifier(raw: str, *, field: str) -> str:
    """An id, SKU or barcode as written, spaces outside cut; never unescaped, never reformatted."""
    text = " ".join(scrub(raw).split())
    if len(text) > MAX_ID:
        raise _too_long(field, MAX_ID)
    return text


@lru_cache(16)
def rich(raw: str, *, field: str = "description") -> str:
    """HTML reduced to a small safe set without attributes; always HTML, so a bare '<' comes out as '&lt;'."""
    if len(raw) > MAX_DESCRIPTION:
        raise _too_long(field, MAX_DESCRIPTION)
    return nh3.clean(scrub(raw), tags=SAFE_TAGS, attributes={}).strip()


def title(raw: str) -> str:
    text = plain(raw, field="title", most=MAX_TITLE)
    if not text:
        raise Refused("title_missing", "没有商品名称", field="title")
    return text


@lru_cache(1024)
def stock_count(raw: str, *, oversold_is_zero: bool = False) -> int | None:
    """A whole number from 0 to 10^9; blank is None. Oversold sources write −3, which means none left."""
    text = "".join(unicodedata.normalize("NFKC", raw).split())
    if not text:
        return None
    parts = WHOLE.fullmatch(text)
    if parts is None:
        raise Refused("stock_invalid", "库存“%(text)s”不是整数", field="stock", text=raw.strip()[:40])
    if parts[1] and not oversold_is_zero and parts[2].strip("0,"):
        raise Refused("stock_negative", "库存是负数", field="stock")
    digits = parts[2].replace(",", "").lstrip("0")
    if len(digits) > len(str(MAX_STOCK)) or int(digits or 0) > MAX_STOCK:
        raise Refused("stock_too_large", "库存超出范围", field="stock")
    return 0 if parts[1] else int(digits or 0)


def availability(raw: str) -> int | None:
    """0 when the source says there is none to sell now (out of stock, preorder, backorder), else None."""
    word = raw.strip().rpartition("/")[2].casefold().replace(" ", "_").replace("-", "_")
    if word in NO_STOCK:
        return 0
    if word and word not in IN_STOCK:
        raise Refused("availability_unknown", "库存状态“%(text)s”无法识别", field="availability", text=raw.strip()[:40])
    return None


@lru_cache(64)
def web_link(raw: str) -> str:
    """An absolute http(s) URL, or "" for anything else: a bad link is no reason to lose an item."""
    text = raw.strip()
    if not text or len(text) > MAX_URL or " " in text or not text.isprintable():
        return ""
    if PLAIN_LINK.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
        valid = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    return text if valid else ""


def image_links(raws: Iterable[str]) -> tuple[str, ...]:
    """URLs in order, each once; one text may hold several separated by commas, semicolons or line ends."""
    found: dict[str, None] = {}
    for raw in raws:
        found |= dict.fromkeys(_links(raw))
    return tuple(found)[:MAX_IMAGES]


@lru_cache(16)
def _links(raw: str) -> tuple[str, ...]:
    parts = PARTED.split(raw.strip())
    return tuple(link for part in parts if (link := web_link(part.strip(" ,;，；|"))))


def weight_g(raw: str, *, unit: str = "g") -> int | None:
    """'1.5 kg' is 1500; what cannot be read is None: nobody buys by it."""
    parts = WEIGHT.fullmatch("".join(unicodedata.normalize("NFKC", raw).casefold().replace(",", "").split()))
    factor = GRAMS.get(parts[3] or unit) if parts else None
    if parts is None or factor is None:
        return None
    return (int(parts[1]) * 1000 + int((parts[2] or "").ljust(3, "0"))) * factor // 1000 or None


def _too_long(field: str, most: int) -> Refused:
    return Refused("text_too_long", "“%(name)s”超过 %(most)d 个字", field=field, name=field, most=most)
