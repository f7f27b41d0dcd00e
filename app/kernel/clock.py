"""Time is an argument; this is where it comes from (R33)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def local_day(moment: datetime, timezone: str) -> date:
    """The calendar day a moment falls on in the brand's time zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def day_start(day: date, timezone: str) -> datetime:
    """The first moment of a brand-local day, in UTC; a day is [day_start(d), day_start(d+1))."""
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def end_of_day_after(moment: datetime, days: int, timezone: str) -> datetime:
    """The local midnight that ends the `days`-th day after `moment`: hold periods end at 00:00 (R12)."""
    return day_start(local_day(moment, timezone) + timedelta(days=days), timezone)
