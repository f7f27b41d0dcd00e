"""Sources and their runs, as people and programs ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import FlagshipDelivery, FlagshipSource, IgnoredListing, ProductImage, SyncItem, SyncRun, Variant

ACTIVE = ("queued", "running")
READ = ("previewed", "succeeded", "partial")
QUIET_SECONDS, AT_ONCE = 60, 500


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with its variants on the shelf and its newest run."""

    source: FlagshipSource
    variant_count: int
    last_run: SyncRun | None


@dataclass(frozen=True, slots=True)
class Pulse:
    """`rate` items a second of the present step, 0 while there is none; `left_seconds` None when the end is not known; `quiet`: no sign of life."""

    rate: float
    left_seconds: int | None
    quiet: bool


def source(session: Session, *, brand_id: int, source_id: UUID) -> FlagshipSource:
    found = session.scalar(select(FlagshipSource).where(FlagshipSource.id == source_id, FlagshipSource.brand_id == brand_id))
    if found is None:
        raise NotFound("flagship_source", source_id)
    return found


def sources(session: Session, *, brand_id: int) -> list[SourceRow]:
    """Every source that is still connected, oldest first."""
    rows = session.scalars(select(FlagshipSource).where(FlagshipSource.brand_id == brand_id, FlagshipSource.status == "active")
                           .order_by(FlagshipSource.created_at, FlagshipSource.id)).all()
    counted = dict(session.execute(select(Variant.source_id, func.count()).where(Variant.brand_id == brand_id, Variant.tombstoned_at.is_(None),
                                                                               Variant.source_id.is_not(None)).group_by(Variant.source_id)).all())
    newest = select(SyncRun).where(SyncRun.brand_id == brand_id).ext(distinct_on(SyncRun.source_id)).order_by(SyncRun.source_id, SyncRun.number.desc())
    runs = {run.source_id: run for run in session.scalars(newest)}
    return [SourceRow(row, counted.get(row.id, 0), runs.get(row.id)) for row in rows]


def heard_gone(session: Session, *, brand_id: int, source_id: UUID) -> tuple[str, ...]:
    """Products the shop's webhooks said to be gone since the last reading."""
    told = session.scalars(select(FlagshipDelivery.removed_groups).where(
        FlagshipDelivery.brand_id == brand_id, FlagshipDelivery.source_id == source_id, FlagshipDelivery.used_at.is_(None)))
    return tuple(sorted({str(group) for groups in told for group in groups}))


def sync_run(session: Session, *, brand_id: int, run_id: UUID, lock: bool = False) -> SyncRun:
    statement = select(SyncRun).where(SyncRun.id == run_id, SyncRun.brand_id == brand_id).execution_options(populate_existing=True)
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound("sync_run", run_id)
    return found


def sync_runs(session: Session, *, brand_id: int, source_id: UUID | None = None, state: str = "", number: int = 1) -> Page:
    """(run, source name), newest first."""
    own = (FlagshipSource.id == SyncRun.source_id) & (FlagshipSource.brand_id == SyncRun.brand_id)
    statement = (select(SyncRun, FlagshipSource.name).join(FlagshipSource, own)
                 .where(SyncRun.brand_id == brand_id).order_by(SyncRun.number.desc()))
    for column, value in ((SyncRun.source_id, source_id), (SyncRun.state, state)):
        statement = statement.where(column == value) if value else statement
    return numbered(session, statement, number=number)


def sync_items(*, brand_id: int, run_id: UUID, outcomes: Sequence[str] = (), q: str = "") -> Select[SyncItem]:
    """The items of a run in the order of the source; for a page, an export or a cursor. `q` is part of SKU, external id or title."""
    statement = select(SyncItem).where(SyncItem.brand_id == brand_id, SyncItem.run_id == run_id)
    if outcomes:
        statement = statement.where(SyncItem.outcome.in_(outcomes))
    if q:
        words = func.lower(SyncItem.sku + " " + SyncItem.external_id + " " + SyncItem.title)
        statement = statement.where(func.strpos(words, q.lower()) > 0)
    return statement.order_by(SyncItem.position, SyncItem.id)


def every_item(session: Session, statement: Select[SyncItem]) -> Iterator[SyncItem]:
    """All of `sync_items`, a batch in memory at a time."""
    place = (-1, UUID(int=0))
    while items := session.scalars(statement.where(tuple_(SyncItem.position, SyncItem.id) > tuple_(*place)).limit(AT_ONCE)).all():
        yield from items
        place = (items[-1].position, items[-1].id)
        session.expunge_all()


def open_conflicts(*, brand_id: int, source_id: UUID | None = None) -> Select[SyncItem]:
    """The newest word about each listing that is in conflict, as far as a person can still answer it; newest first. A later reading of everything
    has the last word, also about what it does not list any more."""
    newer = aliased(SyncItem)
    newer_run = aliased(SyncRun)
    own = (SyncRun.brand_id == SyncItem.brand_id) & (SyncRun.id == SyncItem.run_id)
    again = select(newer.id).where(newer.brand_id == brand_id, newer.run_id == newer_run.id, newer.external_id == SyncItem.external_id).exists()
    later = (select(newer_run.id).where(newer_run.brand_id == brand_id, newer_run.source_id == SyncRun.source_id, newer_run.number > SyncRun.number,
                                        newer_run.state.in_(READ), or_(newer_run.reads == "full", again)).exists())
    statement = (select(SyncItem).join(SyncRun, own)
                 .where(SyncItem.brand_id == brand_id, SyncItem.outcome == "conflict", SyncRun.state.in_(READ), ~later))
    return statement.where(SyncRun.source_id == source_id) if source_id else statement


def count_conflicts(session: Session, *, brand_id: int) -> int:
    return session.scalar(select(func.count()).select_from(open_conflicts(brand_id=brand_id).subquery())) or 0


def ignored_listings(*, brand_id: int) -> Select[IgnoredListing]:
    """What persons do not want, newest first."""
    return select(IgnoredListing).where(IgnoredListing.brand_id == brand_id).order_by(IgnoredListing.created_at.desc(), IgnoredListing.id)


def sync_item(session: Session, *, brand_id: int, run_id: UUID, item_id: UUID) -> SyncItem:
    found = session.scalar(select(SyncItem).where(SyncItem.brand_id == brand_id, SyncItem.run_id == run_id, SyncItem.id == item_id))
    if found is None:
        raise NotFound("sync_item", item_id)
    return found


def failures(session: Session, *, brand_id: int, run_id: UUID) -> list[tuple[str, str, int, list[int]]]:
    """Failed items by reason: (code, reason, how many, the first places), most frequent first."""
    places = func.array_agg(SyncItem.position)
    rows = session.execute(select(SyncItem.code, func.min(SyncItem.reason), func.count(), places)
                           .where(SyncItem.brand_id == brand_id, SyncItem.run_id == run_id, SyncItem.outcome == "failed")
                           .group_by(SyncItem.code).order_by(func.count().desc(), SyncItem.code))
    return [(code, reason, count, sorted(positions)[:5]) for code, reason, count, positions in rows]


def pulse(session: Session, run: SyncRun) -> Pulse:
    """How fast the present step goes, by the database's clock; of a run that rests, nothing."""
    if run.state not in ACTIVE:
        return Pulse(0, None, quiet=False)
    beat, begun = run.heartbeat_at, run.step_started_at
    last = beat or run.created_at
    quiet = (_now(session) - last).total_seconds() > QUIET_SECONDS
    seconds = (beat - begun).total_seconds() if beat and begun else 0.0
    rate = run.done / seconds if seconds > 0 else 0
    left = (run.total - run.done) / rate if rate and run.step in ("fetching", "applying") and run.total > run.done else None
    return Pulse(rate, None if left is None else ceil(left), quiet)


def is_stalled(session: Session, run: SyncRun) -> bool:
    """No worker has the run: its lock is free. The lock is then ours until this transaction ends."""
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtextextended(:run, 7023))"), {"run": f"{run.brand_id}:{run.id}"}))


def written_later(session: Session, run: SyncRun) -> int | None:
    """The number of the newest run of the same source that wrote something after this one: that one has to be undone first. One that found
    everything as it was is in nobody's way, so that a schedule does not take the undo away."""
    wrote = sum(SyncRun.counts[name].as_integer() for name in ("created", "updated", "removed"))
    number: int | None = session.scalar(select(SyncRun.number).where(
        SyncRun.brand_id == run.brand_id, SyncRun.source_id == run.source_id, SyncRun.state.in_(("succeeded", "partial")),
        SyncRun.heartbeat_at > run.heartbeat_at, wrote > 0).order_by(SyncRun.number.desc()).limit(1))
    return number


def can_undo(session: Session, run: SyncRun) -> bool:
    """Only the run of its source that wrote last."""
    return run.state in ("succeeded", "partial") and written_later(session, run) is None


def variant_names(session: Session, *, brand_id: int, variant_ids: Sequence[UUID]) -> dict[UUID, Variant]:
    """The variants a conflict is between."""
    rows = session.scalars(select(Variant).where(Variant.brand_id == brand_id, Variant.id.in_(variant_ids)))
    return {row.id: row for row in rows}


def waiting_pictures(session: Session, *, brand_id: int) -> dict[str, int]:
    """Pictures by state."""
    return dict(session.execute(select(ProductImage.state, func.count(func.distinct(ProductImage.source_url)))
                                .where(ProductImage.brand_id == brand_id, or_(ProductImage.source_url != "", ProductImage.file_key != ""))
                                .group_by(ProductImage.state)).all())


def _now(session: Session) -> datetime:
    moment: Any = session.scalar(select(func.clock_timestamp()))
    assert isinstance(moment, datetime)
    return moment
