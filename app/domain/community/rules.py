"""How a group is doing, from what its links brought."""

from __future__ import annotations

from datetime import datetime, timedelta

EARNS_FROM = 200
"""Members from which groups are seen to earn (domain.md §1)."""
QUIET, DEAD = timedelta(days=7), timedelta(days=30)
HEALTHS = ("earning", "growing", "quiet", "dead")


def health(*, members: int, last: datetime, now: datetime) -> str:
    """`last`: when one of its links was opened last, or else when it was entered. A small group that is opened is growing."""
    if now - last >= DEAD:
        return "dead"
    if now - last >= QUIET:
        return "quiet"
    return "earning" if members >= EARNS_FROM else "growing"


def silent_days(*, last: datetime, now: datetime) -> int:
    return max((now - last).days, 0)
