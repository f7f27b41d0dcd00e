"""Orders that show how a sale finds its guide: by a chat group's link, chosen at checkout, as her customer; and two that look self-made.

Ways:
  group    the link carries a group's mark, so the order counts for the group
  chosen   the shopper came by one guide's link and typed another's staff number: who is chosen earns (R8)
  regular  bought from her before, comes back on another device without any link: whose customer she is earns (R9)
  phone    a colleague's on the order: it is held until somebody has looked
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from demo.buyers import Buyer
from demo.deals import Deal, Visit

FIRST_BUYER = 921


@dataclass(frozen=True)
class Won:
    """`name` is found again by what comes after; `same_as` names an order of the same person."""

    name: str
    day: int
    via: str
    piece: tuple[str, int]
    turn: str = ""
    group: str = ""
    chosen: str = ""
    regular: str = ""
    same_as: str = ""
    phone: str = ""


WON = (
    Won("first visit", 2, "FW1001", ("FW-S20-NAV", 1)),
    Won("members 1", 3, "FW1001", ("FW-A24-OAT", 1), group="静安会员群"),
    Won("hubin 1", 4, "FW1004", ("FW-K16-BLU", 1), group="湖滨亲子出行群"),
    Won("members 2", 6, "FW1001", ("FW-NW-BLU", 2), group="静安会员群"),
    Won("hubin 2", 8, "FW1004", ("FW-PC-OAT", 1), group="湖滨亲子出行群"),
    Won("members 3", 9, "FW1001", ("FW-O20-NAV", 1), group="静安会员群"),
    Won("comes back", 9, "", ("FW-T20-NAV", 1), regular="FW1001", same_as="first visit"),
    Won("chosen", 10, "FW1002", ("FW-A24-PIN", 1), chosen="FW1003"),
    Won("offices", 11, "FW1001", ("FW-BD-MOS", 1), group="嘉里白领拼单群"),
    Won("a colleague's phone", 11, "FW1037", ("FW-GB35-CLD", 3), phone="13800002296"),
    Won("members 4", 12, "FW1001", ("FW-P20-OAT", 1), group="静安会员群"),
    Won("left in the basket", 12, "FW1001", ("FW-HD50-NAV", 1), turn="unpaid", same_as="first visit"),
    Won("a neighbour's phone", 13, "FW1010", ("FW-S20-SLT", 1), turn="to be sent", phone="13800001297"),
    Won("handed on 1", 2, "FW1017", ("FW-GB50-PIN", 1)),
    Won("handed on 2", 3, "FW1017", ("FW-PC-PIN", 1)),
)


def won_deals() -> tuple[Deal, ...]:
    return tuple(_deal(number, won) for number, won in enumerate(WON))


def key_of(name: str) -> str:
    """The checkout key of an order of this table."""
    return next(f"story-{won.day:02d}-w{number}" for number, won in enumerate(WON) if won.name == name)


def _deal(number: int, won: Won) -> Deal:
    names = [one.name for one in WON]
    buyer = Buyer(FIRST_BUYER + number, person=FIRST_BUYER + names.index(won.same_as or won.name), own_phone=won.phone)
    return Deal(key=key_of(won.name), day=won.day, clock=time(12, 4 * number), buyer=buyer, basket=(won.piece,), turn=won.turn, road="won",
                via=won.via or None, to_shop=False, visits=(Visit(won.via, 9, group=won.group),) if won.via else (), coupons=(), lag=0, hour=15,
                group=won.group, chosen=won.chosen, regular=won.regular)
