"""Days and their lines as pages and programs ask for them. An *open* line is a difference nobody has handled and no later day has read again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.catalog.models import FlagshipSource
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import FlagshipDay, FlagshipDayLine

STATES = ("queued", "running", "matched", "differs", "failed")
CHOICES = ("open", "differs", "matched", "failed", "under_way")
OFF = func.abs(func.coalesce(FlagshipDayLine.theirs_minor, 0) - func.coalesce(FlagshipDayLine.ours_minor, 0))
SORTS: dict[str, ColumnElement[Any]] = {"-off": OFF.desc(), "off": OFF.asc(),
         "order": FlagshipDayLine.order_key.asc(), "-order": FlagshipDayLine.order_key.desc(),
         "cause": FlagshipDayLine.cause.asc(), "-cause": FlagshipDayLine.cause.desc()}
DAY_SORTS: dict[str, ColumnElement[Any]] = {"-day": FlagshipDay.day.desc(), "day": FlagshipDay.day.asc(),
             "-differences": FlagshipDay.difference_count.desc(), "differences": FlagshipDay.difference_count.asc(),
             "-fees": FlagshipDay.fees_theirs_minor.desc(), "fees": FlagshipDay.fees_theirs_minor.asc()}
SHOWN = ("differs", "open", "handled", "untold", "all")
AT_ONCE = 500


def is_open() -> ColumnElement[bool]:
    """Of a line joined with its day: a difference, standing, not handled, and its order in no later day of the source."""
    later, line = aliased(FlagshipDay), aliased(FlagshipDayLine)
    read_later = exists().where(line.brand_id == FlagshipDayLine.brand_id, line.order_key == FlagshipDayLine.order_key, line.kind == "order",
                                later.brand_id == line.brand_id, later.id == line.day_id, later.reading == line.reading,
                                later.source_id == FlagshipDay.source_id, later.day > FlagshipDay.day)
    return and_(FlagshipDayLine.differs, FlagshipDayLine.handled_at.is_(None), FlagshipDayLine.reading == FlagshipDay.reading, ~read_later)


def days(*, brand_id: int, source_id: UUID | None = None, choice: str = "", from_: date | None = None, to: date | None = None,
         q: str = "") -> Select[FlagshipDay]:
    """`choice` is one of CHOICES; [from_, to) of days; `q` finds the days with a line about it."""
    statement = select(FlagshipDay).where(FlagshipDay.brand_id == brand_id)
    if q:
        statement = statement.where(exists().where(FlagshipDayLine.brand_id == FlagshipDay.brand_id, FlagshipDayLine.day_id == FlagshipDay.id,
                                                   FlagshipDayLine.reading == FlagshipDay.reading, _about(q)).correlate(FlagshipDay))
    if source_id:
        statement = statement.where(FlagshipDay.source_id == source_id)
    if from_ and to:
        statement = statement.where(FlagshipDay.day >= from_, FlagshipDay.day < to)
    if choice == "open":
        statement = statement.where(exists().where(FlagshipDayLine.brand_id == FlagshipDay.brand_id, FlagshipDayLine.day_id == FlagshipDay.id, is_open())
                                    .correlate(FlagshipDay))
    elif choice:
        statement = statement.where(FlagshipDay.state.in_(("queued", "running") if choice == "under_way" else (choice,)))
    return statement


def days_page(session: Session, *, brand_id: int, source_id: UUID | None = None, choice: str = "", from_: date | None = None, to: date | None = None,
              q: str = "", sort: str = "-day", number: int = 1) -> Page:
    statement = days(brand_id=brand_id, source_id=source_id, choice=choice, from_=from_, to=to, q=q)
    return numbered(session, statement.order_by(DAY_SORTS.get(sort, DAY_SORTS["-day"]), FlagshipDay.day.desc(), FlagshipDay.id), number=number)


def day_by_id(session: Session, *, brand_id: int, day_id: UUID, lock: bool = False) -> FlagshipDay:
    statement = select(FlagshipDay).where(FlagshipDay.brand_id == brand_id, FlagshipDay.id == day_id)
    found = session.scalar(statement.with_for_update().execution_options(populate_existing=True) if lock else statement)
    if found is None:
        raise NotFound("flagship_day", day_id)
    return found


def open_counts(session: Session, *, brand_id: int, day_ids: Iterable[UUID]) -> dict[UUID, int]:
    rows = session.execute(_joined(brand_id).with_only_columns(FlagshipDayLine.day_id, func.count()).where(FlagshipDayLine.day_id.in_(list(day_ids)), is_open())
                           .group_by(FlagshipDayLine.day_id))
    return {row[0]: row[1] for row in rows}


def open_by_source(session: Session, *, brand_id: int) -> list[tuple[UUID, str, int, int]]:
    """(source, its name, open differences, days they stand on): what waits for a person."""
    rows = session.execute(
        _joined(brand_id).join(FlagshipSource, and_(FlagshipSource.brand_id == FlagshipDay.brand_id, FlagshipSource.id == FlagshipDay.source_id))
        .with_only_columns(FlagshipSource.id, FlagshipSource.name, func.count(), func.count(FlagshipDay.id.distinct())).where(is_open())
        .group_by(FlagshipSource.id, FlagshipSource.name).order_by(FlagshipSource.name, FlagshipSource.id))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def lines(*, brand_id: int, day_id: UUID, shown: str = "differs", cause: str = "", q: str = "") -> Select[FlagshipDayLine]:
    """Of the reading that stands. `shown` is one of SHOWN; `q` as `_about`."""
    statement = _joined(brand_id).where(FlagshipDayLine.day_id == day_id, FlagshipDayLine.reading == FlagshipDay.reading)
    chosen = {"differs": FlagshipDayLine.differs, "open": is_open(), "untold": and_(~FlagshipDayLine.differs, FlagshipDayLine.cause.like("%unknown")),
              "handled": or_(FlagshipDayLine.handled_at.is_not(None), FlagshipDayLine.note != "")}
    if shown in chosen:
        statement = statement.where(chosen[shown])
    if cause:
        statement = statement.where(FlagshipDayLine.cause == cause)
    if q:
        statement = statement.where(_about(q))
    return statement


def _about(q: str) -> ColumnElement[bool]:
    """Lines with this as part of our number or the flagship's."""
    return func.strpos(func.lower(FlagshipDayLine.order_key + " " + FlagshipDayLine.flagship_order_id), q.lower()) > 0


def lines_page(session: Session, *, brand_id: int, day_id: UUID, shown: str = "differs", cause: str = "", q: str = "", sort: str = "-off",
               number: int = 1) -> Page:
    statement = lines(brand_id=brand_id, day_id=day_id, shown=shown, cause=cause, q=q)
    return numbered(session, statement.order_by(SORTS.get(sort, SORTS["-off"]), FlagshipDayLine.order_key, FlagshipDayLine.id), number=number)


def every_line(session: Session, *, brand_id: int, day_id: UUID, shown: str = "all", cause: str = "", q: str = "") -> Iterator[FlagshipDayLine]:
    """In batches, in the order of ids."""
    statement, after = lines(brand_id=brand_id, day_id=day_id, shown=shown, cause=cause, q=q).order_by(FlagshipDayLine.id).limit(AT_ONCE), UUID(int=0)
    while rows := session.scalars(statement.where(FlagshipDayLine.id > after)).all():
        yield from rows
        after = rows[-1].id


def cause_counts(session: Session, *, brand_id: int, day: FlagshipDay) -> dict[str, int]:
    """Differences that stand, by cause, most first."""
    count = func.count()
    rows = session.execute(select(FlagshipDayLine.cause, count).where(
        FlagshipDayLine.brand_id == brand_id, FlagshipDayLine.day_id == day.id, FlagshipDayLine.reading == day.reading, FlagshipDayLine.differs)
        .group_by(FlagshipDayLine.cause).order_by(count.desc(), FlagshipDayLine.cause))
    return {row[0]: row[1] for row in rows}


def read_later(session: Session, *, brand_id: int, day: FlagshipDay, keys: Iterable[str]) -> dict[str, FlagshipDay]:
    """Order key → the newest later day of the source in which the order was compared again."""
    rows = session.execute(
        select(FlagshipDayLine.order_key, FlagshipDay).join(FlagshipDay, _of_day()).where(
            FlagshipDayLine.brand_id == brand_id, FlagshipDayLine.order_key.in_(list(keys)), FlagshipDayLine.kind == "order",
            FlagshipDayLine.reading == FlagshipDay.reading, FlagshipDay.source_id == day.source_id, FlagshipDay.day > day.day)
        .order_by(FlagshipDay.day))
    return {row[0]: row[1] for row in rows}


def _joined(brand_id: int) -> Select[FlagshipDayLine]:
    return select(FlagshipDayLine).join(FlagshipDay, _of_day()).where(FlagshipDayLine.brand_id == brand_id)


def _of_day() -> ColumnElement[bool]:
    return and_(FlagshipDay.brand_id == FlagshipDayLine.brand_id, FlagshipDay.id == FlagshipDayLine.day_id)
