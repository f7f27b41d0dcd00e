"""A flagship's books in memory, through the same two doors as the real ones, and orders of ours that went there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.catalog.ports import Alone, FlagshipUnreachable, Secrets
from app.domain.flagship_books.models import FlagshipDay, FlagshipDayLine
from app.domain.flagship_books.ports import FlagshipDoors
from app.domain.fulfilment.models import OrderPush, OrderPushLine
from app.domain.fulfilment.ports import Absent, FlagshipOrder, FlagshipOrders, FlagshipShop, Placed, Stage, Unsure
from app.domain.orders.models import Order, OrderLine
from app.extensions import Database
from app.flows.reconcile_flagship import queue_day, reconcile_day
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.sales import paid
from tests.builders.shops import Shop
from tests.conftest import NOON

DAY = date(2026, 11, 22)
"""In Shanghai: 16:00 of the 21st to 16:00 of the 22nd in UTC; NOON is in it."""
NEXT_MORNING = NOON + timedelta(hours=20)


def gone() -> FlagshipUnreachable:
    return FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址")


@dataclass
class MemoryBooks:
    """`listed` False: an order channel without a list. After `answers` answers it is gone; `calls` is what was asked of it. Of those `refused` it
    will not speak, asked one by one."""

    orders: dict[str, FlagshipOrder] = field(default_factory=dict)
    listed: bool = True
    channel: bool = True
    answers: int | None = None
    calls: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def takes(self, kind: str) -> frozenset[str]:
        return frozenset({"orders"} if self.channel else ()) | frozenset({"stock"} if self.listed else ())

    def open_orders(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> FlagshipOrders:
        return self._door(self.channel)

    def open_shop(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> FlagshipShop:
        return self._door(self.listed)

    def _door(self, open_: bool) -> Any:
        if not open_:
            raise Refused("takes_no_orders", "这种来源不接收订单", field="sends_back")
        return _Doors(self)

    def answer(self, call: str) -> None:
        if self.answers is not None and len(self.calls) >= self.answers:
            raise gone()
        self.calls.append(call)

    def has(self, key: str, **values: Any) -> FlagshipOrder:
        """An order there, changed at noon unless told otherwise."""
        facts: dict[str, Any] = {"stage": Stage.PAID, "raw_state": "PAID", "currency": "CNY", "refunded_minor": 0, "placed_at": NOON, "changed_at": NOON}
        self.orders[key] = FlagshipOrder(flagship_order_id=key, **{**facts, **values})
        return self.orders[key]

    def change(self, key: str, **values: Any) -> None:
        self.orders[key] = replace(self.orders[key], **values)


@dataclass
class _Doors:
    books: MemoryBooks

    def orders(self, *, since: datetime, until: datetime) -> Iterator[FlagshipOrder]:
        for one in sorted(self.books.orders.values(), key=lambda one: one.flagship_order_id):
            if one.changed_at is None or since <= one.changed_at <= until:
                self.books.answer(f"listed {one.flagship_order_id}")
                yield one
        self.books.answer("end of list")

    def status(self, flagship_order_id: str) -> FlagshipOrder:
        self.books.answer(f"status {flagship_order_id}")
        if flagship_order_id in self.books.refused:
            raise FlagshipUnreachable("jd_refused", "京东拒绝了接口 %(method)s 的调用（错误码 %(jd_code)s：%(words)s）", method="getOrderDetail", jd_code="999",
                                      words="系统\0异常")
        if flagship_order_id not in self.books.orders:
            raise FlagshipUnreachable("not_found", "旗舰店没有这张订单")
        return self.books.orders[flagship_order_id]

    order = status

    def find(self, number: str) -> Placed | Absent | Unsure:
        self.books.answer(f"find {number}")
        found = next((one for one in self.books.orders.values() if one.outer_number == number), None)
        return Placed(found.flagship_order_id, already=True) if found else Absent()


def a_push(shop: Shop, source_id: UUID, key: str, *, now: datetime = NOON, state: str = "paid_told", books: MemoryBooks | None = None,
           tells_number: bool = True, **theirs: Any) -> OrderPush:
    """A paid order of one case (299.00) and two covers (59.90) without coupons, 418.80 with the shipping of 0.00 of `a_shop`, that went there
    as `key`; and, in `books`, the same there."""
    placed = paid(shop, now, codes=())
    return push_of(shop.session, placed.order_id, source_id, key, now=now, state=state, books=books, tells_number=tells_number, **theirs)


def push_of(session: BrandSession, order_id: UUID, source_id: UUID, key: str, *, now: datetime = NOON, state: str = "paid_told",
            books: MemoryBooks | None = None, tells_number: bool = True, number: str = "", pieces: Mapping[int, int] | None = None,
            **theirs: Any) -> OrderPush:
    """`number` is what makes a second push's differ; `pieces` of a line of so many, where not all of it goes."""
    order = session.scalars(select(Order).where(Order.id == order_id)).one()
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()
    placed = state not in ("waiting", "unsure", "declined", "given_up")
    push = OrderPush(id=new_id(), order_id=order_id, source_id=source_id, number=order.number + number, state=state, flagship_order_id=key if placed else "",
                     goods_minor=0, shipping_minor=order.shipping_minor, currency=order.currency,
                     submitted_at=now, placed_at=now if placed else None, changed_at=now)
    push.lines = [OrderPushLine(id=new_id(), order_line_id=line.id, external_id=line.sku, quantity=(pieces or {}).get(line.quantity, line.quantity), unit_price_minor=line.unit_price_minor)
                  for line in lines]
    push.goods_minor = sum(line.unit_price_minor * line.quantity for line in push.lines)
    session.add(push)
    session.commit()
    if books is not None:
        books.has(key, **{"total_minor": push.goods_minor + push.shipping_minor, "outer_number": push.number if tells_number else "", "placed_at": now,
                          "changed_at": now, **theirs})
    return push


def check(database: Database, books: FlagshipDoors, *, brand_id: int, source_id: UUID, day: date = DAY, now: datetime = NEXT_MORNING, **sizes: int) -> FlagshipDay:
    """Ask for a day and read it; the day as it stands after."""
    with database.transaction(brand_id) as session:
        day_id = queue_day(session, brand_id=brand_id, source_id=source_id, day=day, flagship=books, now=now).id
    return read(database, books, brand_id=brand_id, day_id=day_id, now=now, **sizes)


def read(database: Database, books: FlagshipDoors, *, brand_id: int, day_id: UUID, now: datetime = NEXT_MORNING, **sizes: int) -> FlagshipDay:
    reconcile_day(database, brand_id=brand_id, day_id=day_id, flagship=books, now=now, **sizes)
    with database.transaction(brand_id) as session:
        return session.scalars(select(FlagshipDay).where(FlagshipDay.id == day_id)).one()


def standing(database: Database, day: FlagshipDay) -> list[FlagshipDayLine]:
    with database.transaction(day.brand_id) as session:
        return list(session.scalars(select(FlagshipDayLine).where(FlagshipDayLine.day_id == day.id, FlagshipDayLine.reading == day.reading)
                                    .order_by(FlagshipDayLine.order_key, FlagshipDayLine.kind, FlagshipDayLine.cause)))


def differences(database: Database, day: FlagshipDay) -> set[tuple[str, str]]:
    """(flagship's number, cause) of what does not match."""
    return {(line.flagship_order_id, line.cause) for line in standing(database, day) if line.differs}
