"""Keeping fresh: runs that start by themselves, on their schedule or because the shop knocked (R36).

A knock says only that something changed; what is true is read from the shop. One run at a time: knocks while one is under
way wait for the next tick.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipDelivery, FlagshipSource, SyncRun
from app.domain.catalog.ports import FlagshipGateway
from app.domain.catalog.secrets import read_secrets
from app.kernel.errors import Conflict
from app.kernel.ids import new_id

from .requests import queue_sync

AFTER_TROUBLE = timedelta(minutes=15)
LOOKED_AT = timedelta(hours=24)


def queue_due(session: Session, *, brand_id: int, now: datetime) -> int:
    """Start what is due; how many runs. A source that waits for a person is left alone."""
    zone = ZoneInfo(session.scalar(select(Brand.timezone).where(Brand.id == brand_id)) or "UTC")
    started = 0
    for source in session.scalars(select(FlagshipSource).where(FlagshipSource.brand_id == brand_id, FlagshipSource.status == "active",
                                                               FlagshipSource.authorisation_ended_at.is_(None)).order_by(FlagshipSource.id)):
        reads = due(session, source, now=now, zone=zone)
        if reads:
            with suppress(Conflict):
                queue_sync(session, brand_id=brand_id, source_id=source.id, mode="apply", reads=reads, now=now)
                started += 1
    return started


def due(session: Session, source: FlagshipSource, *, now: datetime, zone: ZoneInfo) -> str | None:
    """What is to be read now: full, changes or None."""
    runs = select(SyncRun).where(SyncRun.brand_id == source.brand_id, SyncRun.source_id == source.id).order_by(SyncRun.number.desc()).limit(1)
    last = session.scalar(runs)
    if last is not None and _waits(last, now):
        return None
    full = session.scalar(runs.where(SyncRun.reads == "full"))
    if source.full_hour is not None:
        begins = last_time_of_day(now, source.full_hour, zone)
        if source.created_at < begins and (full is None or full.created_at < begins):
            return "full"
    heard = source.heard_at is not None and (last is None or last.created_at < source.heard_at)
    waited = source.changes_minutes is not None and (last is None or last.created_at <= now - timedelta(minutes=source.changes_minutes))
    return "changes" if heard or waited else None


def _waits(last: SyncRun, now: datetime) -> bool:
    """Under way, looked at by a person (or wanting one's word), or failed a moment ago."""
    age = now - last.created_at
    return (last.state in ("queued", "running") or (last.state == "previewed" and last.finished_at is None and (bool(last.error_code) or age < LOOKED_AT))
            or (last.state == "failed" and age < AFTER_TROUBLE))


def last_time_of_day(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """When it last was this hour in the zone."""
    today = now.astimezone(zone).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def hear_flagship(session: Session, *, brand_id: int, hook_code: str, headers: Mapping[str, str], body: bytes, flagship: FlagshipGateway,
                  now: datetime, crowded: bool = False) -> bool:
    """Take in a delivery; False if it is not the shop's. The same delivery twice is one.

    `crowded`: one of too many. That something changed is remembered, nothing more: one reading answers all of them. What is named as gone
    is taken in all the same.
    """
    source = session.scalar(select(FlagshipSource).where(FlagshipSource.brand_id == brand_id, FlagshipSource.hook_code == hook_code,
                                                         FlagshipSource.status == "active"))
    heard = flagship.hear(source.kind, headers, body, secrets=AtRest(source)) if source is not None else None
    if source is None or heard is None:
        return False
    if crowded and not heard.removed_groups:
        source.heard_at = now if heard.changed else source.heard_at
        return True
    values = {"brand_id": brand_id, "id": new_id(), "source_id": source.id, "delivery": heard.delivery[:200] or sha256(body).hexdigest(),
              "topic": heard.topic[:80], "removed_groups": [group.replace("\0", "") for group in heard.removed_groups], "received_at": now}
    fresh = session.scalar(insert(FlagshipDelivery).values(values).on_conflict_do_nothing().returning(FlagshipDelivery.id))
    if fresh is not None and (heard.changed or heard.removed_groups):
        _knock(session, source, now)
    return True


def _knock(session: Session, source: FlagshipSource, now: datetime) -> None:
    source.heard_at = now
    session.flush()
    zone = ZoneInfo("UTC")
    if source.authorisation_ended_at is None and due(session, source, now=now, zone=zone) is not None:
        with suppress(Conflict):
            queue_sync(session, brand_id=source.brand_id, source_id=source.id, mode="apply", reads="changes", now=now)


class AtRest:
    """The secrets of a source already at hand; only read."""

    def __init__(self, source: FlagshipSource) -> None:
        self._source = source

    def read(self) -> Mapping[str, str]:
        return read_secrets(self._source)

    def keep(self, **renewed: str) -> None:
        raise RuntimeError("hearing renews nothing")

