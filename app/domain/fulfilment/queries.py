"""Pushes as pages, flows and jobs ask for them; `within` is an org path and narrows to orders of stores at or below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, UnaryExpression, func, or_, select
from sqlalchemy.orm import Session

from app.domain.catalog.models import FlagshipSource
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.queries import scoped_orders
from app.kernel.db import gather
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered
from app.kernel.texts import clean

from .models import OrderPush, OrderPushEvent, OrderPushLine, StockWrite
from .rules import CLOSED

SOLD_THERE = """
SELECT external_id, sum(pieces)::int FROM (
  SELECT t.external_id, least(t.quantity - t.shipped_quantity, l.quantity - l.refunded_quantity - l.shipped_quantity) AS pieces
  FROM order_pushes p JOIN order_push_lines t ON t.brand_id = p.brand_id AND t.push_id = p.id
  JOIN order_lines l ON l.brand_id = t.brand_id AND l.id = t.order_line_id JOIN orders o ON o.brand_id = l.brand_id AND o.id = l.order_id
  WHERE p.brand_id = %(brand_id)s AND p.source_id = %(source_id)s AND p.state IN ('placed', 'paid_told', 'cancel_asked') AND p.placed_at < %(before)s
  AND o.state IN ('paid', 'partly_shipped')
  UNION ALL
  SELECT w.external_id, least(-sum(w.by), l.quantity - l.refunded_quantity - l.shipped_quantity)
  FROM stock_writes w JOIN order_lines l ON l.brand_id = w.brand_id AND l.id = w.order_line_id JOIN orders o ON o.brand_id = l.brand_id AND o.id = l.order_id
  WHERE w.brand_id = %(brand_id)s AND w.source_id = %(source_id)s AND w.state = 'done' AND w.changed_at < %(before)s AND o.state IN ('paid', 'partly_shipped')
  GROUP BY w.external_id, l.id, l.quantity, l.refunded_quantity, l.shipped_quantity) counted
WHERE pieces > 0 GROUP BY external_id"""
SORTS: dict[str, UnaryExpression[Any]] = {"new": OrderPush.id.desc(), "old": OrderPush.id.asc(), "checked": OrderPush.checked_at.asc().nulls_first()}


@dataclass(frozen=True, slots=True)
class PushRow:
    push: OrderPush
    order: Order
    source: FlagshipSource


@dataclass(frozen=True, slots=True)
class StockRow:
    write: StockWrite
    line: OrderLine
    order: Order
    source: FlagshipSource


def order_push(session: Session, *, brand_id: int, push_id: UUID, within: str | None = None, lock: bool = False) -> OrderPush:
    """Locked after its order, which everything that changes an order queues for."""
    allowed = scoped_orders(within).with_only_columns(Order.id)
    found = session.scalar(select(OrderPush).where(OrderPush.brand_id == brand_id, OrderPush.id == push_id, OrderPush.order_id.in_(allowed)))
    if found is None:
        raise NotFound("order_push", push_id)
    if lock:
        session.refresh(found, with_for_update=True)
    return found


def pushes_of(session: Session, *, brand_id: int, order_id: UUID, lock: bool = False) -> list[OrderPush]:
    statement = select(OrderPush).where(OrderPush.brand_id == brand_id, OrderPush.order_id == order_id).order_by(OrderPush.id)
    return list(session.scalars(statement.with_for_update().execution_options(populate_existing=True) if lock else statement))


def with_the_flagship(session: Session, *, brand_id: int, order_id: UUID, lock: bool = False) -> dict[UUID, OrderPush]:
    """Order lines of which pieces are still to be sent by a flagship, each with the push that holds it."""
    held = {}
    for push in pushes_of(session, brand_id=brand_id, order_id=order_id, lock=lock):
        if push.state not in CLOSED:
            held.update({line.order_line_id: push for line in push.lines if line.shipped_quantity < line.quantity})
    return held


def histories(session: Session, *, brand_id: int, push_ids: Sequence[UUID]) -> dict[UUID, list[OrderPushEvent]]:
    """Newest first."""
    found: dict[UUID, list[OrderPushEvent]] = {push_id: [] for push_id in push_ids}
    for event in session.scalars(select(OrderPushEvent).where(OrderPushEvent.brand_id == brand_id, OrderPushEvent.push_id.in_(push_ids))
                                 .order_by(OrderPushEvent.id.desc())):
        found[event.push_id].append(event)
    return found


def stock_writes_of(session: Session, *, brand_id: int, order_id: UUID) -> list[StockWrite]:
    lines = select(OrderLine.id).where(OrderLine.order_id == order_id)
    return list(session.scalars(select(StockWrite).where(StockWrite.brand_id == brand_id, StockWrite.order_line_id.in_(lines)).order_by(StockWrite.id)))


def push_rows(session: Session, *, brand_id: int, within: str | None = None, state: str = "", source_id: UUID | None = None, q: str = "",
              trouble: bool = False, sort: str = "new", number: int = 1) -> Page:
    """Of PushRow. `q` is a part of our number, the order's or the flagship's."""
    statement = _joined(within)
    if state:
        statement = statement.where(OrderPush.state == state)
    if trouble:
        statement = statement.where(OrderPush.trouble != "")
    if source_id:
        statement = statement.where(OrderPush.source_id == source_id)
    if wanted := clean(q):
        statement = statement.where(or_(*(column.contains(wanted, autoescape=True) for column in (
            OrderPush.number, OrderPush.flagship_order_id, Order.number))))
    page = numbered(session, statement.order_by(SORTS.get(sort, SORTS["new"])), number=number)
    return Page([PushRow(*row) for row in page.items], page.total, page.number, page.size)


def stock_rows(session: Session, *, brand_id: int, within: str | None = None, state: str = "", source_id: UUID | None = None, q: str = "",
               trouble: bool = False, number: int = 1) -> Page:
    """Of StockRow, newest first. `q` is a part of the order's number or of the SKU."""
    allowed = scoped_orders(within).with_only_columns(Order.id)
    statement = select(StockWrite, OrderLine, Order, FlagshipSource).join(
        OrderLine, (OrderLine.id == StockWrite.order_line_id) & (OrderLine.brand_id == StockWrite.brand_id)).join(
        Order, (Order.id == OrderLine.order_id) & (Order.brand_id == OrderLine.brand_id)).join(
        FlagshipSource, (FlagshipSource.id == StockWrite.source_id) & (FlagshipSource.brand_id == StockWrite.brand_id)).where(Order.id.in_(allowed))
    if state:
        statement = statement.where(StockWrite.state == state)
    if trouble:
        statement = statement.where(StockWrite.state.in_(("declined", "given_up")))
    if source_id:
        statement = statement.where(StockWrite.source_id == source_id)
    if wanted := clean(q):
        statement = statement.where(or_(*(column.contains(wanted, autoescape=True) for column in (Order.number, OrderLine.sku))))
    page = numbered(session, statement.order_by(StockWrite.id.desc()), number=number)
    return Page([StockRow(*row) for row in page.items], page.total, page.number, page.size)


def need_a_person(session: Session, *, brand_id: int, within: str | None = None) -> tuple[int, int]:
    """(pushes, stock writes) that go on only when somebody decides."""
    allowed = scoped_orders(within).with_only_columns(Order.id)
    lines = select(OrderLine.id).where(OrderLine.order_id.in_(allowed))
    pushes = session.scalar(select(func.count()).select_from(OrderPush).where(OrderPush.trouble != "", OrderPush.order_id.in_(allowed))) or 0
    writes = session.scalar(select(func.count()).select_from(StockWrite).where(
        StockWrite.state.in_(("declined", "given_up")), StockWrite.order_line_id.in_(lines))) or 0
    return pushes, writes


def open_at(session: Session, *, brand_id: int, source_id: UUID) -> int:
    """Pushes of the source that are under way."""
    return session.scalar(select(func.count()).select_from(OrderPush).where(
        OrderPush.source_id == source_id, OrderPush.state.not_in([*CLOSED, "shipped"]))) or 0


def sold_there(session: Session, *, brand_id: int, source_id: UUID, before: datetime) -> dict[str, int]:
    """Pieces the flagship had taken out of its stock for our orders before that moment, by its variant id; they are still reserved here.

    What it lists is less by them: read as it stands, each would be missing twice until it is sent.
    """
    return dict(gather(session, (SOLD_THERE, {"brand_id": brand_id, "source_id": source_id, "before": before}))[0])


def due_pushes(session: Session, *, brand_id: int, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(push, its source) of those whose turn has come, the longest waiting first."""
    return [(row[0], row[1]) for row in session.execute(select(OrderPush.id, OrderPush.source_id).where(
        OrderPush.brand_id == brand_id, OrderPush.next_at <= now).order_by(OrderPush.next_at).limit(most))]


def due_writes(session: Session, *, brand_id: int, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(stock write, its source) in the same way."""
    return [(row[0], row[1]) for row in session.execute(select(StockWrite.id, StockWrite.source_id).where(
        StockWrite.brand_id == brand_id, StockWrite.next_at <= now).order_by(StockWrite.next_at).limit(most))]


def told_lines(session: Session, *, brand_id: int, push_id: UUID) -> list[tuple[OrderPushLine, OrderLine]]:
    return [(line, bought) for line, bought in session.execute(select(OrderPushLine, OrderLine).join(
        OrderLine, (OrderLine.id == OrderPushLine.order_line_id) & (OrderLine.brand_id == OrderPushLine.brand_id)).where(
        OrderPushLine.push_id == push_id).order_by(OrderLine.position))]


def _joined(within: str | None) -> Select[OrderPush, Order, FlagshipSource]:
    return select(OrderPush, Order, FlagshipSource).join(Order, (Order.id == OrderPush.order_id) & (Order.brand_id == OrderPush.brand_id)).join(
        FlagshipSource, (FlagshipSource.id == OrderPush.source_id) & (FlagshipSource.brand_id == OrderPush.brand_id)).where(
        Order.id.in_(scoped_orders(within).with_only_columns(Order.id)))
