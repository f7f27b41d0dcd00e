"""A second set of books, kept by hand beside the application while the story is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from demo.acts import Act
from demo.brand import SETTINGS
from demo.deals import Deal
from demo.goods import pieces
from demo.opening import BANKED, BANKED_GUIDES
from demo.terms import COUPONS
from tests.stories.arithmetic import PEOPLE, PLACES, WARES, Line, give_back, shares_of, spread

SHIPPING, FREE_FROM, MINIMUM = 1_200, 9_900, 1_000
AFTER_SALE_DAYS, PAY_HOURS = 7, 24
KNOWN = {"shipping_fee_minor": SHIPPING, "free_shipping_from_minor": FREE_FROM, "payout_minimum_minor": MINIMUM,
         "after_sale_days": AFTER_SALE_DAYS, "payment_minutes": PAY_HOURS * 60}
assert {name: SETTINGS[name] for name in KNOWN} == KNOWN
SUBSIDY, FREIGHT, TILL = ("云店平台", "platform_subsidy"), ("远途", "shipping"), ("收款清算", "clearing")
Account = tuple[str, str, str]
"""(payee's name, role, phase)"""


@dataclass
class Parcel:
    content: list[tuple[Line, int]]
    arrived: bool = False


@dataclass
class Sale:
    """One order as the books see it."""

    lines: list[Line]
    shipping: int
    total: int
    guide: str | None
    store: str | None
    placed: datetime
    state: str = "pending_payment"
    refunded: int = 0
    freight_phase: str = "estimated"
    parcels: list[Parcel] = field(default_factory=list)


@dataclass
class Books:
    sales: dict[str, Sale] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    raised: bool = False
    payouts: list[dict[tuple[str, str], int]] = field(default_factory=list)
    """Per run: (payee, role) → what was claimed."""
    executed: int = 0

    def write(self, act: Act, now: datetime) -> None:
        """One act of the story."""
        if act.deal:
            getattr(self, f"_{act.verb}")(act, act.deal, now)
        elif act.verb in ("leave", "suspend"):
            self.statuses[act.what] = act.verb
        elif act.verb == "raise_rate":
            self.raised = True
        elif act.verb == "close_unpaid":
            self._close_unpaid(now)
        elif act.verb == "settle":
            self._settle(act.day)
        elif act.verb == "draft":
            self._draft()
        elif act.verb == "execute":
            self.executed += 1

    def accounts(self) -> dict[Account, int]:
        """Every account that is not empty."""
        found: Counter[Account] = Counter()
        for sale in self.sales.values():
            if sale.state == "closed":
                continue
            for line in sale.lines:
                for (name, role), amount in line.left().items():
                    found[name, role, line.phase] += amount
            found[*FREIGHT, sale.freight_phase] += sale.shipping
            found[*TILL, "expected" if sale.state == "pending_payment" else "received"] -= sale.total - sale.refunded
        for number, payouts in enumerate(self.payouts):
            for (name, role), amount in payouts.items():
                found[name, role, "available"] -= amount
                found[name, role, "paid" if number < self.executed else "in_payout"] += amount
        return {account: amount for account, amount in found.items() if amount}

    def _place(self, act: Act, deal: Deal, now: datetime) -> None:
        guide, store = self._who(deal)
        prices = {piece.sku: piece.price_minor for piece in pieces()}
        assert all(prices[sku] == WARES[sku].price for sku, _ in deal.basket)
        gross = [WARES[sku].price * count for sku, count in deal.basket]
        used = [coupon for coupon in COUPONS if coupon.code in deal.coupons]
        off = {funder: sum(one.amount_minor for one in used if one.funder == funder) for funder in ("brand", "platform")}
        base = [amount - less for amount, less in zip(gross, spread(off["brand"], gross), strict=True)]
        help_ = spread(off["platform"], base)
        lines = [Line(sku, count, WARES[sku].price, b, b - h, {**shares_of(sku, count, b, guide, store, raised=self.raised), SUBSIDY: -h})
                 for (sku, count), b, h in zip(deal.basket, base, help_, strict=True)]
        goods = sum(line.paid for line in lines)
        shipping = 0 if goods >= FREE_FROM else SHIPPING
        self.sales[deal.key] = Sale(lines, shipping, goods + shipping, guide, store, now)

    def _who(self, deal: Deal) -> tuple[str | None, str | None]:
        """The last one who still works here earns; else the store of the last one who does not (R8, R21)."""
        opened = [visit.guide for visit in sorted(deal.visits, key=lambda visit: -visit.minutes_before) if not visit.robot]
        opened += [deal.via] if deal.via else []
        working = [guide for guide in opened if guide not in self.statuses]
        if working:
            return working[-1], PEOPLE[working[-1]].store
        return None, PEOPLE[opened[-1]].store if opened else None

    def _pay(self, act: Act, deal: Deal, now: datetime) -> None:
        sale = self.sales[deal.key]
        sale.state, sale.freight_phase = "paid", "pending"
        for line in sale.lines:
            line.phase = "pending"

    def _decline(self, act: Act, deal: Deal, now: datetime) -> None:
        assert self.sales[deal.key].state == "pending_payment"

    def _call_off(self, act: Act, deal: Deal, now: datetime) -> None:
        sale = self.sales[deal.key]
        for line in sale.lines:
            sale.refunded += give_back(line, line.pieces, None)[0]
        sale.refunded += sale.shipping
        sale.state, sale.shipping = "cancelled", 0

    def _close_unpaid(self, now: datetime) -> None:
        for sale in self.sales.values():
            if sale.state == "pending_payment" and sale.placed + timedelta(hours=PAY_HOURS) < now:
                sale.state = "closed"

    def _ship(self, act: Act, deal: Deal, now: datetime) -> None:
        sale = self.sales[deal.key]
        named = [(sale.lines[position], count) for position, count in act.lines or ()]
        content = named or [(line, line.pieces - line.pieces_back - line.sent) for line in sale.lines]
        sale.parcels.append(Parcel([(line, count) for line, count in content if count > 0]))
        for line, count in sale.parcels[-1].content:
            line.sent += count

    def _deliver(self, act: Act, deal: Deal, now: datetime) -> None:
        sale = self.sales[deal.key]
        for parcel in [sale.parcels[int(act.what) - 1]] if act.what else sale.parcels:
            parcel.arrived = True
            for line, count in parcel.content:
                line.received += count
        wanted = {id(line): max(line.pieces - line.pieces_back, line.sent) for line in sale.lines}
        for line in sale.lines:
            if line.phase == "pending" and 0 < wanted[id(line)] <= line.received:
                line.phase, line.due = "held", act.day + AFTER_SALE_DAYS
        if all(line.received >= wanted[id(line)] for line in sale.lines):
            sale.freight_phase = "available"

    def _refund(self, act: Act, deal: Deal, now: datetime) -> None:
        sale = self.sales[deal.key]
        for back in act.back:
            line = sale.lines[back.position]
            sale.refunded += give_back(line, back.pieces, line.price * back.percent // 100 if back.percent else None)[0]
        if deal.turn == "all back":
            sale.refunded, sale.shipping = sale.refunded + sale.shipping, 0

    def _settle(self, day: int) -> None:
        for sale in self.sales.values():
            for line in sale.lines:
                if line.phase == "held" and line.due is not None and line.due <= day:
                    line.phase = "available"

    def _draft(self) -> None:
        """Whoever has enough and can be paid gets all of it."""
        names = {row.name for row in PEOPLE.values()} | {unit.name for unit in PLACES.values()}
        due: Counter[str] = Counter()
        claims: Counter[tuple[str, str]] = Counter()
        for (name, role, phase), amount in self.accounts().items():
            if name in names and phase == "available":
                due[name] += amount
                claims[name, role] += amount
        paid = {name for name, amount in due.items() if amount >= MINIMUM} - self._unpayable()
        self.payouts.append({claim: amount for claim, amount in claims.items() if claim[0] in paid})

    def paid_in(self, number: int) -> dict[str, int]:
        """What each payee gets in a run."""
        found: Counter[str] = Counter()
        for (name, _), amount in self.payouts[number].items():
            found[name] += amount
        return dict(found)

    def _unpayable(self) -> set[str]:
        outsiders = {row.name for row in PEOPLE.values() if row.kind == "分销员" and row.number not in BANKED_GUIDES}
        companies = {unit.name for unit in PLACES.values() if unit.kind in ("dealer", "mall") and unit.code not in BANKED}
        return outsiders | companies | {PEOPLE[number].name for number, why in self.statuses.items() if why == "suspend"}
