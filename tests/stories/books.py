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
from demo.terms import ACTIVITIES, BRAND_PLAN, COUPONS, OWN_COUPONS, SHIPPER_PLAN, Rate, Special
from tests.stories.arithmetic import BRAND, PEOPLE, PLACES, WARES, Key, Line, give_back, shares_of, spread, tax_on

SHIPPING, FREE_FROM, MINIMUM = 1_200, 9_900, 1_000
AFTER_SALE_DAYS, PAY_HOURS = 7, 24
KNOWN = {"shipping_fee_minor": SHIPPING, "free_shipping_from_minor": FREE_FROM, "payout_minimum_minor": MINIMUM,
         "after_sale_days": AFTER_SALE_DAYS, "payment_minutes": PAY_HOURS * 60}
assert {name: SETTINGS[name] for name in KNOWN} == KNOWN
SUBSIDY, FREIGHT, TILL = ("云店平台", "platform_subsidy"), (BRAND, "shipping"), ("收款清算", "clearing")
BANK_FEE = 1_500
PHASES = {"all": "available", "withdrawals": "requested"}
NAMES = {row.number: row.name for row in PEOPLE.values()} | {unit.code: unit.name for unit in PLACES.values()}
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


@dataclass(frozen=True)
class Fee:
    """The platform's rates in basis points and until when they are not taken."""

    link: int
    storefront: int
    free_until: datetime


@dataclass
class Run:
    """What was claimed from where, (payee, role) → amount; the tax of those it pays, by name."""

    phase: str
    claims: dict[Key, int]
    drafted: int = 0
    executed: bool = False
    tax: dict[str, int] = field(default_factory=dict)

    def paid(self) -> dict[str, int]:
        """What each payee gets."""
        found: Counter[str] = Counter()
        for (name, _), amount in self.claims.items():
            found[name] += amount
        return dict(found)


@dataclass
class Books:
    sales: dict[str, Sale] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    raised: bool = False
    shippers_paid: bool = False
    fee: Fee | None = None
    activities: dict[str, Special] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    withdrawn: list[tuple[str, int]] = field(default_factory=list)
    invoiced: Counter[str] = field(default_factory=Counter)
    unverified: set[str] = field(default_factory=set)
    asked: dict[str, int] = field(default_factory=dict)
    """Debts somebody wants forgiven: name → amount."""
    forgiven: Counter[str] = field(default_factory=Counter)
    bank_fees: int = 0

    def write(self, act: Act, now: datetime) -> None:
        """One act of the story."""
        if act.deal:
            getattr(self, f"_{act.verb}")(act, act.deal, now)
        elif act.verb in ("leave", "suspend"):
            self.statuses[act.what] = act.verb
        elif act.verb == "raise_rate":
            self.raised = True
        elif act.verb == "pay_shippers":
            self.shippers_paid = True
        elif act.verb == "close_unpaid":
            self._close_unpaid(now)
        elif act.verb == "settle":
            self._settle(act.day)
        elif act.verb == "execute":
            self._execute()
        elif act.verb in ("set_fee", "open_activity", "draft", "withdraw", "invoice", "bounce", "bank", "forgive", "agree"):
            getattr(self, f"_{act.verb}")(act, now)

    def accounts(self) -> dict[Account, int]:
        """Every account that is not empty."""
        found: Counter[Account] = Counter()
        for sale in self.sales.values():
            if sale.state == "closed":
                continue
            for line in sale.lines:
                for key, amount in line.left().items():
                    found[*key, line.phase] += amount
            found[*FREIGHT, sale.freight_phase] += sale.shipping
            found[*TILL, "expected" if sale.state == "pending_payment" else "received"] -= sale.total - sale.refunded
        for run in self.runs:
            for key, amount in run.claims.items():
                found[*key, run.phase] -= amount
                found[*key, "paid" if run.executed else "in_payout"] += amount
            for name, tax in run.tax.items():
                found[name, "tax", "paid"] -= tax
                found[name, "tax", "withheld"] += tax
        for name, amount in self.withdrawn:
            found[name, "withdrawal", "available"] -= amount
            found[name, "withdrawal", "requested"] += amount
        for name, amount in self.forgiven.items():
            found[name, "write_off", "available"] += amount
            found[BRAND, "write_off", "available"] -= amount
        found[BRAND, "chargeback_fee", "available"] -= self.bank_fees
        found[TILL[0], "chargeback_fee", "received"] += self.bank_fees
        return {account: amount for account, amount in found.items() if amount}

    def _place(self, act: Act, deal: Deal, now: datetime) -> None:
        guide, store = self._who(deal)
        prices = {piece.sku: piece.price_minor for piece in pieces()}
        assert all(prices[sku] == WARES[sku].price for sku, _ in deal.basket)
        specials = [self._special(sku, deal) for sku, _ in deal.basket]
        each = [special.prices[sku] if special else WARES[sku].price for (sku, _), special in zip(deal.basket, specials, strict=True)]
        gross = [price * count for price, (_, count) in zip(each, deal.basket, strict=True)]
        used = [coupon for coupon in (*COUPONS, *OWN_COUPONS) if coupon.code in deal.coupons]
        off = {funder: sum(one.amount_minor for one in used if one.funder == funder) for funder in ("brand", "platform", "store", "guide")}
        base = [amount - less for amount, less in zip(gross, spread(off["brand"], gross), strict=True)]
        help_ = spread(off["platform"], base)
        lines = [Line(sku, count, price, b, b - h, {**self._shares(sku, count, b, guide, store, deal, now, special), SUBSIDY: -h})
                 for (sku, count), price, b, h, special in zip(deal.basket, each, base, help_, specials, strict=True)]
        for role, payer in (("store", PLACES[store].name if store else ""), ("guide", PEOPLE[guide].name if guide else "")):
            if off[role]:
                for line, part in zip(lines, spread(off[role], [line.shares[payer, role] for line in lines]), strict=True):
                    line.shares[payer, f"{role}_subsidy"] = -part
                    line.paid -= part
        goods = sum(line.paid for line in lines)
        shipping = 0 if goods >= FREE_FROM else SHIPPING
        self.sales[deal.key] = Sale(lines, shipping, goods + shipping, guide, store, now)

    def _special(self, sku: str, deal: Deal) -> Special | None:
        """The activity whose price she gets, coming by a link."""
        return next((special for special in self.activities.values() if deal.via and sku in special.prices and deal.day <= special.last_day), None)

    def _shares(self, sku: str, count: int, base: int, guide: str | None, store: str | None, deal: Deal, now: datetime, special: Special | None) -> dict[Key, int]:
        assert self.fee
        by_link = guide or store
        fee_bp = 0 if now < self.fee.free_until else self.fee.link if by_link else self.fee.storefront
        rate: Rate | None = special.rate if special else None
        return shares_of(sku, count, base, guide, store, fee_bp=fee_bp, plan=SHIPPER_PLAN if self.shippers_paid else BRAND_PLAN, raised=self.raised,
                         activity=rate)

    def _set_fee(self, act: Act, now: datetime) -> None:
        link, storefront, days, _ = act.what.split(maxsplit=3)
        self.fee = Fee(int(link), int(storefront), now + timedelta(days=int(days)))

    def _open_activity(self, act: Act, now: datetime) -> None:
        self.activities[act.what] = next(special for special in ACTIVITIES if special.name == act.what)

    def _who(self, deal: Deal) -> tuple[str | None, str | None]:
        """Who is chosen, else the last one who still works here, else whose customer she is; else the store of the last one who does not
        work here any more (R8, R9, R21)."""
        known = deal.chosen or deal.regular
        if known:
            return known, PEOPLE[known].store
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
            line.shipper = PLACES[sale.store].name if act.what == "store" and sale.store else BRAND

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

    def _ask(self, act: Act, deal: Deal, now: datetime) -> None:
        self.sales[deal.key].lines[0].frozen = True

    def _allow(self, act: Act, deal: Deal, now: datetime) -> None:
        assert self.sales[deal.key].lines[0].frozen

    _arrive = _allow

    def _refuse(self, act: Act, deal: Deal, now: datetime) -> None:
        self.sales[deal.key].lines[0].frozen = False

    _swap = _refuse

    def _repay(self, act: Act, deal: Deal, now: datetime) -> None:
        sale = self.sales[deal.key]
        sale.lines[0].frozen = False
        sale.refunded += give_back(sale.lines[0], 1, None)[0]

    def _bank_asks(self, act: Act, deal: Deal, now: datetime) -> None:
        for line in self.sales[deal.key].lines:
            line.frozen = True

    def _bank_takes(self, act: Act, deal: Deal, now: datetime) -> None:
        """All of it, and its fee."""
        sale = self.sales[deal.key]
        for line in sale.lines:
            line.frozen = False
            sale.refunded += give_back(line, line.pieces, None)[0]
        self.bank_fees += BANK_FEE

    def _settle(self, day: int) -> None:
        for sale in self.sales.values():
            for line in sale.lines:
                if line.phase == "held" and not line.frozen and line.due is not None and line.due <= day:
                    line.phase = "available"

    def _withdraw(self, act: Act, now: datetime) -> None:
        self.withdrawn.append((NAMES[act.who], int(act.what) * 100))

    def _draft(self, act: Act, now: datetime) -> None:
        """Whoever has enough and can be paid gets all of it; of what is asked for, there is no least."""
        run = Run(PHASES[act.what], {})
        claims: dict[Key, int] = {(name, role): amount for (name, role, phase), amount in self.accounts().items()
                                  if name in NAMES.values() and phase == run.phase}
        due = Run(run.phase, claims).paid()
        paid = {name for name, amount in due.items() if amount >= (MINIMUM if act.what == "all" else 1) and self._payable(name, amount)}
        run.claims = {claim: amount for claim, amount in claims.items() if claim[0] in paid}
        run.drafted = sum(run.claims.values())
        self.runs.append(run)

    def _execute(self) -> None:
        run = next(run for run in self.runs if not run.executed)
        outsiders = {row.name for row in PEOPLE.values() if row.kind == "分销员"}
        run.executed, run.tax = True, {name: tax_on(gross) for name, gross in run.paid().items() if name in outsiders}

    def _bounce(self, act: Act, now: datetime) -> None:
        """It is available again, and so is what was withheld."""
        name = NAMES[act.what.split()[0]]
        run = next(run for run in self.runs if run.executed and name in run.paid())
        run.claims = {claim: amount for claim, amount in run.claims.items() if claim[0] != name}
        run.tax.pop(name)

    def _bank(self, act: Act, now: datetime) -> None:
        self.unverified.add(NAMES[act.what.split()[0]])

    def _invoice(self, act: Act, now: datetime) -> None:
        who, _, yuan = act.what.split()
        self.invoiced[NAMES[who]] += int(yuan) * 100

    def _forgive(self, act: Act, now: datetime) -> None:
        who, yuan, _ = act.what.split()
        self.asked[NAMES[who]] = int(yuan) * 100

    def _agree(self, act: Act, now: datetime) -> None:
        name = NAMES[act.what]
        self.forgiven[name] += self.asked.pop(name)

    def _payable(self, name: str, amount: int) -> bool:
        """Outsiders and companies need a verified account, companies invoices for all they were and are paid; who is suspended waits."""
        outsiders = {row.name for row in PEOPLE.values() if row.kind == "分销员"}
        companies = {unit.name for unit in PLACES.values() if unit.kind in ("dealer", "mall")}
        verified = {NAMES[code] for code in (*BANKED, *BANKED_GUIDES)} - self.unverified
        paid = sum(run.paid().get(name, 0) for run in self.runs)
        suspended = {PEOPLE[number].name for number, why in self.statuses.items() if why == "suspend"}
        return (name not in outsiders | companies or name in verified) and (name not in companies or paid + amount <= self.invoiced[name]) and (
            name not in suspended)
