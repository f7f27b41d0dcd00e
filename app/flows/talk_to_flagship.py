"""One errand of a worker at a flagship, outside of any transaction: submit, ask, tell it is paid, look, call off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.catalog.ports import FlagshipUnreachable, NeedsAuthorisation, Transactions
from app.domain.catalog.secrets import SourceSecrets
from app.domain.fulfilment.actions import Told
from app.domain.fulfilment.areas import IDS, NAMES, Area, look_up, remember_areas
from app.domain.fulfilment.ports import (
    Absent,
    Declined,
    Done,
    FlagshipDoors,
    FlagshipOrder,
    FlagshipOrders,
    Pending,
    Placed,
    Stage,
    Track,
    Unsure,
    WantedOrder,
)
from app.kernel.errors import Invalid, Refused, msgid

AREA_UNKNOWN = msgid("旗舰店不认识收货地区“%(place)s”，请在来源页的地区编号表里补上它，再重试")
ON_ITS_WAY = frozenset({Stage.PREPARING, Stage.SHIPPED, Stage.DELIVERED})


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing was done and nothing was said: not connected, not permitted, called too often. `retry_at`: not before then."""

    told: Told
    locked_out: bool = False
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    order: FlagshipOrder
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer, and the shipping we told."""

    answer: Placed | Declined | Unsure
    shipping_minor: int


Answer = Submitted | Placed | Absent | Done | Pending | Declined | Unsure | Seen | Silent


@dataclass(frozen=True, slots=True)
class Shop:
    """A source as a worker opens it."""

    source_id: UUID
    kind: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Errand:
    """`step` is submit, find, pay, look or cancel. `address` is the shopper's, `area` the flagship's ids of it where they are known."""

    push_id: UUID
    claim: UUID
    step: str
    shop: Shop
    flagship_order_id: str
    sent: bool
    wanted: WantedOrder
    address: Mapping[str, str]
    area: Area | None


def go(errand: Errand, *, database: Transactions, brand_id: int, flagship: FlagshipDoors, now: datetime) -> Answer:
    """What the flagship says; every way of not getting an answer is an answer too."""
    secrets = SourceSecrets(database, brand_id, errand.shop.source_id)
    how: dict[str, Any] = {"now": now, "secrets": secrets, "alone": secrets.alone}
    try:
        orders = flagship.open_orders(errand.shop.kind, errand.shop.settings, **how)
        if errand.step == "submit":
            return _submit(errand, orders, flagship, how, database, brand_id)
        return _ask(errand, orders)
    except FlagshipUnreachable as failure:
        return silent(failure)
    except Refused as refused:
        first = refused.errors[0] if isinstance(refused, Invalid) else refused
        return Silent((first.code, first.message, first.data))


def silent(failure: FlagshipUnreachable) -> Silent:
    asked = failure.data.get("retry_at")
    return Silent((failure.code, failure.message, failure.data), isinstance(failure, NeedsAuthorisation),
                  datetime.fromisoformat(asked) if isinstance(asked, str) else None)


def _ask(errand: Errand, orders: FlagshipOrders) -> Answer:
    key = errand.flagship_order_id
    match errand.step:
        case "find":
            return orders.find(errand.wanted.number)
        case "pay":
            return orders.tell_paid(key)
        case "cancel":
            return orders.cancel(key, shipped=errand.sent)
        case _:
            order = orders.status(key)
            return Seen(order, orders.tracks(key) if order.stage in ON_ITS_WAY else ())


def _submit(errand: Errand, orders: FlagshipOrders, flagship: FlagshipDoors, how: dict[str, Any], database: Transactions, brand_id: int) -> Answer:
    area = errand.area
    book = flagship.open_areas(errand.shop.kind, errand.shop.settings, **how)
    if area is None and book is not None:
        found = look_up(book, errand.address)
        if found is None:
            place = " ".join(errand.address.get(name, "") for name in NAMES[:3])
            return Declined("area_unknown", AREA_UNKNOWN, {"place": place.strip()})
        area, names = found
        with database.transaction(brand_id) as session:
            remember_areas(session, brand_id=brand_id, source_id=errand.shop.source_id,
                           rows=[dict(zip((*NAMES, *IDS), (*names, *area), strict=True))])
    wanted = replace(errand.wanted, destination=replace(errand.wanted.destination, area=area or (0, 0, 0, 0)))
    wanted = replace(wanted, shipping_minor=orders.shipping_minor(wanted))
    return Submitted(orders.submit(wanted), wanted.shipping_minor)
