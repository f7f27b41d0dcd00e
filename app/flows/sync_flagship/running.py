"""A run at work, from taking it up to its last word."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, SyncRun
from app.domain.catalog.ports import FlagshipConnector, FlagshipGateway, FlagshipUnreachable, Transactions
from app.domain.catalog.rules import suspiciously_short
from app.domain.people.audit import note
from app.flows.announce import announce
from app.kernel.errors import Invalid, NotFound, Refused, msgid

from .applying import apply_items, check_items
from .journal import Journal, Stopped, Watch
from .reading import Read, read_listing

SHORT = msgid("旗舰店这次少了 %(removed)d 个 SKU，超过原有 %(live)d 个的一半。请先确认来源完整，再决定是否下架")
ONE_WORKER = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:run, 7023))")


@dataclass(frozen=True, slots=True)
class Task:
    """What the run is about, read once. `currency` is the brand's (R17)."""

    kind: str
    settings: Mapping[str, Any]
    currency: str
    mode: str
    step: str


def run_sync(database: Transactions, *, brand_id: int, run_id: UUID, flagship: FlagshipGateway, now: datetime, watch: Watch | None = None) -> str:
    """Work a queued or interrupted run to its end and return its state; nothing happens if another worker has it.

    The guard transaction holds one advisory lock and no row: when a worker dies, the lock goes with its connection.
    """
    with database.transaction(brand_id) as guard:
        if not guard.scalar(ONE_WORKER, {"run": f"{brand_id}:{run_id}"}):
            return "running"
        task, journal = _take_up(database, brand_id=brand_id, run_id=run_id, now=now, watch=watch)
        if task is not None:
            with suppress(Stopped):
                _work(task, journal, flagship)
    return _state(database, brand_id=brand_id, run_id=run_id)


def _work(task: Task, journal: Journal, flagship: FlagshipGateway) -> None:
    if task.step not in ("applying", "checking"):
        try:
            read = read_listing(journal, _connector(task, journal, flagship).list_items(currency=task.currency))
        except FlagshipUnreachable as unreachable:
            _fail(journal, unreachable.code, unreachable.message, unreachable.data)
            return
        except Refused as refused:
            _fail(journal, refused.code, refused.message, refused.data)
            return
        short = suspiciously_short(live=read.live, removed=read.removed)
        if task.mode == "preview" or short:
            _previewed(journal, read if short else None)
            return
    apply_items(journal)
    check_items(journal)
    _finish(journal)


def _connector(task: Task, journal: Journal, flagship: FlagshipGateway) -> FlagshipConnector:
    try:
        return flagship.open(task.kind, task.settings, now=journal.started)
    except Invalid as invalid:
        raise invalid.errors[0] from None


def _take_up(database: Transactions, *, brand_id: int, run_id: UUID, now: datetime, watch: Watch | None) -> tuple[Task | None, Journal]:
    with database.transaction(brand_id) as session:
        run = _run(session, run_id)
        source = session.scalar(select(FlagshipSource).where(FlagshipSource.id == run.source_id))
        assert source is not None
        journal = Journal(database, brand_id, run_id, run.source_id, run.requested_by, now, watch)
        if run.state not in ("queued", "running"):
            return None, journal
        run.state, run.started_at = "running", run.started_at or now
        currency = session.scalar(select(Brand.currency).where(Brand.id == brand_id)) or ""
        return Task(source.kind, {**source.settings}, currency, run.mode, run.step), journal


def _previewed(journal: Journal, short: Read | None) -> None:
    warning = {"error_code": "many_would_be_removed", "error_message": SHORT,
               "error_data": {"live": short.live, "removed": short.removed}} if short else {}
    with journal.transaction() as session:
        _close(session, journal, "previewed", **warning)


def _finish(journal: Journal) -> None:
    now = journal.now()
    with journal.transaction() as session:
        state = "partial" if journal.counts["failed"] or journal.counts["conflicts"] else "succeeded"
        _close(session, journal, state, finished_at=now)
        session.execute(update(FlagshipSource).where(FlagshipSource.id == journal.source_id).values(last_synced_at=now))
        note(session, action="sync_applied", subject_kind="sync_runs", subject_id=journal.run_id, after=dict(journal.counts))


def _fail(journal: Journal, code: str, message: str, data: Mapping[str, Any]) -> None:
    """The whole run: what was noted of single items is dropped, the catalogue was not touched."""
    with journal.transaction() as session:
        session.execute(text("DELETE FROM sync_items WHERE brand_id = :brand AND run_id = :run"), {"brand": journal.brand_id, "run": journal.run_id})
        journal.recount(session)
        _close(session, journal, "failed", error_code=code[:60], error_message=message, error_data=dict(data), finished_at=journal.now())


def _close(session: Session, journal: Journal, state: str, **values: Any) -> None:
    session.execute(update(SyncRun).where(SyncRun.id == journal.run_id, SyncRun.state == "running")
                    .values(state=state, counts=journal.counts, **values).execution_options(synchronize_session=False))
    announce(session, brand_id=journal.brand_id, event="sync.finished", now=journal.now(),
             payload={"sync_run_id": str(journal.run_id), "state": state, "counts": dict(journal.counts)})


def _run(session: Session, run_id: UUID) -> SyncRun:
    run = session.scalar(select(SyncRun).where(SyncRun.id == run_id).with_for_update())
    if run is None:
        raise NotFound("sync_run", run_id)
    return run


def _state(database: Transactions, *, brand_id: int, run_id: UUID) -> str:
    with database.transaction(brand_id) as session:
        return _run(session, run_id).state
