"""Cases and chargebacks as pages and flows ask for them; `within` is an org path and narrows to orders of stores below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, UnaryExpression, func, or_, select
from sqlalchemy.orm import Session

from app.domain.orders.models import Order, OrderLine, Refund
from app.domain.orders.queries import locked_order, scoped_orders
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered
from app.kernel.texts import clean

from .evidence import UNDECIDED
from .models import AfterSale, AfterSaleLine, Chargeback
from .rules import OPEN, Swap, worth

T = TypeVar("T", AfterSale, Chargeback)
CASE_SORTS: dict[str, UnaryExpression[Any]] = {"-at": AfterSale.requested_at.desc(), "at": AfterSale.requested_at.asc()}
CHARGEBACK_SORTS: dict[str, UnaryExpression[Any]] = {
    "answer_by": Chargeback.answer_by.asc().nulls_last(), "-answer_by": Chargeback.answer_by.desc().nulls_last(),
    "-at": Chargeback.opened_at.desc(), "at": Chargeback.opened_at.asc(), "-amount": Chargeback.amount_minor.desc(), "amount": Chargeback.amount_minor.asc()}


UNANSWERED = Chargeback.answered_at.is_(None) & Chargeback.asked_at.is_(None)


@dataclass(frozen=True, slots=True)
class CaseRow:
    case: AfterSale
    order: Order


@dataclass(frozen=True, slots=True)
class ChargebackRow:
    chargeback: Chargeback
    order: Order


def _orders_in(within: str | None) -> Select[UUID]:
    return scoped_orders(within).with_only_columns(Order.id)


def _one(session: Session, table: type[T], key: UUID, within: str | None) -> T:
    """A case or chargeback as it stands now; out of scope is not found."""
    row = session.scalar(select(table).where(table.id == key, table.order_id.in_(_orders_in(within))).execution_options(populate_existing=True))
    if row is None:
        raise NotFound(table.__tablename__, key)
    return row


def _locked(session: Session, table: type[T], brand_id: int, key: UUID) -> tuple[Order, T]:
    """Behind its order's lock, where everything that changes an order queues; read again once the lock is held."""
    order = locked_order(session, brand_id=brand_id, order_id=_one(session, table, key, None).order_id)
    return order, _one(session, table, key, None)


def _all(session: Session, table: type[T], order_id: UUID, newest: UnaryExpression[Any]) -> list[T]:
    return list(session.scalars(select(table).where(table.order_id == order_id).order_by(newest, table.id.desc())
                                .execution_options(populate_existing=True)))


def case_of(session: Session, *, brand_id: int, after_sale_id: UUID, within: str | None = None) -> AfterSale:
    return _one(session, AfterSale, after_sale_id, within)


def locked_case(session: Session, *, brand_id: int, after_sale_id: UUID) -> tuple[Order, AfterSale]:
    return _locked(session, AfterSale, brand_id, after_sale_id)


def cases_of(session: Session, *, brand_id: int, order_id: UUID) -> list[AfterSale]:
    """All cases of an order, newest first."""
    return _all(session, AfterSale, order_id, CASE_SORTS["-at"])


def open_cases(session: Session, *, brand_id: int, order_id: UUID) -> list[AfterSale]:
    return [case for case in cases_of(session, brand_id=brand_id, order_id=order_id) if case.state in OPEN]


def cases_page(session: Session, *, brand_id: int, within: str | None = None, q: str = "", state: str = "", kind: str = "",
               from_: datetime | None = None, to: datetime | None = None, sort: str = "-at", number: int = 1) -> Page:
    """Searches the case's and the order's number, reason, contact and return parcel. `state` may be 'open'."""
    statement = (select(AfterSale, Order).join(Order, (Order.id == AfterSale.order_id) & (Order.brand_id == AfterSale.brand_id))
                 .where(AfterSale.brand_id == brand_id, AfterSale.order_id.in_(_orders_in(within))))
    if q := clean(q):
        statement = statement.where(or_(*(column.icontains(q, autoescape=True) for column in (
            AfterSale.number, AfterSale.reason, AfterSale.return_tracking_no, Order.number, Order.contact["name"].astext, Order.contact["phone"].astext))))
    if state:
        statement = statement.where(AfterSale.state.in_(OPEN) if state == "open" else AfterSale.state == state)
    if kind:
        statement = statement.where(AfterSale.kind == kind)
    if from_:
        statement = statement.where(AfterSale.requested_at >= from_)
    if to:
        statement = statement.where(AfterSale.requested_at < to)
    page = numbered(session, statement.order_by(CASE_SORTS.get(sort, CASE_SORTS["-at"]), AfterSale.id.desc()), number=number)
    return Page([CaseRow(*row) for row in page.items], page.total, page.number, page.size)


def case_counts(session: Session, *, brand_id: int, within: str | None = None) -> dict[str, int]:
    """Cases by state."""
    rows = session.execute(select(AfterSale.state, func.count()).where(AfterSale.brand_id == brand_id, AfterSale.order_id.in_(_orders_in(within)))
                           .group_by(AfterSale.state))
    return {row[0]: row[1] for row in rows}


def case_amounts(session: Session, *, brand_id: int, cases: Sequence[AfterSale]) -> dict[UUID, int]:
    """Minor units a case asks for, or has given back once it is refunded; an exchange asks for none."""
    given = dict(session.execute(select(Refund.id, Refund.amount_minor).where(Refund.id.in_([case.refund_id for case in cases if case.refund_id]))).all())
    line_ids = [line.order_line_id for case in cases for line in case.lines]
    bought = {line.id: line for line in session.scalars(select(OrderLine).where(OrderLine.id.in_(line_ids)))}
    return {case.id: given[case.refund_id] if case.refund_id else case.shipping_minor + sum(
        worth(bought[line.order_line_id], line.quantity, line.amount_minor) for line in case.lines if case.kind != "exchange") for case in cases}


def swaps_of(session: Session, *, brand_id: int, order_line_id: UUID) -> list[Swap]:
    """What came back of a line and what went out for it, oldest first."""
    rows = session.execute(
        select(AfterSaleLine.quantity, AfterSaleLine.exchange_variant_id, AfterSale.state)
        .join(AfterSale, (AfterSale.id == AfterSaleLine.after_sale_id) & (AfterSale.brand_id == AfterSaleLine.brand_id))
        .where(AfterSaleLine.order_line_id == order_line_id, AfterSaleLine.restocked.is_not(None)).order_by(AfterSale.returned_at, AfterSale.id))
    return [Swap(quantity, variant_id if state == "exchanged" else None) for quantity, variant_id, state in rows]


def exchange_parcels(session: Session, *, brand_id: int, order_id: UUID) -> set[UUID]:
    """Parcels that carry goods in exchange: they fulfil a case, not the order."""
    return set(session.scalars(select(AfterSale.fulfilment_id).where(AfterSale.order_id == order_id, AfterSale.fulfilment_id.is_not(None))))


def frozen_lines(session: Session, *, brand_id: int, order_line_ids: Sequence[UUID], order_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Lines (and orders) whose money waits, and for what: 'after_sale' by line id, 'chargeback' by order id (R12)."""
    lines = session.scalars(select(AfterSaleLine.order_line_id).where(AfterSaleLine.order_line_id.in_(order_line_ids), AfterSaleLine.open))
    orders = session.scalars(select(Chargeback.order_id).where(Chargeback.order_id.in_(order_ids), Chargeback.state == "open"))
    return {**dict.fromkeys(lines, "after_sale"), **dict.fromkeys(orders, "chargeback")}


def chargeback_of(session: Session, *, brand_id: int, chargeback_id: UUID, within: str | None = None) -> Chargeback:
    return _one(session, Chargeback, chargeback_id, within)


def locked_chargeback(session: Session, *, brand_id: int, chargeback_id: UUID) -> tuple[Order, Chargeback]:
    return _locked(session, Chargeback, brand_id, chargeback_id)


def chargebacks_of(session: Session, *, brand_id: int, order_id: UUID) -> list[Chargeback]:
    """All chargebacks of an order, newest first."""
    return _all(session, Chargeback, order_id, CHARGEBACK_SORTS["-at"])


def chargebacks_page(session: Session, *, brand_id: int, within: str | None = None, q: str = "", state: str = "", from_: datetime | None = None,
                     to: datetime | None = None, sort: str = "answer_by", number: int = 1) -> Page:
    """Searches order number, the bank's reference and reason. `state` open: the brand has to answer; answered: the bank has to decide; won; lost."""
    statement = (select(Chargeback, Order).join(Order, (Order.id == Chargeback.order_id) & (Order.brand_id == Chargeback.brand_id))
                 .where(Chargeback.brand_id == brand_id, Chargeback.order_id.in_(_orders_in(within))))
    if q := clean(q):
        statement = statement.where(or_(*(column.icontains(q, autoescape=True) for column in (Order.number, Chargeback.provider_ref, Chargeback.reason))))
    if state in ("open", "answered"):
        statement = statement.where(Chargeback.state.in_(UNDECIDED), UNANSWERED if state == "open" else ~UNANSWERED)
    elif state:
        statement = statement.where(Chargeback.state == state)
    if from_:
        statement = statement.where(Chargeback.opened_at >= from_)
    if to:
        statement = statement.where(Chargeback.opened_at < to)
    page = numbered(session, statement.order_by(CHARGEBACK_SORTS.get(sort, CHARGEBACK_SORTS["answer_by"]), Chargeback.id.desc()), number=number)
    return Page([ChargebackRow(*row) for row in page.items], page.total, page.number, page.size)


def open_chargebacks(session: Session, *, brand_id: int, within: str | None = None) -> tuple[int, datetime | None]:
    """How many the brand has to answer, and until when the first of them."""
    count, first = session.execute(select(func.count(), func.min(Chargeback.answer_by)).where(
        Chargeback.brand_id == brand_id, Chargeback.state.in_(UNDECIDED), UNANSWERED, Chargeback.order_id.in_(_orders_in(within)))).one()
    return count, first
