"""What fulfilment asks of a flagship: to take an order, to say how it fares, to lay goods aside and to note our parcels.

An answer that got lost is an answer of its own, `Unsure`, because the order may exist there. FlagshipUnreachable is raised by
what only reads, and by the rest where nothing was done: not connected, not permitted, called too often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.domain.catalog.ports import Alone, Secrets


class Stage(StrEnum):
    """Where an order stands at the flagship. `unknown` is a state we have no word for: a person looks at it."""

    SUBMITTED = "submitted"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    PREPARING = "preparing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    REFUSED = "refused"
    LOCKED = "locked"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


ORDER_STATE: Mapping[Stage, str] = {
    Stage.SUBMITTED: "pending_payment", Stage.AWAITING_PAYMENT: "pending_payment", Stage.PAID: "paid", Stage.PREPARING: "paid",
    Stage.SHIPPED: "shipped", Stage.DELIVERED: "delivered", Stage.CANCELLED: "cancelled",
}
"""The state of our own order that goes with it; without one (refused, locked, unknown) a person decides."""
PAID_STAGES = frozenset({Stage.PAID, Stage.PREPARING, Stage.SHIPPED, Stage.DELIVERED})


@dataclass(frozen=True, slots=True)
class WantedLine:
    """`external_id` is the flagship's variant id; the price is what we believe it asks."""

    external_id: str
    quantity: int
    unit_price_minor: int
    title: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Who receives it and where: `address` is all of it in one line, below that its parts as far as they are known. `area` holds the
    flagship's own ids of province, city, county and town, from the top; zeros for a kind that needs none."""

    name: str
    mobile: str
    address: str
    area: tuple[int, int, int, int]
    country: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class WantedOrder:
    """`number` is ours and never used twice: by it the flagship knows a repeated order for the same. `channel` is how it was sold (R28),
    for a flagship that can tag its orders."""

    number: str
    lines: tuple[WantedLine, ...]
    shipping_minor: int
    currency: str
    destination: Destination
    shopper_ip: str = "127.0.0.1"
    channel: str = ""

    @property
    def goods_minor(self) -> int:
        return sum(line.unit_price_minor * line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True)
class Placed:
    """The order exists there; `already` when it did before this call."""

    flagship_order_id: str
    already: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """The flagship says it has no such order."""


@dataclass(frozen=True, slots=True)
class Done:
    """It is so now, by this call or an earlier one."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Taken, and decided later: ask for the status."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A clear no without effect. `code` is price_changed, out_of_stock, not_sellable, amount_differs, not_found, wrong_state, no_balance,
    bad_request or other; `message` a msgid filled from `data`."""

    code: str
    message: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody knows whether it took effect. Ask again later; never act as if it had failed."""

    code: str
    message: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlagshipLine:
    external_id: str
    quantity: int
    unit_price_minor: int | None


@dataclass(frozen=True, slots=True)
class FlagshipOrder:
    """An order as the flagship has it. `raw_state` is its own word. `mobile_masked` is the only trace of the shopper.

    `refunded_minor` is what went back to the shopper so far, `fee_minor` what the flagship or its payment keeps; None: it does not tell.
    """

    flagship_order_id: str
    stage: Stage
    raw_state: str
    lines: tuple[FlagshipLine, ...] = ()
    total_minor: int | None = None
    shipping_minor: int | None = None
    discount_minor: int | None = None
    root_order_id: str = ""
    outer_number: str = ""
    tracking_no: str = ""
    mobile_masked: str = ""
    placed_at: datetime | None = None
    paid_at: datetime | None = None
    changed_at: datetime | None = None
    ended_at: datetime | None = None
    refunded_minor: int | None = None
    fee_minor: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class TrackStep:
    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    """A parcel on its way; steps in time order. `lines` is what is in it, (external id, pieces), for flagships that send in parts and
    say so; () is all that has not been sent before."""

    carrier: str
    tracking_no: str
    steps: tuple[TrackStep, ...]
    lines: tuple[tuple[str, int], ...] = ()
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AfterSaleAsked:
    service_id: str


@dataclass(frozen=True, slots=True)
class AfterSaleNow:
    """`raw_state` is the flagship's own word for where the case stands."""

    service_id: str
    raw_state: str
    refund_minor: int | None


@dataclass(frozen=True, slots=True)
class WantedAfterSale:
    """`kind` is return or exchange."""

    flagship_order_id: str
    external_id: str
    quantity: int
    kind: str
    reason: str


class FlagshipOrders(Protocol):
    """A flagship that takes our orders and ships them."""

    def submit(self, order: WantedOrder) -> Placed | Declined | Unsure:
        """Places it once, however often it is called: it asks before it submits, and after a lost answer."""
        ...

    def find(self, number: str) -> Placed | Absent | Unsure:
        """By our number."""
        ...

    def tell_paid(self, flagship_order_id: str) -> Done | Declined | Unsure: ...

    def status(self, flagship_order_id: str) -> FlagshipOrder: ...

    def tracks(self, flagship_order_id: str) -> tuple[Track, ...]: ...

    def cancel(self, flagship_order_id: str, *, shipped: bool = False) -> Done | Pending | Declined | Unsure:
        """`shipped`: the parcel is on its way and is to be called back."""
        ...

    def ask_after_sale(self, wanted: WantedAfterSale) -> AfterSaleAsked | Declined | Unsure: ...

    def after_sale(self, service_id: str) -> AfterSaleNow: ...

    def shipping_minor(self, order: WantedOrder) -> int: ...

    def in_stock(self, lines: tuple[WantedLine, ...], destination: Destination) -> Mapping[str, bool]:
        """By external id: can so many be sent there now?"""
        ...


class FlagshipShop(Protocol):
    """The brand's own shop at the flagship: its stock and its orders, which we may ship from a store."""

    def set_stock(self, external_id: str, count: int) -> Done | Declined | Unsure: ...

    def change_stock(self, external_id: str, by: int, *, key: str) -> Done | Declined | Unsure:
        """Once per `key`, however often it is called."""
        ...

    def set_price(self, external_id: str, price_minor: int) -> Done | Declined | Unsure: ...

    def ship(self, flagship_order_id: str, *, carrier: str = "", tracking_no: str = "") -> Done | Declined | Unsure:
        """`carrier` "" is our own delivery, for which a number is not needed."""
        ...

    def order(self, flagship_order_id: str) -> FlagshipOrder: ...

    def orders(self, *, since: datetime, until: datetime) -> Iterator[FlagshipOrder]:
        """Orders whose last change lies between, some of them twice; the later one counts. One that changed again after `until` is left to the
        next reading: whoever wants all that happened in a time reads up to now."""
        ...


class AreaBook(Protocol):
    """The flagship's own list of places, for one that takes no address without their ids."""

    def below(self, place_id: int, level: int) -> Mapping[str, int]:
        """The places of level 1 (provinces, below 0), 2 (cities), 3 (districts), 4 (towns) below one, by name."""
        ...


class FlagshipDoors(Protocol):
    """Opens what a kind of flagship can do beyond being read; each opening fetches nothing and raises Refused for settings that do not reach."""

    def takes(self, kind: str) -> frozenset[str]:
        """What can go back to it: orders, stock."""
        ...

    def open_orders(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> FlagshipOrders: ...

    def open_shop(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> FlagshipShop: ...

    def open_areas(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> AreaBook | None:
        """None for a kind that asks for no ids of places."""
        ...
