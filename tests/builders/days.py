"""The day it is now, for outside systems that go by their own clock, and so do their doubles."""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.kernel.clock import local_day


def today() -> date:
    """In Shanghai. Asked when it is needed: a run may pass midnight."""
    return local_day(datetime.now(UTC), "Asia/Shanghai")
