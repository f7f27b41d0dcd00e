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
from demo.terms import OWN_PLANS, RAISED, RATES, Rate, Share

G = "{http://base.google.com/ns/1.0}"
Key = tuple[str, str]
"""(payee's name, role)"""
BRAND, NOBODY_YET = "远途", "发货方待定"
FULFILLING = (NOBODY_YET, "fulfilling_store")
FREE_FROM, FLAT_UP_TO, TAX_BP = 80_000, 400_000, 2_000
"""Labour income up to 4,000 yuan a month: 20 % of what is above 800."""


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
    shipper: str = NOBODY_YET
    frozen: bool = False

    def left(self) -> dict[Key, int]:
        """By who has it now: the fulfilling store's share is whose parcel it was."""
        return {(self.shipper if key == FULFILLING else key[0], key[1]): share - self.back.get(key, 0) for key, share in self.shares.items()}


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def percent(base: int, bp: int) -> int:
    return half_up(Fraction(base * bp, 10_000))


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Largest remainder, ties by order."""
    if not total:
        return [0] * len(weights)
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


def tax_on(gross: int) -> int:
    """Withheld from an individual's only payout of a month."""
    assert gross <= FLAT_UP_TO
    return percent(max(gross - FREE_FROM, 0), TAX_BP)


def rate_of(sku: str, guide: str, store: str, *, raised: bool, activity: Rate | None = None) -> Rate | None:
    """The ladder of R3, written as one list of questions."""
    ware = WARES[sku]
    if ware.group == WARES[COMMISSION_FREE].group:
        return None
    rates = [RAISED if raised and rate.name == RAISED.replaces else rate for rate in RATES]
    levels = ware.category.split(" > ")
    nearest = [" > ".join(levels[:depth]) for depth in range(len(levels), 0, -1)]
    questions = [
        *([activity] if activity else []),
        *(rate for rate in rates if (rate.sku, rate.guide) == (sku, guide)),
        *(rate for rate in rates if rate.sku == sku and not rate.guide),
        *(rate for rate in rates if rate.product and WARES[rate.product].group == ware.group),
        *(rate for category in nearest for rate in rates if rate.category == category),
        *(rate for rate in rates if rate.guide == guide and not rate.sku),
        *(rate for rate in rates if rate.store == store),
        *(rate for rate in rates if not (rate.sku or rate.product or rate.category or rate.guide or rate.store)),
    ]
    return questions[0]


def shares_of(sku: str, pieces: int, base: int, guide: str | None, store: str | None, *, fee_bp: int, plan: tuple[Share, ...], raised: bool,
              activity: Rate | None = None) -> dict[Key, int]:
    """Every named party's part, and the brand with what remains (R2, R22). `plan` is the brand's own; `activity` its rate."""
    shares: dict[Key, int] = {("云店平台", "platform"): percent(base, fee_bp)}
    if guide and store:
        rate = rate_of(sku, guide, store, raised=raised, activity=activity)
        shares[PEOPLE[guide].name, "guide"] = commission(rate, base, pieces) if rate else 0
    units = above(store) if store else {}
    for share in OWN_PLANS.get(store or "", plan):
        if share.role == "fulfilling_store":
            shares[FULFILLING] = percent(base, share.rate_bp)
        if share.role in units:
            amount = max(percent(base, share.rate_bp), share.min_minor or 0)
            shares[units[share.role], share.role] = min(amount, share.max_minor or amount)
    shares[BRAND, "brand"] = base - sum(shares.values())
    return shares


def commission(rate: Rate, base: int, pieces: int) -> int:
    """Fixed amounts, floors and ceilings are per piece."""
    if rate.each_minor:
        return rate.each_minor * pieces
    amount = max(percent(base, rate.rate_bp or 0), (rate.min_minor or 0) * pieces)
    return amount if rate.max_minor is None else min(amount, rate.max_minor * pieces)


def funders(line: Line) -> list[Key]:
    """Who paid for a discount: a negative share beside her own."""
    return [key for key in line.shares if key[1].endswith("_subsidy")]


def give_back(line: Line, pieces: int, amount: int | None) -> tuple[int, dict[Key, int]]:
    """What the shopper gets and what each party returns, following the cumulative refund (R11)."""
    rest = line.paid - line.refunded
    if amount is None:
        amount = rest if pieces == line.pieces - line.pieces_back else min(half_up(Fraction(line.paid * pieces, line.pieces)), rest)
    part = Fraction(line.refunded + amount, line.paid)
    helpers = funders(line)
    now = {key: half_up(share * part) - line.back.get(key, 0) for key, share in line.shares.items() if key[1] != "brand" and key not in helpers}
    before = sum(back for key, back in line.back.items() if key not in helpers)
    whole = half_up(line.base * part) - before
    now[BRAND, "brand"] = whole - sum(now.values())
    gave = [line.back.get(key, 0) - line.shares[key] for key in helpers]
    now |= {key: -surplus for key, surplus in zip(helpers, spread(whole - amount, gave), strict=True)}
    line.refunded += amount
    line.pieces_back += pieces
    for key, back in now.items():
        line.back[key] = line.back.get(key, 0) + back
    return amount, now
