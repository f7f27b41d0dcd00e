"""Which days are read: those a person asks for, and by themselves yesterday and what was missed or failed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource
from app.domain.flagship_books.models import FlagshipDay
from app.domain.flagship_books.ports import FlagshipDoors
from app.domain.fulfilment.models import OrderPush
from app.domain.people.audit import acting
from app.kernel.clock import day_start, local_day
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.queue import defer

from .doors import no_orders

STUCK, AFTER_TROUBLE = timedelta(hours=2), timedelta(minutes=30)
"""Queued or running without a word for so long, a day is taken up again; a failed one is tried again after so long."""
HOUR, CATCH_UP = timedelta(hours=5), 7
"""Yesterday is read from five o'clock on; of what was missed or failed, so many days are made up for."""
OLDEST = timedelta(days=366)
UNDER_WAY = ("queued", "running")


def queue_day(session: Session, *, brand_id: int, source_id: UUID, day: date, flagship: FlagshipDoors, now: datetime) -> FlagshipDay:
    """Have a day checked, anew if it was. Raises NotFound, Refused for a day that has not begun or a source without orders, Conflict."""
    source = session.scalar(select(FlagshipSource).where(FlagshipSource.brand_id == brand_id, FlagshipSource.id == source_id))
    if source is None:
        raise NotFound("flagship_source", source_id)
    if source.status != "active":
        raise Refused("source_removed", "这个来源已断开，不能再读", field="source_id")
    if not flagship.takes(source.kind):
        raise no_orders()
    today = local_day(now, timezone_of(session, brand_id))
    if not today - OLDEST <= day <= today:
        raise Refused("day_invalid", "只能核对今天和过去一年里的日子", field="day")
    row = _row(session, brand_id, source_id, day, now)
    row.state, row.asked_at, row.asked_by = "queued", now, acting(session).name[:80]
    session.flush()
    defer(session, "reconcile_flagship_day", brand_id=brand_id, day_id=str(row.id))
    return row


def _row(session: Session, brand_id: int, source_id: UUID, day: date, now: datetime) -> FlagshipDay:
    """The day's row, locked; a new one if it was never asked for."""
    session.execute(insert(FlagshipDay).values(brand_id=brand_id, id=new_id(), source_id=source_id, day=day, state="failed", asked_at=now)
                    .on_conflict_do_nothing())
    row = session.scalars(select(FlagshipDay).where(FlagshipDay.brand_id == brand_id, FlagshipDay.source_id == source_id, FlagshipDay.day == day)
                          .with_for_update().execution_options(populate_existing=True)).one()
    if row.state in UNDER_WAY and now - row.asked_at < STUCK:
        raise Conflict("day_running", "这一天正在核对，请稍候")
    return row


def queue_due_days(session: Session, *, brand_id: int, flagship: FlagshipDoors, now: datetime) -> int:
    """Yesterday, once it is five in the brand's morning, and what was missed or failed of the days before it; how many."""
    timezone = timezone_of(session, brand_id)
    today, started = local_day(now, timezone), 0
    last = today - timedelta(days=1 if now >= day_start(today, timezone) + HOUR else 2)
    for source_id, first_at in _with_orders(session, brand_id):
        begins = max(last - timedelta(days=CATCH_UP - 1), local_day(first_at, timezone))
        done = {row.day: row for row in session.scalars(select(FlagshipDay).where(FlagshipDay.brand_id == brand_id, FlagshipDay.source_id == source_id,
                                                                                 FlagshipDay.day >= begins))}
        for day in (begins + timedelta(days=count) for count in range((last - begins).days + 1)):
            if _is_due(done.get(day), now):
                with suppress(Conflict, Refused):
                    queue_day(session, brand_id=brand_id, source_id=source_id, day=day, flagship=flagship, now=now)
                    started += 1
    return started


def _is_due(row: FlagshipDay | None, now: datetime) -> bool:
    if row is None:
        return True
    return now - row.asked_at >= (AFTER_TROUBLE if row.state == "failed" else STUCK) and row.state in ("failed", *UNDER_WAY)


def _with_orders(session: Session, brand_id: int) -> Sequence[Row[UUID, datetime]]:
    """(source, when its first order went there); one that waits for its owner is left alone."""
    first = func.min(func.coalesce(OrderPush.placed_at, OrderPush.submitted_at))
    return session.execute(
        select(FlagshipSource.id, first).join(OrderPush, (OrderPush.brand_id == FlagshipSource.brand_id) & (OrderPush.source_id == FlagshipSource.id))
        .where(FlagshipSource.brand_id == brand_id, FlagshipSource.status == "active", FlagshipSource.authorisation_ended_at.is_(None))
        .group_by(FlagshipSource.id).having(first.is_not(None)).order_by(FlagshipSource.id)).all()


def timezone_of(session: Session, brand_id: int) -> str:
    return session.scalar(select(Brand.timezone).where(Brand.id == brand_id)) or "UTC"
