"""One order of the story, before it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from demo.buyers import Buyer


@dataclass(frozen=True)
class Visit:
    """Somebody opens a guide's link, so many minutes before the order; `group` names the chat group it was posted in."""

    guide: str
    minutes_before: int
    robot: bool = False
    group: str = ""


ONE_ACCOUNT = ("FW1010", 7)
"""Whose sales one account pays for, from which day on."""


@dataclass(frozen=True)
class Deal:
    """`key` is the checkout key. `via` is the guide whose link is open at checkout; `lag` and `hour` shape the delivery.

    `group` is the chat group of that link, `chosen` the staff number typed at checkout, `regular` the guide whose customer she is
    by an earlier order.
    """

    key: str
    day: int
    clock: time
    buyer: Buyer
    basket: tuple[tuple[str, int], ...]
    turn: str
    road: str
    via: str | None
    to_shop: bool
    visits: tuple[Visit, ...]
    coupons: tuple[str, ...]
    lag: int
    hour: int
    group: str = ""
    chosen: str = ""
    regular: str = ""

    @property
    def payer(self) -> str:
        """The account it is paid from: her own, but for what one guide sold in the second week."""
        guide, since = ONE_ACCOUNT
        return f"account of {guide}'s friend" if self.via == guide and self.day >= since else self.buyer.contact["phone"]
