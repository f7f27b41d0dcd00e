"""The inbox is worked: taken up in a short transaction, followed outside of any, written off in another.

A worker killed anywhere in between leaves rows that are taken up again when their lease ends, and applied again without harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from app.domain.catalog.ports import Transactions
from app.domain.provider.inbox import NOT_FOLLOWED, NOT_OURS, NOT_THERE, Taken, hand_over, put_back, set_aside, take_up
from app.domain.provider.ports import Later, Misused, OnlineProvider, ProviderProblem, Unsure

from .following import FOLLOW, Applier, Follow, steps_of
from .sweeping import CIRCUIT_OPEN, note_trouble

log = structlog.get_logger()
AT_ONCE = 20
"""Subjects in a batch."""
GONE = ("resource_missing", "account_invalid")
"""Of an object, and of an account that is ours no more."""


def work_inbox(database: Transactions, *, provider: OnlineProvider, now: datetime, follow: Follow = FOLLOW) -> int:
    """One batch; how many events it took up."""
    with database.transaction() as session:
        taken = take_up(session, provider=provider.name, most=AT_ONCE, now=now)
    for applier, ref, events in steps_of(taken, follow):
        _follow(database, provider, applier, ref, events, now)
    return len(taken)


def _follow(database: Transactions, provider: OnlineProvider, applier: Applier | None, ref: str, events: Sequence[Taken], now: datetime) -> None:
    """One event that breaks waits by itself and stops none of the others."""
    try:
        told = applier(database, provider=provider, ref=ref, now=now) if applier and ref else None
        if told is None:
            return _nobodys(database, events, NOT_FOLLOWED if applier is None else NOT_OURS, now)
        with database.transaction(told.brand_id) as session:
            hand_over(session, events, provider=provider.name, told=told, now=now)
    except (Unsure, Later) as later:
        _again(database, events, later.code, now, getattr(later, "seconds", 0.0))
        if later.code == CIRCUIT_OPEN:
            note_trouble(database, provider, later, now)
    except ProviderProblem as problem:
        if problem.code in GONE:
            return _nobodys(database, events, NOT_THERE, now)
        log.error("a provider's event cannot be followed", ref=ref, type=events[0].type, code=problem.code, said=problem.message)
        _again(database, events, problem.code, now)
        if isinstance(problem, Misused):
            note_trouble(database, provider, problem, now)
    except Exception as error:
        log.exception("a provider's event broke", ref=ref, type=events[0].type, events=[one.event_id for one in events])
        _again(database, events, type(error).__name__, now)


def _nobodys(database: Transactions, events: Sequence[Taken], problem: str, now: datetime) -> None:
    with database.transaction() as session:
        set_aside(session, events, problem=problem, now=now)


def _again(database: Transactions, events: Sequence[Taken], problem: str, now: datetime, seconds: float = 0.0) -> None:
    with database.transaction() as session:
        put_back(session, events, problem=problem, now=now, seconds=seconds)
