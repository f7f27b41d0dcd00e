"""Orders as pages and flows ask for them; `within` is an org path and narrows to stores at or below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, UnaryExpression, func, or_, select
from sqlalchemy.orm import Session

from app.domain.commission.holders import held_shares
from app.domain.commission.models import CommissionLine
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.promotions.queries import activity_names
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered
from app.kernel.texts import clean

from .models import AttributionDecision, Order, OrderLine, Payment, Refund

SORTS: dict[str, UnaryExpression[Any]] = {"new": Order.placed_at.desc(), "old": Order.placed_at.asc(), "amount": Order.total_minor.desc(),
         "small": Order.total_minor.asc()}


@dataclass(frozen=True, slots=True)
class OrderRow:
    order: Order
    guide_name: str | None
    store_name: str | None
    first_title: str
    first_options: dict[str, str]
    product_id: UUID
    quantity: int
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class LineDetail:
    """One order line with who gets what of it, by the name of who holds it now (in the order guide, referrer, units, platform, brand) and why."""

    line: OrderLine
    shares: Sequence[tuple[CommissionLine, str]]
    decision: AttributionDecision | None


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """`activities` names those the lines' prices come from."""

    order: Order
    guide: Guide | None
    store: OrgUnit | None
    lines: Sequence[LineDetail]
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    activities: dict[UUID, str]


ROLE_ORDER = ("guide", "referrer", "store", "fulfilling_store", "dealer", "mall", "region", "platform", "brand")


def locked_order(session: Session, *, brand_id: int, order_id: UUID) -> Order:
    """The order, locked until the transaction ends: everything that changes an order queues here."""
    order = session.scalar(select(Order).where(Order.id == order_id).with_for_update(key_share=True).execution_options(populate_existing=True))
    if order is None:
        raise NotFound("order", order_id)
    return order


def lines_of(session: Session, *, brand_id: int, order_id: UUID) -> list[OrderLine]:
    return list(session.scalars(select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position)))


def scoped_orders(within: str | None) -> Select[Order]:
    """Orders an actor may see: all of the brand's, or those of stores at or below `within`."""
    statement = select(Order)
    if within is not None:
        stores = select(OrgUnit.id).where(OrgUnit.path.startswith(within, autoescape=True))
        statement = statement.where(Order.store_id.in_(stores))
    return statement


def orders_page(session: Session, *, brand_id: int, within: str | None = None, q: str = "", state: str = "", guide_id: UUID | None = None,
                store_id: UUID | None = None, from_: datetime | None = None, to: datetime | None = None, sort: str = "new",
                number: int = 1, size: int = 20) -> Page:
    """Searches number, contact name, phone, title, SKU, guide and store. `state` may be 'refunding' for any order with a refund."""
    statement = scoped_orders(within)
    if state == "refunding":
        statement = statement.where(select(Refund.id).where(Refund.order_id == Order.id, Refund.brand_id == Order.brand_id).exists())
    elif state:
        statement = statement.where(Order.state == state)
    for column, value in ((Order.guide_id, guide_id), (Order.store_id, store_id)):
        if value is not None:
            statement = statement.where(column == value)
    if from_:
        statement = statement.where(Order.placed_at >= from_)
    if to:
        statement = statement.where(Order.placed_at < to)
    if q:
        statement = statement.where(_matches(clean(q)))
    page = numbered(session, statement.order_by(SORTS.get(sort, SORTS["new"]), Order.id.desc()), number=number, size=size)
    return Page(_rows(session, list(page.items)), page.total, page.number, page.size)


def customer_orders(session: Session, *, brand_id: int, customer_id: UUID, number: int = 1, size: int = 10) -> Page:
    """A customer's own orders as OrderRow, newest first."""
    statement = select(Order).where(Order.brand_id == brand_id, Order.customer_id == customer_id).order_by(Order.placed_at.desc(), Order.id.desc())
    page = numbered(session, statement, number=number, size=size)
    return Page(_rows(session, list(page.items)), page.total, page.number, page.size)


def _matches(q: str) -> ColumnElement[bool]:
    like = "%" + "".join("\\" + letter if letter in "%_\\" else letter for letter in q) + "%"
    lines = select(OrderLine.id).where(OrderLine.order_id == Order.id, OrderLine.brand_id == Order.brand_id,
                                       or_(OrderLine.title.ilike(like), OrderLine.sku.ilike(like))).exists()
    guides, stores = (select(table.id).where(table.name.ilike(like)) for table in (Guide, OrgUnit))
    return or_(Order.number.like(like), Order.contact["name"].astext.ilike(like), Order.contact["phone"].astext.like(like), lines,
               Order.guide_id.in_(guides), Order.store_id.in_(stores))


def _rows(session: Session, orders: Sequence[Order]) -> list[OrderRow]:
    ids = [order.id for order in orders]
    first: dict[UUID, OrderLine] = {}
    totals: dict[UUID, tuple[int, int]] = {}
    for line in session.scalars(select(OrderLine).where(OrderLine.order_id.in_(ids)).order_by(OrderLine.position)):
        first.setdefault(line.order_id, line)
        quantity, refunded = totals.get(line.order_id, (0, 0))
        totals[line.order_id] = (quantity + line.quantity, refunded + line.refunded_minor)
    guides = _names(session, Guide, [order.guide_id for order in orders])
    stores = _names(session, OrgUnit, [order.store_id for order in orders])
    return [OrderRow(order, guides.get(order.guide_id), stores.get(order.store_id), first[order.id].title, first[order.id].options,
                     first[order.id].product_id, totals[order.id][0], totals[order.id][1] + order.shipping_refunded_minor)
            for order in orders if order.id in first]


def _names(session: Session, table: type[Guide] | type[OrgUnit], ids: Sequence[UUID | None]) -> dict[UUID | None, str]:
    return {row[0]: row[1] for row in session.execute(select(table.id, table.name).where(table.id.in_([i for i in ids if i])))}


def order_detail(session: Session, *, brand_id: int, order_id: UUID, within: str | None = None) -> OrderDetail:
    """Everything about one order; out of scope is not found."""
    order = session.scalar(scoped_orders(within).where(Order.id == order_id))
    if order is None:
        raise NotFound("order", order_id)
    lines = lines_of(session, brand_id=brand_id, order_id=order.id)
    ids = [line.id for line in lines]
    shares: dict[UUID, list[tuple[CommissionLine, str]]] = {line_id: [] for line_id in ids}
    statement = select(CommissionLine).where(CommissionLine.brand_id == brand_id, CommissionLine.order_line_id.in_(ids))
    held = {one.id: one.payee_name for one in held_shares(session, brand_id=brand_id, line_ids=ids)}
    for share in session.scalars(statement):
        shares[share.order_line_id].append((share, held[share.id]))
    latest = select(AttributionDecision).where(AttributionDecision.order_line_id.in_(ids)).order_by(AttributionDecision.version)
    decisions = {decision.order_line_id: decision for decision in session.scalars(latest)}
    details = [LineDetail(line, sorted(shares[line.id], key=lambda s: ROLE_ORDER.index(s[0].role)), decisions.get(line.id)) for line in lines]
    return OrderDetail(
        order, session.scalar(select(Guide).where(Guide.id == order.guide_id)) if order.guide_id else None,
        session.scalar(select(OrgUnit).where(OrgUnit.id == order.store_id)) if order.store_id else None, details,
        list(session.scalars(select(Payment).where(Payment.order_id == order.id).order_by(Payment.id))),
        list(session.scalars(select(Refund).where(Refund.order_id == order.id).order_by(Refund.requested_at))),
        activity_names(session, brand_id=brand_id, ids={line.activity_id for line in lines if line.activity_id}))


def order_by_number(session: Session, *, brand_id: int, number: str) -> Order:
    order = session.scalar(select(Order).where(Order.number == clean(number)))
    if order is None:
        raise NotFound("order", number)
    return order


def count_by_state(session: Session, *, brand_id: int, within: str | None = None) -> dict[str, int]:
    """Orders by state, for the tabs of the list."""
    inner = scoped_orders(within).with_only_columns(Order.state).subquery()
    return {row[0]: row[1] for row in session.execute(select(inner.c.state, func.count()).group_by(inner.c.state))}


def failed_refunds(session: Session, *, brand_id: int, within: str | None = None) -> int:
    """Of which the shopper has not got her money, and somebody has to see to it."""
    visible = scoped_orders(within).with_only_columns(Order.id)
    return session.scalar(select(func.count()).select_from(Refund).where(
        Refund.brand_id == brand_id, Refund.state == "failed", Refund.order_id.in_(visible))) or 0
