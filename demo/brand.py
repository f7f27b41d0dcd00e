"""The sample brand in one place: its names, its settings, its password, its day of opening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.kernel.clock import day_start, local_day

SLUG = "farway"
NAME, NAME_EN = "远途", "FARWAY"
PASSWORD = "yundian-demo"
OPERATOR = ("operator@yundian.example", "云店运营")
FLAGSHIP_HOST = "flagship.farway.example"
TIMEZONE = "Asia/Shanghai"
LAST_DAY = 14
"""The story's days are 0 to 14; the last is today."""

SETTINGS: dict[str, int | str | bool] = {
    "slogan": "轻一点，走得更远",
    "service_phone": "400-555-0127",
    "color": "#1f3d36",
    "tint": "#eef3f0",
    "sand": "#f3eee4",
    "guard_bp": 7_000,
    "attribution_window_days": 15,
    "after_sale_days": 7,
    "payment_minutes": 1_440,
    "shipping_fee_minor": 1_200,
    "free_shipping_from_minor": 9_900,
    "payout_minimum_minor": 1_000,
    "two_levels": False,
    "binding_exclusive": True,
}


@dataclass(frozen=True)
class Calendar:
    """The story's days as moments. Days before today run as on the clock; today is drawn in so that it ends at `end`."""

    opening: date
    end: datetime

    @classmethod
    def ending(cls, now: datetime) -> Calendar:
        """The story whose last day is today."""
        return cls(local_day(now, TIMEZONE) - timedelta(days=LAST_DAY), now)

    @classmethod
    def begun(cls, opened_at: datetime, now: datetime) -> Calendar:
        """A story that has begun before, whenever it is told on."""
        opening = local_day(opened_at, TIMEZONE)
        return cls(opening, min(now, day_start(opening + timedelta(days=LAST_DAY + 1), TIMEZONE)))

    def moment(self, day: int, clock: time) -> datetime:
        """'day 3, 14:20' in UTC."""
        midnight = day_start(self.opening + timedelta(days=day), TIMEZONE)
        shown = datetime.combine(self.opening + timedelta(days=day), clock, ZoneInfo(TIMEZONE)) - midnight
        return midnight + (shown if day < LAST_DAY else shown * ((self.end - midnight) / timedelta(days=1)))
