"""Orders told by name, beside those that plan.py draws: what comes after a sale needs this guide, this thing, this day.

Turns, beyond those of story.py:
  asked          a return is asked for today; nobody has answered
  asked, yes     a return is agreed; the goods are on their way
  asked, no      a return is refused, with the reason
  exchanged      another colour of the same price goes out, no money moves
  sent back      one of two comes back and its money goes
  bank asks      the shopper's bank asks for the payment back; undecided, so nothing of the order settles (R12)
  bank took it   the bank takes the payment after the commission was paid out: the guide owes it (R14)
"""

from __future__ import annotations

from datetime import time

from demo.buyers import Buyer
from demo.deals import Deal, Visit

FIRST_BUYER = 901
SWAP = {"FW-BC22-NAV": "FW-BC22-SLT"}
"""What is sent in exchange."""
FOUR_FUNDERS = ("NEW30", "TRIP20", "JINGAN20", "XIAOYUN10")
TOLD = (
    (1, "FW1035", ("FW-F20-INK", 1), "bank took it", ()),
    (1, "FW1039", ("FW-G28-SIL", 8), "", ()),
    (1, "FW1040", ("FW-HT-OAT", 1), "", ()),
    (2, "FW1036", ("FW-P20-PIN", 1), "bank asks", ()),
    (2, "FW1007", ("FW-P20-CLD", 1), "", ()),
    (3, "FW1002", ("FW-BC22-NAV", 1), "exchanged", ()),
    (4, "FW1038", ("FW-HD50-NAV", 2), "sent back", ()),
    (5, "FW1005", ("FW-BT-INK", 1), "asked, no", ()),
    (6, "FW1001", ("FW-X24-NAV", 1), "", FOUR_FUNDERS),
    (7, "FW1037", ("FW-X28-SLT", 1), "asked, yes", ()),
    (8, "FW1034", ("FW-BH38-SLT", 1), "asked", ()),
    (8, "FW1001", ("FW-BR-INK", 1), "a bump", ("XIAOYUN10",)),
    (10, "FW1014", ("FW-E20-INK", 1), "ship from store", ()),
    (12, "FW1006", ("FW-B26-FOG", 1), "", ()),
)
"""Day, whose link, what, its turn, coupons."""


def told_deals() -> tuple[Deal, ...]:
    return tuple(
        Deal(key=f"story-{day:02d}-t{number}", day=day, clock=time(11, 3 * number), buyer=Buyer(FIRST_BUYER + number), basket=(piece,), turn=turn, road="told",
             via=guide, to_shop=False, visits=(Visit(guide, 8),), coupons=coupons, lag=0, hour=14)
        for number, (day, guide, piece, turn, coupons) in enumerate(TOLD))
