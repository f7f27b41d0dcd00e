"""A flagship's doors, and its word about one push."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from app.domain.catalog.ports import FlagshipUnreachable, NeedsAuthorisation
from app.domain.catalog.secrets import SourceSecrets
from app.domain.flagship_books.ports import FlagshipDoors
from app.domain.flagship_books.rules import Ours
from app.domain.fulfilment.ports import Absent, FlagshipOrder, FlagshipOrders, FlagshipShop, Placed, Unsure
from app.kernel.errors import Refused

Door = TypeVar("Door")


@dataclass(frozen=True, slots=True)
class Doors:
    """`orders`: through which our orders went. `shop`: with a list of what changed. One of them may be closed."""

    orders: FlagshipOrders | None
    shop: FlagshipShop | None

    def order(self, ours: Ours) -> FlagshipOrder | None:
        """The flagship's word about a push; None if it plainly says there is no such order. Raises FlagshipUnreachable."""
        if self.orders is None:
            return self.shop.order(ours.flagship_order_id) if self.shop and ours.flagship_order_id else None
        try:
            return self.orders.status(ours.flagship_order_id) if ours.flagship_order_id else self._by_number(self.orders, ours)
        except NeedsAuthorisation:
            raise
        except FlagshipUnreachable as failure:
            if isinstance(self.orders.find(ours.number), Absent):
                return None
            raise failure from None

    def _by_number(self, orders: FlagshipOrders, ours: Ours) -> FlagshipOrder | None:
        told = orders.find(ours.number)
        if isinstance(told, Unsure):
            raise FlagshipUnreachable(told.code, told.message, **told.data)
        return orders.status(told.flagship_order_id) if isinstance(told, Placed) else None


def open_doors(kind: str, settings: dict[str, object], secrets: SourceSecrets, flagship: FlagshipDoors, *, now: datetime) -> Doors:
    """Calls nobody. Raises Refused where neither door opens."""
    refusals: list[Refused] = []

    def opened(open_: Callable[..., Door]) -> Door | None:
        try:
            return open_(kind, settings, now=now, secrets=secrets, alone=secrets.alone)
        except ValueError:
            raise Refused("secrets_unreadable", "保存的密钥已无法解开，请重新填写") from None
        except Refused as refused:
            refusals.append(refused)
            return None

    doors = Doors(opened(flagship.open_orders), opened(flagship.open_shop))
    if doors.orders is None and doors.shop is None:
        raise refusals[0]
    return doors


def no_orders() -> Refused:
    return Refused("no_orders", "这种来源不能读订单，没有可以核对的", field="source_id")
