"""How an event of a provider is taken and tried again (R18)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from .ports import EventFacts

REF, TYPE, ACCOUNT = (re.compile(pattern) for pattern in (r"[!-~]{1,120}", r"[!-~]{1,80}", r"[!-~]{0,120}"))
"""What the columns hold of its names."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=15)
STUCK_AFTER = 5
"""Tries after which somebody should look."""


def keepable(event: EventFacts) -> bool:
    """Its names fit their columns. What else it says may be left out: only which object it is about is ever used."""
    pairs = ((REF, event.id), (REF, event.object_ref), (TYPE, event.type), (ACCOUNT, event.account_ref))
    return all(isinstance(name, str) and pattern.fullmatch(name) for pattern, name in pairs)


def next_try(tries: int, *, now: datetime, seconds: float = 0.0) -> datetime:
    """After so many tries, and not before the provider wants to be asked again: 10 s, 20 s, 40 s … a quarter of an hour."""
    wait = min(FIRST_WAIT * 2 ** min(max(tries - 1, 0), 10), LONGEST_WAIT)
    return now + max(wait, min(timedelta(seconds=seconds), LONGEST_WAIT))
