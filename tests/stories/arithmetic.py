"""The money of the story worked out anew, from the tables alone: fractions and whole fen, none of the application's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from defusedxml.ElementTree import fromstring

from demo.flagship.make_feed import FEED
from demo.goods import COMMISSION_FREE, OFFLINE
from demo.orgs import UNITS
from demo.people import roster
from demo.terms import BRAND_PLAN, OWN_PLANS, RAISED, RATES, Rate

G = "{http://base.google.com/ns/1.0}"
PLATFORM_BP = 100
Key = tuple[str, str]
"""(payee's name, role)"""


@dataclass(frozen=True)
class Ware:
    price: int
    group: str
    category: str


@dataclass
class Line:
    """One order line: what it is worth, what each party has of it, what was given back, and where it stands."""

    sku: str
    pieces: int
    price: int
    base: int
    paid: int
    shares: dict[Key, int]
    back: dict[Key, int] = field(default_factory=dict)
    refunded: int = 0
    pieces_back: int = 0
    sent: int = 0
    received: int = 0
    phase: str = "estimated"
    due: int | None = None

    def left(self) -> dict[Key, int]:
        return {key: share - self.back.get(key, 0) for key, share in self.shares.items()}


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def percent(base: int, bp: int) -> int:
    return half_up(Fraction(base * bp, 10_000))


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Largest remainder, ties by order."""
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [floor(part) for part in exact]
    for i in sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))[: total - sum(parts)]:
        parts[i] += 1
    return parts


def wares() -> dict[str, Ware]:
    """What the feed says, and what was entered by hand."""
    found = {}
    for item in fromstring(FEED.read_bytes()).iter("item"):
        told = {node.tag.removeprefix(G): node.text or "" for node in item}
        yuan = told.get("sale_price", told["price"]).split()[0]
        found[told["mpn"]] = Ware(int(Fraction(yuan) * 100), told["item_group_id"], told["product_type"])
    for offline in OFFLINE:
        found |= {sku: Ware(price, offline.name, offline.category) for sku, (_, price, _) in offline.variants.items()}
    return found


WARES = wares()
PEOPLE = {row.number: row for row in roster()}
PLACES = {unit.code: unit for unit in UNITS}


def above(store: str) -> dict[str, str]:
    """kind → name of the store and what it belongs to."""
    found, code = {}, store
    while code:
        found[PLACES[code].kind] = PLACES[code].name
        code = PLACES[code].parent or ""
    return found


def rate_of(sku: str, guide: str, store: str, *, raised: bool) -> Rate | None:
    """The ladder of R3, written as one list of questions."""
    ware = WARES[sku]
    if ware.group == WARES[COMMISSION_FREE].group:
        return None
    rates = [RAISED if raised and rate.name == RAISED.replaces else rate for rate in RATES]
    levels = ware.category.split(" > ")
    nearest = [" > ".join(levels[:depth]) for depth in range(len(levels), 0, -1)]
    questions = [
        *(rate for rate in rates if (rate.sku, rate.guide) == (sku, guide)),
        *(rate for rate in rates if rate.sku == sku and not rate.guide),
        *(rate for rate in rates if rate.product and WARES[rate.product].group == ware.group),
        *(rate for category in nearest for rate in rates if rate.category == category),
        *(rate for rate in rates if rate.guide == guide and not rate.sku),
        *(rate for rate in rates if rate.store == store),
        *(rate for rate in rates if not (rate.sku or rate.product or rate.category or rate.guide or rate.store)),
    ]
    return questions[0]


def shares_of(sku: str, pieces: int, base: int, guide: str | None, store: str | None, *, raised: bool) -> dict[Key, int]:
    """Every named party's part, and the brand with what remains (R2, R22)."""
    shares: dict[Key, int] = {("云店平台", "platform"): percent(base, PLATFORM_BP)}
    if guide and store:
        rate = rate_of(sku, guide, store, raised=raised)
        fixed = rate.each_minor * pieces if rate and rate.each_minor else 0
        shares[PEOPLE[guide].name, "guide"] = percent(base, rate.rate_bp) if rate and rate.rate_bp else fixed
    units = above(store) if store else {}
    for share in OWN_PLANS.get(store or "", BRAND_PLAN):
        if share.role in units:
            amount = max(percent(base, share.rate_bp), share.min_minor or 0)
            shares[units[share.role], share.role] = min(amount, share.max_minor or amount)
    shares["远途", "brand"] = base - sum(shares.values())
    return shares


def give_back(line: Line, pieces: int, amount: int | None) -> tuple[int, dict[Key, int]]:
    """What the shopper gets and what each party returns, following the cumulative refund (R11)."""
    rest = line.paid - line.refunded
    if amount is None:
        amount = rest if pieces == line.pieces - line.pieces_back else min(half_up(Fraction(line.paid * pieces, line.pieces)), rest)
    part = Fraction(line.refunded + amount, line.paid)
    now = {key: half_up(share * part) - line.back.get(key, 0) for key, share in line.shares.items() if key[1] not in ("brand", "platform_subsidy")}
    before = sum(back for key, back in line.back.items() if key[1] != "platform_subsidy")
    whole = half_up(line.base * part) - before
    now["远途", "brand"] = whole - sum(now.values())
    now["云店平台", "platform_subsidy"] = amount - whole
    line.refunded += amount
    line.pieces_back += pieces
    for key, back in now.items():
        line.back[key] = line.back.get(key, 0) + back
    return amount, now
