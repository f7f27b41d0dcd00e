"""Pure rules of promotions: where an activity is in its life, what a percentage off comes to, what a list of prices says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.kernel.errors import Refused
from app.kernel.money import FULL_BP, half_up, parse, share_of
from app.kernel.texts import clean

COMING, LIVE, ENDED = "coming", "live", "ended"
MOST_PRICES = 1000
LINE = re.compile(r"(.+?)\s*[\s,，;；]\s*(\S+)")
"""The shortest SKU that leaves one word behind it: of 'A,1,299.00' the price is 1,299.00."""
PRICE_HEADS = frozenset({"price", "价格", "活动价", "售价"})


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a pasted list, with the number people see beside it."""

    number: int
    sku: str
    price_minor: int


def state_of(starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    """coming, live or ended; a period is half-open (R33)."""
    if now < starts_at:
        return COMING
    return LIVE if now < ends_at else ENDED


def off(price_minor: int, off_bp: int) -> int:
    """A price with so many basis points taken off: 299.00 with 15 % off is 254.15."""
    return price_minor - share_of(price_minor, off_bp)


def off_bp(list_price_minor: int, price_minor: int) -> int:
    """How far below the list price, in basis points; negative when above."""
    return half_up((list_price_minor - price_minor) * FULL_BP, list_price_minor) if list_price_minor > 0 else 0


def split_lines(text: str) -> list[tuple[int, str, str]]:
    """(number, SKU, price) of each line of a pasted table: comma, semicolon, tab or blank between; quotes are dropped."""
    parts = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = clean(raw.replace('"', ""))
        found = LINE.fullmatch(line)
        parts.append((number, found[1].strip(), found[2]) if found else (number, line, ""))
    return parts


def read_prices(parts: Iterable[tuple[int, str, str]], currency: str) -> tuple[list[PriceLine], list[tuple[int, Refused]]]:
    """Lines with a SKU and its price, and what is wrong by line number; blank lines and a first line of headings are passed over."""
    lines: list[PriceLine] = []
    wrong: list[tuple[int, Refused]] = []
    seen: set[str] = set()
    for number, sku, price in parts:
        if not sku or (number == 1 and price.lower() in PRICE_HEADS):
            continue
        try:
            if not price:
                raise Refused("line_unreadable", "要写成“SKU,活动价”", field="paste")
            if sku in seen:
                raise Refused("sku_twice", "SKU “%(sku)s”写了两次", field="paste", sku=sku[:60])
            lines.append(PriceLine(number, sku, price_of(price, currency, field="paste")))
            seen.add(sku)
        except Refused as refused:
            wrong.append((number, refused))
    return lines, wrong


def price_of(text: str, currency: str, *, field: str) -> int:
    """A typed price in minor units; refuses what is below zero."""
    price = parse(text, currency, field=field)
    if price < 0:
        raise Refused("price_negative", "价格不能小于 0", field=field)
    return price
