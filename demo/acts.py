"""What becomes of an order: its turn written out as acts with day and clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from demo.deals import Deal, Visit

CUT_OFF = time(15)
"""Ordered by then, sent the same day."""
RANKS = ("place", "decline", "pay")
AFTER: dict[str, tuple[tuple[int, str, str, str], ...]] = {
    "asked": ((14, "09:20", "ask", "颜色和图片不一样，想退"),),
    "asked, yes": ((12, "19:40", "ask", "买大了，想换小一号再买"), (13, "10:20", "allow", "请寄回总仓，运费到付")),
    "asked, no": ((9, "20:15", "ask", "用了两天觉得重"), (10, "10:05", "refuse", "箱体已有使用痕迹，不在七天无理由范围内")),
    "exchanged": ((6, "12:30", "ask", "想换石板灰"), (6, "15:10", "allow", ""), (9, "11:20", "arrive", ""), (9, "16:40", "swap", "")),
    "sent back": ((7, "21:05", "ask", "多买了一个，退一件"), (8, "10:15", "allow", ""), (10, "11:30", "arrive", ""), (10, "14:00", "repay", "")),
    "bank asks": ((9, "16:00", "bank_asks", "CB-20931 持卡人称未收到货"),),
    "bank took it": ((12, "11:10", "bank_asks", "CB-20977 持卡人否认交易"), (13, "15:30", "bank_takes", "")),
}
"""Turn → what happens after the goods were received: day, clock, verb, and what is said."""


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
        yield from (Act(day, time.fromisoformat(clock), verb, deal, what=what) for day, clock, verb, what in AFTER.get(deal.turn, ()))


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
