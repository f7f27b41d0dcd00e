"""One order of the story, before it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from demo.buyers import Buyer


@dataclass(frozen=True)
class Visit:
    """Somebody opens a guide's link, so many minutes before the order."""

    guide: str
    minutes_before: int
    robot: bool = False


@dataclass(frozen=True)
class Deal:
    """`key` is the checkout key. `via` is the guide whose link is open at checkout; `lag` and `hour` shape the delivery."""

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
