"""Days of a provider's books and their lines as pages and programs ask for them, each line with the order or the payout it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.ledger.models import Payee
from app.domain.orders.models import Order, Payment
from app.domain.provider.day_rules import DIFFERENCES, EXPLAINED, SOMEBODY, WAITING
from app.domain.provider.models import ProviderDay, ProviderDayLine
from app.domain.settlement.models import Payout
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

STATES = ("queued", "matched", "differs", "failed")
DAY_SORTS: dict[str, ColumnElement[Any]] = {
    "-day": ProviderDay.day.desc(), "day": ProviderDay.day.asc(), "-lines": ProviderDay.line_count.desc(), "lines": ProviderDay.line_count.asc(),
    "-differences": ProviderDay.difference_count.desc(), "differences": ProviderDay.difference_count.asc()}
OFF = func.abs(func.coalesce(ProviderDayLine.theirs_minor, 0) - func.coalesce(ProviderDayLine.ours_minor, 0))
SORTS: dict[str, ColumnElement[Any]] = {
    "-off": OFF.desc(), "off": OFF.asc(), "-at": ProviderDayLine.at.desc(), "at": ProviderDayLine.at.asc(),
    "kind": ProviderDayLine.kind.asc(), "-kind": ProviderDayLine.kind.desc(), "cause": ProviderDayLine.cause.asc(), "-cause": ProviderDayLine.cause.desc()}
SHOWN: dict[str, tuple[str, ...]] = {"differs": DIFFERENCES, "somebody": SOMEBODY, "waiting": WAITING, "explained": EXPLAINED, "all": ()}
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DayLine:
    """`order_*` of its payment, `run_id` and `payee` of its payout."""

    line: ProviderDayLine
    order_id: UUID | None
    order_number: str
    run_id: UUID | None
    payee: str


def days(*, brand_id: int, state: str = "", from_: date | None = None, to: date | None = None, q: str = "") -> Select[ProviderDay]:
    """[from_, to) of days; `q` finds the days with a line about it."""
    statement = select(ProviderDay).where(ProviderDay.brand_id == brand_id)
    if q:
        about = select(ProviderDayLine.day_id).where(ProviderDayLine.brand_id == brand_id, _about(brand_id, q))
        statement = statement.where(ProviderDay.id.in_(about))
    if state:
        statement = statement.where(ProviderDay.state == state)
    if from_ and to:
        statement = statement.where(ProviderDay.day >= from_, ProviderDay.day < to)
    return statement


def days_page(session: Session, *, brand_id: int, state: str = "", from_: date | None = None, to: date | None = None, q: str = "", sort: str = "-day",
              number: int = 1) -> Page:
    statement = days(brand_id=brand_id, state=state, from_=from_, to=to, q=q)
    return numbered(session, statement.order_by(DAY_SORTS.get(sort, DAY_SORTS["-day"]), ProviderDay.day.desc(), ProviderDay.id), number=number)


def any_day(session: Session, *, brand_id: int) -> bool:
    return session.scalar(select(ProviderDay.id).where(ProviderDay.brand_id == brand_id).limit(1)) is not None


def to_look_at(session: Session, *, brand_id: int, since: date) -> tuple[int, date | None]:
    """Lines of days from `since` on that somebody must look at, and the newest such day."""
    row = session.execute(select(func.count(), func.max(ProviderDay.day)).select_from(ProviderDayLine).join(
        ProviderDay, and_(ProviderDay.brand_id == ProviderDayLine.brand_id, ProviderDay.id == ProviderDayLine.day_id)).where(
        ProviderDayLine.brand_id == brand_id, ProviderDay.day >= since, ProviderDayLine.cause.in_(SOMEBODY))).one()
    return row[0], row[1]


def day_by_id(session: Session, *, brand_id: int, day_id: UUID) -> ProviderDay:
    found = session.scalar(select(ProviderDay).where(ProviderDay.brand_id == brand_id, ProviderDay.id == day_id))
    if found is None:
        raise NotFound("provider_day", day_id)
    return found


def lines(*, brand_id: int, day_id: UUID, shown: str = "differs", cause: str = "", kind: str = "", q: str = "") -> Select[ProviderDayLine]:
    """`shown` is one of SHOWN; `q` as `_about`."""
    statement = select(ProviderDayLine).where(ProviderDayLine.brand_id == brand_id, ProviderDayLine.day_id == day_id)
    if causes := SHOWN.get(shown):
        statement = statement.where(ProviderDayLine.cause.in_(causes))
    if cause:
        statement = statement.where(ProviderDayLine.cause == cause)
    if kind:
        statement = statement.where(ProviderDayLine.kind == kind)
    if q:
        statement = statement.where(_about(brand_id, q))
    return statement


def _about(brand_id: int, q: str) -> ColumnElement[bool]:
    """Lines with this as part of their order's number or of a reference at the provider."""
    of_order = select(Payment.id).join(Order, and_(Order.brand_id == Payment.brand_id, Order.id == Payment.order_id)).where(
        Payment.brand_id == brand_id, func.strpos(func.lower(Order.number), q.lower()) > 0)
    words = func.lower(ProviderDayLine.source_ref + " " + ProviderDayLine.balance_ref)
    return or_(func.strpos(words, q.lower()) > 0, ProviderDayLine.payment_id.in_(of_order))


def lines_page(session: Session, *, brand_id: int, day_id: UUID, shown: str = "differs", cause: str = "", kind: str = "", q: str = "", sort: str = "-off",
               number: int = 1) -> Page:
    """Items are DayLine."""
    statement = lines(brand_id=brand_id, day_id=day_id, shown=shown, cause=cause, kind=kind, q=q)
    page = numbered(session, statement.order_by(SORTS.get(sort, SORTS["-off"]), ProviderDayLine.at.desc(), ProviderDayLine.id), number=number)
    return Page(with_subjects(session, brand_id=brand_id, rows=page.items), page.total, page.number, page.size)


def every_line(session: Session, *, brand_id: int, day_id: UUID, shown: str = "all", cause: str = "", kind: str = "", q: str = "") -> Iterator[DayLine]:
    """In batches, in the order of ids."""
    statement = lines(brand_id=brand_id, day_id=day_id, shown=shown, cause=cause, kind=kind, q=q).order_by(ProviderDayLine.id).limit(AT_ONCE)
    after = UUID(int=0)
    while rows := session.scalars(statement.where(ProviderDayLine.id > after)).all():
        yield from with_subjects(session, brand_id=brand_id, rows=rows)
        after = rows[-1].id


def with_subjects(session: Session, *, brand_id: int, rows: Any) -> list[DayLine]:
    orders = {payment: (order, number) for payment, order, number in session.execute(
        select(Payment.id, Order.id, Order.number).join(Order, and_(Order.brand_id == Payment.brand_id, Order.id == Payment.order_id))
        .where(Payment.brand_id == brand_id, Payment.id.in_({row.payment_id for row in rows})))}
    runs = {payout: (run, name) for payout, run, name in session.execute(
        select(Payout.id, Payout.run_id, Payee.name).join(Payee, and_(Payee.brand_id == Payout.brand_id, Payee.id == Payout.payee_id))
        .where(Payout.brand_id == brand_id, Payout.id.in_({row.payout_id for row in rows})))}
    return [DayLine(row, *orders.get(row.payment_id, (None, "")), *runs.get(row.payout_id, (None, ""))) for row in rows]


def cause_counts(session: Session, *, brand_id: int, day_id: UUID) -> dict[str, int]:
    """By cause, most first; lines that agree are not counted."""
    return _counts(session, ProviderDayLine.cause, ProviderDayLine.cause != "", brand_id, day_id)


def kind_counts(session: Session, *, brand_id: int, day_id: UUID) -> dict[str, int]:
    return _counts(session, ProviderDayLine.kind, ProviderDayLine.kind != "", brand_id, day_id)


def _counts(session: Session, column: Any, where: ColumnElement[bool], brand_id: int, day_id: UUID) -> dict[str, int]:
    count = func.count()
    rows = session.execute(select(column, count).where(ProviderDayLine.brand_id == brand_id, ProviderDayLine.day_id == day_id, where)
                           .group_by(column).order_by(count.desc(), column))
    return {row[0]: row[1] for row in rows}
