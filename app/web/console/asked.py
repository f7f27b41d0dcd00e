"""What a list's address asks for; anything unreadable counts as not asked, so no address is an error."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from flask import request

from app.kernel.clock import day_start, local_day
from app.kernel.texts import clean
from app.web.shared import asking
from app.web.shared.application import now
from app.web.shared.asking import row_id as row_id
from app.web.shared.serving import brand

EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)


def text(name: str, *, most: int = 80) -> str:
    return clean(request.args.get(name, ""))[:most]


def one_of(name: str, allowed: Iterable[str]) -> str:
    """The value if it is one of `allowed`, else ''."""
    value = request.args.get(name, "")
    return value if value in tuple(allowed) else ""


def day(name: str) -> date | None:
    try:
        value = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return value if EARLIEST <= value <= LATEST else None


def days() -> tuple[datetime | None, datetime | None]:
    """?from= and ?to= as moments in the brand's time zone, half-open: the last day is included (R33)."""
    first, last = day("from"), day("to")
    zone = brand().timezone
    return (day_start(first, zone) if first else None, day_start(last + timedelta(days=1), zone) if last else None)


def month(name: str = "month") -> date:
    """The first day of ?month=2026-11, or of the present month."""
    try:
        value = date.fromisoformat(request.args.get(name, "")[:7] + "-01")
    except ValueError:
        value = today()
    return value.replace(day=1) if EARLIEST <= value <= LATEST else today().replace(day=1)


def month_bounds(first: date) -> tuple[datetime, datetime]:
    """[start, end) of the month that begins on `first`, in the brand's time zone."""
    following = (first + timedelta(days=32)).replace(day=1)
    return day_start(first, brand().timezone), day_start(following, brand().timezone)


def today() -> date:
    return local_day(now(), brand().timezone)


def local_moment(value: str) -> datetime | None:
    """'2026-12-01T00:00' in the brand's time zone, as a form's datetime-local field sends it."""
    return asking.local_moment(value, brand().timezone)


def query(**values: object) -> dict[str, Any]:
    """Query arguments that are set, for links that keep a list's filters."""
    return {name.rstrip("_"): str(value) for name, value in values.items() if value not in (None, "", False)}
