"""Which things are told, which of them are worth a message outside the app, and when a message that did not leave is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

KINDS = frozenset({
    "sold", "refunded", "released", "paid_out", "payout_failed", "welcome", "customers_came", "customers_went", "task", "task_late", "training", "reward",
    "held", "hold_cleared", "hold_upheld", "dispute_won", "dispute_lost", "order_went",
    "account_ready", "account_wanted", "account_stopped",
})
URGENT = frozenset({"paid_out", "payout_failed", "released", "held", "hold_cleared", "hold_upheld", "account_stopped"})
"""Sent by message too, to who wished it: money that moved, or was held from moving."""

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 240))
"""After the first try, the second, …; after the last of them it stays failed."""
STALE_AFTER = timedelta(hours=24)
"""Old news is no longer sent."""
REMEMBERED = timedelta(minutes=9)
"""WeChat knows a message's key for ten minutes: within them a message that may have left can be asked for again."""
INTERRUPTED_AFTER = timedelta(minutes=5)


def next_try(*, tries: int, planned_at: datetime, now: datetime, seconds: int = 0) -> datetime | None:
    """When to try again after `tries` tries; None for not at all. `seconds` is what the carrier asks for."""
    if tries > len(WAITS):
        return None
    at = now + max(WAITS[tries - 1], timedelta(seconds=seconds))
    return at if at - planned_at <= STALE_AFTER else None


def may_repeat(channel: str, *, planned_at: datetime, at: datetime) -> bool:
    """Whether a message that may have left can be sent again without being read twice."""
    return channel == "wechat" and at - planned_at <= REMEMBERED
