"""A run at work, from taking it up to its last word."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand
from app.domain.catalog.freshness import confirm_stock
from app.domain.catalog.models import FlagshipDelivery, FlagshipSource, SyncItem, SyncRun
from app.domain.catalog.ports import FlagshipConnector, FlagshipGateway, FlagshipUnreachable, ListedGroup, NeedsAuthorisation, Transactions
from app.domain.catalog.rules import NOT_CHOSEN, PARTLY_CHOSEN, suspiciously_short, to_write
from app.domain.catalog.secrets import SourceSecrets
from app.domain.catalog.sync_queries import heard_gone
from app.domain.people.audit import note
from app.flows.announce import announce
from app.kernel.errors import Invalid, NotFound, Refused, msgid

from .applying import apply_items, check_items
from .journal import Journal, Stopped, Watch
from .reading import Read, read_listing

SHORT = msgid("旗舰店这次少了 %(removed)d 个 SKU，超过原有 %(live)d 个的一半。请先确认来源完整，再决定是否下架")
OVERLAP = timedelta(minutes=5)
"""Two clocks never agree; reading a little twice harms nothing."""
SWITCH_SECONDS = 0.0005
FORGET = text("""DELETE FROM sync_items i USING sync_runs r WHERE i.brand_id = :brand AND i.run_id = :run
AND r.brand_id = :brand AND r.id = :run AND i.part >= r.parts""")
ONE_WORKER = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:run, 7023))")


@dataclass(frozen=True, slots=True)
class Task:
    """What the run is about, read once. `currency` is the brand's (R17). `since`: changes from there on, None the whole catalogue."""

    kind: str
    settings: Mapping[str, Any]
    currency: str
    mode: str
    step: str
    since: datetime | None
    cursor: str
    parts: int
    gone: tuple[str, ...]


def run_sync(database: Transactions, *, brand_id: int, run_id: UUID, flagship: FlagshipGateway, now: datetime, watch: Watch | None = None) -> str:
    """Work a queued or interrupted run to its end and return its state; nothing happens if another worker has it.

    The guard transaction holds one advisory lock and no row: when a worker dies, the lock goes with its connection.
    """
    with database.transaction(brand_id) as guard, _at_speed():
        if not guard.scalar(ONE_WORKER, {"run": f"{brand_id}:{run_id}"}):
            return "running"
        task, journal = _take_up(database, brand_id=brand_id, run_id=run_id, now=now, watch=watch)
        if task is not None:
            with suppress(Stopped):
                _work(task, journal, flagship)
    return _state(database, brand_id=brand_id, run_id=run_id)


@contextmanager
def _at_speed() -> Iterator[None]:
    """A run makes millions of short-lived objects: else the whole application is searched for garbage again and again, a third of the work.

    And who reads, compares and writes, a thread each, wait for one another half a millisecond at most, not five.
    """
    interval = sys.getswitchinterval()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.unfreeze()


def _work(task: Task, journal: Journal, flagship: FlagshipGateway) -> None:
    preview = False
    if task.step not in ("applying", "checking"):
        try:
            read = _read(task, journal, flagship)
        except FlagshipUnreachable as unreachable:
            _fail(journal, unreachable.code, unreachable.message, unreachable.data, locked_out=isinstance(unreachable, NeedsAuthorisation))
            return
        except Refused as refused:
            _fail(journal, refused.code, refused.message, refused.data)
            return
        short = suspiciously_short(live=read.live, removed=read.removed)
        preview = task.mode == "preview"
        if short or (preview and to_write(journal.counts)):
            _previewed(journal, read if short else None)
            return
    apply_items(journal)
    check_items(journal)
    _finish(journal, {"state": "previewed", "step": "comparing"} if preview else {"state": _outcome(journal.counts)})


def _read(task: Task, journal: Journal, flagship: FlagshipGateway) -> Read:
    connector = _connector(task, journal, flagship)
    if task.since is not None and connector.can_read_changes:
        gone = (ListedGroup(group) for group in task.gone)
        return read_listing(journal, chain(gone, connector.list_changes(currency=task.currency, since=task.since - OVERLAP)), whole=False)
    with journal.transaction() as session:
        session.execute(update(SyncRun).where(SyncRun.id == journal.run_id).values(reads="full").execution_options(synchronize_session=False))
    return read_listing(journal, connector.list_items(currency=task.currency, cursor=task.cursor), parts=task.parts if task.cursor else 0)


def _connector(task: Task, journal: Journal, flagship: FlagshipGateway) -> FlagshipConnector:
    secrets = SourceSecrets(journal.database, journal.brand_id, journal.source_id)
    try:
        return flagship.open(task.kind, task.settings, now=journal.started, secrets=secrets, alone=secrets.alone)
    except Invalid as invalid:
        raise invalid.errors[0] from None
    except ValueError:
        raise Refused("secrets_unreadable", "保存的密钥已无法解开，请重新填写") from None


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
        return Task(source.kind, {**source.settings}, currency, run.mode, run.step, source.read_at if run.reads == "changes" else None,
                    run.cursor, run.parts, heard_gone(session, brand_id=brand_id, source_id=source.id)), journal


def _previewed(journal: Journal, short: Read | None) -> None:
    warning = {"error_code": "many_would_be_removed", "error_message": SHORT,
               "error_data": {"live": short.live, "removed": short.removed}} if short else {}
    with journal.transaction() as session:
        session.execute(_of_source(journal).values(authorisation_ended_at=None))
        _close(session, journal, state="previewed", **warning)


def _outcome(counts: Mapping[str, int]) -> str:
    return "partial" if counts["failed"] or counts["conflicts"] else "succeeded"


def _finish(journal: Journal, stands: Mapping[str, str]) -> None:
    """`stands`: a preview that found nothing to write is over, and stays a preview."""
    now = journal.now()
    with journal.transaction() as session:
        _close(session, journal, **stands, finished_at=now)
        session.execute(_of_source(journal).values(last_synced_at=now, authorisation_ended_at=None))
        _took_in(session, journal)
        note(session, action="sync_applied", subject_kind="sync_runs", subject_id=journal.run_id, after=dict(journal.counts))


def _took_in(session: Session, journal: Journal) -> None:
    """Stock is confirmed; and only what changed since this reading began is news from here on, unless a person left some of it out."""
    began, reads = session.execute(select(SyncRun.started_at, SyncRun.reads).where(SyncRun.id == journal.run_id)).one()
    if began is None:
        return
    confirm_stock(session, brand_id=journal.brand_id, source_id=journal.source_id, run_id=journal.run_id, began=began, whole=reads == "full")
    if session.scalar(select(SyncItem.id).where(SyncItem.run_id == journal.run_id, SyncItem.code.in_((NOT_CHOSEN, PARTLY_CHOSEN))).limit(1)) is not None:
        return
    session.execute(_of_source(journal).values(read_at=func.greatest(FlagshipSource.read_at, began)))
    session.execute(update(FlagshipDelivery).where(FlagshipDelivery.source_id == journal.source_id, FlagshipDelivery.used_at.is_(None),
                                                   FlagshipDelivery.received_at <= began).values(used_at=began))


def _of_source(journal: Journal) -> Any:
    return (update(FlagshipSource).where(FlagshipSource.brand_id == journal.brand_id, FlagshipSource.id == journal.source_id)
            .execution_options(synchronize_session=False))


def _fail(journal: Journal, code: str, message: str, data: Mapping[str, Any], *, locked_out: bool = False) -> None:
    """The whole run; the catalogue was not touched. What was noted of single items is dropped, unless a checkpoint lets it go on."""
    with journal.transaction() as session:
        session.execute(FORGET, {"brand": journal.brand_id, "run": journal.run_id})
        if locked_out:
            session.execute(_of_source(journal).values(authorisation_ended_at=journal.now()))
        journal.recount(session)
        _close(session, journal, state="failed", error_code=code[:60], error_message=message, error_data=dict(data), finished_at=journal.now())


def _close(session: Session, journal: Journal, *, state: str, **values: Any) -> None:
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
