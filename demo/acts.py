"""What becomes of an order: its turn written out as acts with day and clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from demo.deals import Deal, Visit

CUT_OFF = time(15)
"""Ordered by then, sent the same day."""
RANKS = ("place", "decline", "pay")


@dataclass(frozen=True)
class Back:
    """A refund of one line: pieces, or a percentage of one piece's price."""

    position: int
    pieces: int = 0
    percent: int = 0


@dataclass(frozen=True)
class Act:
    """One thing that happens. `lines` names (position, pieces) of a parcel, None for all that is open."""

    day: int
    clock: time
    verb: str
    deal: Deal | None = None
    who: str = ""
    what: str = ""
    lines: tuple[tuple[int, int], ...] | None = None
    back: tuple[Back, ...] = ()
    visits: tuple[Visit, ...] = ()

    @property
    def rank(self) -> int:
        """Of things at one moment, which comes first."""
        return RANKS.index(self.verb) if self.verb in RANKS else len(RANKS)


def acts_of(deal: Deal) -> Iterator[Act]:
    """Placed, and then what its turn says."""
    yield Act(deal.day, deal.clock, "place", deal)
    if deal.turn in ("unpaid", "waiting"):
        return
    if deal.turn == "declined":
        yield Act(deal.day, _later(deal.clock, 1), "decline", deal)
    yield Act(deal.day, _later(deal.clock, 3), "pay", deal)
    if deal.turn == "called off":
        yield Act(deal.day, _later(deal.clock, 20), "call_off", deal, what="买家改主意")
    elif deal.turn != "to be sent":
        yield from _sent(deal)
        yield from _taken_back(deal)


def _sent(deal: Deal) -> Iterator[Act]:
    today = deal.clock < CUT_OFF
    day, clock = (deal.day, time(16, 30 + deal.lag)) if today else (deal.day + 1, time(10, 30 + deal.lag))
    if deal.turn == "one unsent":
        yield Act(day, time(clock.hour, 10), "refund", deal, what="少要一件", back=(Back(0, pieces=1),))
    if deal.turn != "two parcels":
        yield Act(day, clock, "ship", deal, what="store" if deal.turn == "ship from store" else "flagship")
        yield Act(received(deal), time(deal.hour, deal.lag * 7), "deliver", deal)
        return
    yield Act(day, clock, "ship", deal, what="flagship", lines=((0, deal.basket[0][1]),))
    yield Act(day + 1, clock, "ship", deal, what="flagship")
    yield Act(day + 2, time(deal.hour), "deliver", deal, what="1")
    yield Act(day + 3, time(deal.hour), "deliver", deal, what="2")


def received(deal: Deal) -> int:
    """The day a single parcel arrives."""
    return deal.day + (0 if deal.clock < CUT_OFF else 1) + 1 + deal.lag


def _taken_back(deal: Deal) -> Iterator[Act]:
    after = received(deal) + 1
    bump, one = (Back(0, percent=10),), (Back(0, pieces=1),)
    if deal.turn in ("a bump", "back twice"):
        yield Act(after, time(11, 15), "refund", deal, what="箱角磕碰，补偿一成", back=bump)
    if deal.turn == "one back":
        yield Act(after, time(11, 40), "refund", deal, what="七天无理由", back=one)
    if deal.turn == "all back":
        everything = tuple(Back(position, pieces=pieces) for position, (_, pieces) in enumerate(deal.basket))
        yield Act(after, time(15, 5), "refund", deal, what="尺寸不合适，全部退回", back=everything)
    if deal.turn == "back when free":
        yield Act(13, time(10), "refund", deal, what="拉杆松动，退一件", back=one)
    if deal.turn in ("back when paid", "back twice"):
        yield Act(12, time(14, 25), "refund", deal, what="轮子异响，退一件", back=one)


def _later(clock: time, minutes: int) -> time:
    """At most until 23:59: the story has no order that crosses midnight."""
    total = min(clock.hour * 60 + clock.minute + minutes, 24 * 60 - 1)
    return time(total // 60, total % 60, clock.second)
