"""The story worked out: every order and everything that happens, day by day; always the same for the same tables."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache

from demo.acts import Act, acts_of
from demo.brand import LAST_DAY
from demo.buyers import Buyer
from demo.daily import DAILY
from demo.deals import Deal, Visit
from demo.goods import COMMISSION_FREE, Piece, pieces
from demo.people import roster
from demo.story import ASIDE, CHOSEN, DAYS, HOUSE, LEAVER, SUSPENDED, SUSPENDED_COLLEAGUE, Day
from demo.terms import COUPONS
from demo.told import told_deals
from demo.won import won_deals

SEED = 20_26
TWO_LINES, TWO_PIECES = ("two parcels", "one unsent"), ("one back", "one unsent", "back when free", "back when paid", "back twice")
VISITS_PER_ORDER = 3


@dataclass
class Planner:
    """Draws who buys what through whom; keeps what is left of the stock."""

    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    left: dict[str, int] = field(default_factory=lambda: {piece.sku: piece.stock for piece in pieces()})
    buyers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def day(self, number: int, day: Day) -> list[Deal]:
        """The day's orders in the order of the clock; turns and roads fall on some of them."""
        waiting = day.turns.count("waiting")
        taken = [turn for turn in day.turns if turn != "waiting"]
        turns = dict(zip(self.chance.sample(range(day.orders - waiting), len(taken)), taken, strict=True))
        turns |= {day.orders - 1 - i: "waiting" for i in range(waiting)}
        free = [i for i in range(day.orders) if i not in turns]
        roads = dict(zip(self.chance.sample(free, len(day.roads)), day.roads, strict=True))
        clocks = sorted(self._clock(number) for _ in range(day.orders))
        return [self._deal(number, i, clock, turns.get(i, ""), roads.get(i, "")) for i, clock in enumerate(clocks)]

    def _clock(self, day: int) -> time:
        """Half of the orders come outside opening hours (10:00 to 21:30)."""
        if day == 0:
            return time(self.chance.choice((19, 20, 21, 22)), self.chance.randrange(60))
        opened = self.chance.random() < 0.5
        hour = self.chance.randrange(10, 21) if opened else self.chance.choice((7, 8, 9, 22, 22, 23))
        return time(hour, self.chance.randrange(29 if hour == 23 else 60), self.chance.randrange(60))

    def _deal(self, day: int, number: int, clock: time, turn: str, road: str) -> Deal:
        guide = ASIDE.get(road) or self._guide(day)
        basket = (CHOSEN[road],) if road in CHOSEN else self._basket(turn)
        return Deal(
            key=f"story-{day:02d}-{number:02d}", day=day, clock=clock, buyer=Buyer(next(self.buyers)), basket=basket, turn=turn, road=road,
            via=None if road in ("no link", "by herself") else guide, to_shop=self.chance.random() < 0.2,
            visits=tuple(self._visits(day, guide, road)), coupons=self._coupons(day, basket),
            lag=0 if turn.startswith("back") else self.chance.randrange(2), hour=self.chance.randrange(12, 20))

    def _guide(self, day: int) -> str:
        """A few sell most; three in four sell something."""
        names = [row.number for row in roster()][:33]
        gone = {LEAVER} if day >= 5 else set()
        gone |= {SUSPENDED} if day >= 8 else set()
        names = [name for name in names if name not in gone]
        return self.chance.choices(names, [60 // (rank + 3) + 1 for rank in range(len(names))])[0]

    def _visits(self, day: int, guide: str, road: str) -> Iterator[Visit]:
        """What this shopper had opened before, oldest first; minutes before the order."""
        if road == "by herself":
            return
        if road == "rival" and day > 2:
            yield Visit(self._other(day, guide), self.chance.randrange(1_500, 2_800))
        if road == "suspended":
            yield Visit(SUSPENDED_COLLEAGUE, self.chance.randrange(400, 1_300))
        yield Visit(guide, self.chance.randrange(3, 50) if road != "no link" else self.chance.randrange(600, 2_000))
        if road == "robot":
            yield Visit(self._other(day, guide), 1, robot=True)

    def _other(self, day: int, guide: str) -> str:
        while True:
            other = self._guide(day)
            if other != guide:
                return other

    def _basket(self, turn: str) -> tuple[tuple[str, int], ...]:
        lines = 2 if turn in TWO_LINES else self.chance.choices((1, 2, 3), (60, 28, 12))[0]
        basket: dict[str, int] = {}
        for position in range(lines):
            quantity = 2 if position == 0 and turn in TWO_PIECES else self.chance.choices((1, 2, 3), (80, 16, 4))[0]
            piece = self._piece(basket, quantity, extra=position > 0)
            basket[piece.sku] = quantity
            self.left[piece.sku] -= quantity
        return tuple(basket.items())

    def _piece(self, basket: dict[str, int], quantity: int, *, extra: bool) -> Piece:
        """Enough of it stays on the shelf, so that no order of the story is refused."""
        choice = [piece for piece in pieces() if self.left[piece.sku] >= quantity + 5 and piece.sku not in basket
                  and (not extra or piece.price_minor < 20_000) and (extra or piece.sku != COMMISSION_FREE)]
        return self.chance.choices(choice, [piece.weight for piece in choice])[0]

    def _coupons(self, day: int, basket: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
        prices = {piece.sku: piece.price_minor for piece in pieces()}
        gross = sum(prices[sku] * quantity for sku, quantity in basket)
        fitting = [ticket for ticket in COUPONS if gross >= ticket.minimum_minor and day <= ticket.last_day]
        return tuple(ticket.code for ticket in fitting if self.chance.random() < 0.3)

    def onlookers(self, day: int, orders: int) -> tuple[Visit, ...]:
        """People who look and do not buy today."""
        return tuple(Visit(self._guide(day), self.chance.randrange(1, 60 * (14 if day else 6)), robot=self.chance.random() < 0.06)
                     for _ in range(orders * VISITS_PER_ORDER))


@lru_cache(maxsize=1)
def plan() -> tuple[tuple[Act, ...], ...]:
    """What happens on each day, in the order of the clock. Acts that fall after the last day are still to come."""
    planner = Planner()
    days: list[list[Act]] = [[] for _ in DAYS]
    for number, day in enumerate(DAYS):
        for deal in planner.day(number, day):
            for act in acts_of(deal):
                if act.day <= LAST_DAY:
                    days[act.day].append(act)
        days[number].append(Act(number, time(23, 40), "look_around", visits=planner.onlookers(number, day.orders)))
        days[number].append(Act(number, time(23, 50), "close_unpaid"))
    for act in (act for deal in (*told_deals(), *won_deals()) for act in acts_of(deal)):
        days[act.day].append(act)
    for house in (*HOUSE, *DAILY):
        days[house.day].append(Act(house.day, time.fromisoformat(house.clock), house.verb, who=house.who, what=house.what))
    return tuple(tuple(sorted(acts, key=lambda act: (act.clock, act.rank))) for acts in days)
