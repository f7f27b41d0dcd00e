"""Reconciliation runs and what they found: lists for pages and programs, and the newest run's word for the first page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import Payout, ReconciliationException, ReconciliationRun

DIFFERENCE = func.abs(ReconciliationException.actual_minor - ReconciliationException.expected_minor)
NAME = ReconciliationException.detail["name"].astext
SORTS = {"difference": DIFFERENCE.asc(), "-difference": DIFFERENCE.desc(), "name": NAME.asc(), "-name": NAME.desc(),
         "kind": ReconciliationException.kind.asc(), "-kind": ReconciliationException.kind.desc()}
RUN_SORTS = {"-number": ReconciliationRun.number.desc(), "number": ReconciliationRun.number.asc(),
             "-exceptions": ReconciliationRun.exception_count.desc(), "exceptions": ReconciliationRun.exception_count.asc()}
AT_ONCE = 500


def runs_page(session: Session, *, brand_id: int, wrong: bool = False, sort: str = "-number", number: int = 1) -> Page:
    """Newest first; `wrong` keeps those that found something."""
    statement = select(ReconciliationRun).where(ReconciliationRun.brand_id == brand_id)
    if wrong:
        statement = statement.where(ReconciliationRun.exception_count > 0)
    return numbered(session, statement.order_by(RUN_SORTS.get(sort, RUN_SORTS["-number"]), ReconciliationRun.number.desc()), number=number)


def run_by_id(session: Session, *, brand_id: int, run_id: UUID) -> ReconciliationRun:
    run = session.scalar(select(ReconciliationRun).where(ReconciliationRun.brand_id == brand_id, ReconciliationRun.id == run_id))
    if run is None:
        raise NotFound("reconciliation_run", run_id)
    return run


def newest_run(session: Session, *, brand_id: int) -> ReconciliationRun | None:
    return session.scalar(select(ReconciliationRun).where(ReconciliationRun.brand_id == brand_id).order_by(ReconciliationRun.number.desc()).limit(1))


def kind_counts(session: Session, *, brand_id: int, run_id: UUID) -> dict[str, int]:
    rows = session.execute(select(ReconciliationException.kind, func.count()).where(
        ReconciliationException.brand_id == brand_id, ReconciliationException.run_id == run_id).group_by(ReconciliationException.kind))
    return {row[0]: row[1] for row in rows}


def exceptions_page(session: Session, *, brand_id: int, run_id: UUID, q: str = "", kind: str = "", sort: str = "-difference", number: int = 1) -> Page:
    """(exception, its payout's run or None); `q` is part of an order's number or a payee's name."""
    statement = _chosen(brand_id, run_id, q, kind).order_by(SORTS.get(sort, SORTS["-difference"]), ReconciliationException.id)
    return numbered(session, statement, number=number)


def every_exception(session: Session, *, brand_id: int, run_id: UUID, q: str = "", kind: str = "") -> Iterator[Any]:
    """All of them in batches, by kind."""
    statement = _chosen(brand_id, run_id, q, kind).order_by(ReconciliationException.kind, ReconciliationException.id)
    start = 0
    while rows := session.execute(statement.offset(start).limit(AT_ONCE)).all():
        yield from rows
        start += AT_ONCE


def _chosen(brand_id: int, run_id: UUID, q: str, kind: str) -> Select[ReconciliationException, UUID]:
    statement = select(ReconciliationException, Payout.run_id).outerjoin(
        Payout, (Payout.id == ReconciliationException.payout_id) & (Payout.brand_id == ReconciliationException.brand_id)).where(
        ReconciliationException.brand_id == brand_id, ReconciliationException.run_id == run_id)
    if kind:
        statement = statement.where(ReconciliationException.kind == kind)
    if q:
        statement = statement.where(func.strpos(func.lower(NAME), q.lower()) > 0)
    return statement
