"""Which days are read: those a person asks for, and by themselves yesterday, what was missed or failed, and what did not agree yet."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand
from app.domain.provider.models import CheckoutSession, ProviderDay
from app.kernel.clock import day_start, local_day
from app.kernel.db import gather
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id
from app.kernel.queue import defer, waiting

JOB = "read_provider_day"
STUCK, AFTER_TROUBLE = timedelta(hours=1), timedelta(minutes=30)
"""Queued without a word for so long, a day is taken up again; a failed one is tried again after so long."""
HOUR, CATCH_UP, FOLLOWED = timedelta(hours=5), 7, 90
"""Yesterday is read from five o'clock on; so many days that were missed or failed are made up for; so many are followed while something differs."""
OLDEST = timedelta(days=366)


def queue_provider_day(session: Session, *, brand_id: int, provider: str, day: date, now: datetime) -> ProviderDay:
    """Have a day read now, anew if it was. Raises Refused for a day that has not begun, Conflict while it is under way."""
    timezone = timezone_of(session, brand_id)
    row = _queued(session, brand_id, provider, day, timezone, now)
    defer(session, JOB, day=day.isoformat(), timezone=timezone)
    return row


def _queued(session: Session, brand_id: int, provider: str, day: date, timezone: str, now: datetime) -> ProviderDay:
    today = local_day(now, timezone)
    if not today - OLDEST <= day <= today:
        raise Refused("day_invalid", "只能核对今天和过去一年里的日子", field="day")
    session.execute(insert(ProviderDay).values(brand_id=brand_id, id=new_id(), provider=provider, day=day, state="failed", totals={}, asked_at=now)
                    .on_conflict_do_nothing())
    row = session.scalars(select(ProviderDay).where(ProviderDay.brand_id == brand_id, ProviderDay.provider == provider, ProviderDay.day == day)
                          .with_for_update().execution_options(populate_existing=True)).one()
    if row.state == "queued" and now - row.asked_at < STUCK:
        raise Conflict("day_running", "这一天正在核对，请稍候")
    row.state, row.asked_at, row.problem = "queued", now, ""
    session.flush()
    return row


def queue_due_days(session: Session, *, brand_id: int, provider: str, now: datetime) -> int:
    """How many; none before the brand's first shopper was sent to the provider. One job reads a day for all brands that wait for it."""
    timezone = timezone_of(session, brand_id)
    today = local_day(now, timezone)
    last = today - timedelta(days=1 if now >= day_start(today, timezone) + HOUR else 2)
    since = last - timedelta(days=CATCH_UP - 1)
    first = _first(session, provider, timezone, since)
    if first is None:
        return 0
    begins = max(since, first)
    known = {row.day: row for row in session.scalars(select(ProviderDay).where(ProviderDay.provider == provider, ProviderDay.day >= begins))}
    due = [day for day in (begins + timedelta(days=count) for count in range((last - begins).days + 1)) if _is_due(known.get(day), now)]
    differing = session.scalars(select(ProviderDay).where(ProviderDay.provider == provider, ProviderDay.state == "differs",
                                                          ProviderDay.day > last - timedelta(days=FOLLOWED), ProviderDay.day <= last))
    due += [row.day for row in differing if row.day not in due and _follows(row, last, now)]
    for day in due:
        _queued(session, brand_id, provider, day, timezone, now)
        gather(session, waiting(JOB, day=day.isoformat(), timezone=timezone))
    return len(due)


def _first(session: Session, provider: str, timezone: str, since: date) -> date | None:
    """The day the first shopper went to the provider, or one that was read before that; not looked for where something older than `since` was read."""
    oldest = session.scalar(select(func.min(ProviderDay.day)).where(ProviderDay.provider == provider))
    if oldest is not None and oldest <= since:
        return oldest
    first_at = session.scalar(select(func.min(CheckoutSession.created_at)).where(CheckoutSession.provider == provider))
    return local_day(first_at, timezone) if first_at else oldest


def _is_due(row: ProviderDay | None, now: datetime) -> bool:
    if row is None:
        return True
    return row.state == "failed" and now - row.asked_at >= AFTER_TROUBLE or row.state == "queued" and now - row.asked_at >= STUCK


def _follows(row: ProviderDay, last: date, now: datetime) -> bool:
    """Daily in the first week, then weekly: what was told late agrees by then, a bank takes its time."""
    return now - row.asked_at >= timedelta(days=1 if last - row.day <= timedelta(days=CATCH_UP) else 7)


def timezone_of(session: Session, brand_id: int) -> str:
    return session.scalar(select(Brand.timezone).where(Brand.id == brand_id)) or "UTC"
