"""The period an address asks for: a month, a week or any days on the brand's calendar; half-open as moments (R33)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import request
from flask_babel import gettext

from app.kernel.clock import day_start, local_day

from .application import now
from .formats import day
from .serving import brand

EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)
LONGEST = timedelta(days=400)
WEEK = re.compile(r"(2[01]\d\d)-W(\d\d)", re.ASCII)
KINDS = ("month", "week", "days")


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both inside."""

    kind: str
    first: date
    last: date

    @property
    def from_(self) -> datetime:
        return day_start(self.first, brand().timezone)

    @property
    def to(self) -> datetime:
        """Not inside."""
        return day_start(self.last + timedelta(days=1), brand().timezone)

    @property
    def query(self) -> dict[str, str]:
        """The arguments of an address that asks for it."""
        if self.kind == "month":
            return {"month": f"{self.first:%Y-%m}"}
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            return {"week": f"{year}-W{week:02d}"}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}

    @property
    def label(self) -> str:
        if self.kind == "month":
            return day(self.first, "yyyy-MM")
        return gettext("%(first)s 至 %(last)s", first=day(self.first), last=day(self.last))

    @property
    def slug(self) -> str:
        """For the name of a file."""
        return next(iter(self.query.values())) if self.kind != "days" else f"{self.first}-{self.last}"

    @property
    def earlier(self) -> Period:
        return _ending(self.kind, self.first - timedelta(days=1), self.last - self.first)

    @property
    def later(self) -> Period | None:
        """None for what has not begun."""
        first = self.last + timedelta(days=1)
        if first > today():
            return None
        return month_of(first) if self.kind == "month" else Period(self.kind, first, first + (self.last - self.first))

    def of_kind(self, kind: str) -> Period:
        """The same time as a month, a week or plain days; a period that runs now is shown by the unit that runs now."""
        at = min(max(self.first, today()), self.last)
        return self if kind == self.kind else month_of(at) if kind == "month" else week_of(at) if kind == "week" else Period("days", self.first, self.last)


def asked_period(asked: Mapping[str, str] | None = None) -> Period:
    """from= and to=, week=2026-W47 or month=2026-11 of an address or a form; the present month for anything else."""
    given = request.args if asked is None else asked
    first, last = _day(given.get("from", "")), _day(given.get("to", ""))
    if first and last and timedelta() <= last - first < LONGEST:
        return Period("days", first, last)
    found = WEEK.fullmatch(given.get("week", ""))
    if found:
        try:
            return week_of(date.fromisocalendar(int(found[1]), int(found[2]), 1))
        except ValueError:
            pass
    return month_of(_day(given.get("month", "")[:7] + "-01") or today())


def asked_week() -> Period:
    """week=2026-W47 of an address; the present week for anything else, and for a week that has not begun."""
    asked = asked_period()
    return asked if asked.kind == "week" and asked.first <= today() else week_of(today())


def month_of(inside: date) -> Period:
    first = inside.replace(day=1)
    return Period("month", first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def week_of(inside: date) -> Period:
    first = inside - timedelta(days=inside.weekday())
    return Period("week", first, first + timedelta(days=6))


def today() -> date:
    return local_day(now(), brand().timezone)


def _ending(kind: str, last: date, length: timedelta) -> Period:
    return month_of(last) if kind == "month" else Period(kind, last - length, last)


def _day(text: str) -> date | None:
    try:
        value = date.fromisoformat(text)
    except ValueError:
        return None
    return value if EARLIEST <= value <= LATEST else None
