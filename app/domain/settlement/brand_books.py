"""A brand's period as a whole: what came in, what went to whom by role, what stays. Every figure is a sum of postings.

A sale counts when it is paid, a refund when it is given. Postings sum to zero, so what came in is exactly what everyone got.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.kernel.db import gather

from .statements import MOVES, OWN, group_of

BOOKED = """
SELECT y.party, e.role, e.kind, sum(e.amount_minor)::bigint
FROM ledger_transactions t JOIN ledger_entries e ON e.brand_id = t.brand_id AND e.transaction_id = t.id
JOIN payees y ON y.brand_id = e.brand_id AND y.id = e.payee_id
WHERE t.brand_id = %(brand_id)s AND t.posted_at >= %(from)s AND t.posted_at < %(to)s AND t.kind <> ALL(%(moves)s)
  AND (e.phase = ANY(%(phases)s) OR e.phase = 'received')
GROUP BY 1, 2, 3"""
LEFT = """
SELECT e.role, coalesce(sum(e.amount_minor) FILTER (WHERE e.phase = 'paid'), 0)::bigint,
  coalesce(sum(e.amount_minor) FILTER (WHERE e.phase = 'withheld'), 0)::bigint
FROM ledger_transactions t JOIN ledger_entries e ON e.brand_id = t.brand_id AND e.transaction_id = t.id
WHERE t.brand_id = %(brand_id)s AND t.posted_at >= %(from)s AND t.posted_at < %(to)s AND t.kind IN ('payout_done', 'payout_failed')
  AND e.phase IN ('paid', 'withheld') GROUP BY 1"""
SOLD = """
SELECT count(DISTINCT o.id), coalesce(sum(l.list_price_minor * l.quantity), 0)::bigint,
  coalesce(sum(l.list_price_minor * l.quantity - l.gross_minor), 0)::bigint,
  coalesce(sum(l.brand_discount_minor), 0)::bigint, coalesce(sum(l.base_minor), 0)::bigint, coalesce(sum(l.platform_discount_minor), 0)::bigint,
  coalesce(sum(l.store_discount_minor), 0)::bigint, coalesce(sum(l.guide_discount_minor), 0)::bigint, coalesce(sum(l.paid_minor), 0)::bigint
FROM ledger_transactions t JOIN orders o ON o.brand_id = t.brand_id AND o.id = t.order_id
JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id
WHERE t.brand_id = %(brand_id)s AND t.posted_at >= %(from)s AND t.posted_at < %(to)s AND t.kind = 'paid'"""

ROLES = ("guide", "referrer", "store", "fulfilling_store", "dealer", "mall", "region", "platform")
"""Who gets a share before the brand, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class Sold:
    """Goods of the orders paid in the period: list value less what was given off = base; less what others fund = paid."""

    orders: int
    list_minor: int
    activity_minor: int
    brand_discount_minor: int
    base_minor: int
    platform_discount_minor: int
    store_discount_minor: int
    guide_discount_minor: int
    paid_minor: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one role got of the period's money: its shares, what of coupons it funded, what it gave back; net is the sum."""

    shares_minor: int = 0
    funded_minor: int = 0
    reversed_minor: int = 0
    written_off_minor: int = 0

    @property
    def net_minor(self) -> int:
        return self.shares_minor + self.funded_minor + self.reversed_minor + self.written_off_minor


@dataclass(frozen=True, slots=True)
class BrandBooks:
    """`received` by kind is shoppers' money in (+) and out (−). `parts` by role; `waiting` is the fulfilling store's share of
    parcels not sent yet; `kept` by kind of the brand's own: shares, shipping, write-offs, fees. In minor units."""

    sold: Sold
    received: Mapping[str, int]
    parts: Mapping[str, Part]
    waiting_minor: int
    kept: Mapping[str, int]
    paid_out: Mapping[str, tuple[int, int]]

    @property
    def received_minor(self) -> int:
        return sum(self.received.values())

    @property
    def shared_minor(self) -> int:
        return sum(part.net_minor for part in self.parts.values()) + self.waiting_minor

    @property
    def kept_minor(self) -> int:
        return sum(self.kept.values())


def brand_books(session: Session, *, brand_id: int, from_: datetime, to: datetime) -> BrandBooks:
    """received = shared + kept, in [from_, to)."""
    asked = {"brand_id": brand_id, "from": from_, "to": to, "phases": list(OWN), "moves": list(MOVES)}
    booked, left, sold = gather(session, (BOOKED, asked), (LEFT, asked), (SOLD, asked))
    received, kept, waiting = dict[str, int](), dict[str, int](), 0
    parts = {role: dict.fromkeys(("shares", "funded", "reversed", "written_off"), 0) for role in ROLES}
    for party, role, kind, amount in booked:
        if party == "clearing":
            received[kind] = received.get(kind, 0) - amount
        elif party == "brand":
            kept[_kept(role, kind)] = kept.get(_kept(role, kind), 0) + amount
        elif party == "fulfilment":
            waiting += amount
        else:
            parts[_whose(party, role)][_column(role, kind)] += amount
    return BrandBooks(Sold(*sold[0]), received, {role: Part(*sums.values()) for role, sums in parts.items()}, waiting, kept,
                      {role: (paid, withheld) for role, paid, withheld in left})


def _whose(party: str, role: str) -> str:
    """A write-off, a reward or a provider's fee is no share of an order: it is shown with the guides, the stores or the platform."""
    role = role.removesuffix("_subsidy")
    return role if role in ROLES else party if party in ("guide", "platform") else "store"


def _column(role: str, kind: str) -> str:
    if kind == "write_off":
        return "written_off"
    if group_of(kind) == "reversed":
        return "reversed"
    return "funded" if role.endswith("_subsidy") else "shares"


def _kept(role: str, kind: str) -> str:
    """What a figure of the brand's own is called: its role, and whether it was taken back."""
    if kind in ("write_off", "chargeback_fee", "provider_fee", "reward"):
        return kind
    return f"{role}_reversed" if group_of(kind) == "reversed" else role
