"""What was told and never arrived: the provider's own list of events goes through the same inbox (R18)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.provider.health import note_down, note_up
from app.domain.provider.inbox import take_in
from app.domain.provider.models import ProviderHealth
from app.domain.provider.ports import EventFacts, Misused, OnlineProvider, ProviderProblem

OVERLAP = timedelta(hours=1)
FIRST_LOOK = timedelta(days=1)
AT_ONCE = 100
CIRCUIT_OPEN = "circuit_open"


def sweep_events(database: Transactions, *, provider: OnlineProvider, now: datetime) -> int:
    """From an hour before the last sweep that came to its end; how many had not been heard. It also finds out whether the provider is there."""
    with database.transaction() as session:
        health = session.get(ProviderHealth, provider.name)
        last = health.swept_until if health else None
    found = 0
    try:
        for batch in _batches(provider.events_since(min(last or now - FIRST_LOOK, now) - OVERLAP)):
            with database.transaction() as session:
                found += take_in(session, provider=provider.name, live=provider.live, source="sweep", events=batch, now=now)
    except ProviderProblem as problem:
        if isinstance(problem, Misused) or problem.code == CIRCUIT_OPEN:
            note_trouble(database, provider, problem, now)
        raise
    with database.transaction() as session:
        note_up(session, provider.name, now)
        _swept(session, provider.name, now)
    return found


def note_trouble(database: Transactions, provider: OnlineProvider, problem: ProviderProblem, now: datetime) -> None:
    with database.transaction() as session:
        note_down(session, provider.name, problem.code, now)


def _batches(events: Iterator[EventFacts]) -> Iterator[list[EventFacts]]:
    """Each is read before a transaction begins."""
    while batch := list(islice(events, AT_ONCE)):
        yield batch


def _swept(session: Session, provider: str, now: datetime) -> None:
    row = insert(ProviderHealth).values(provider=provider, swept_until=now, changed_at=now)
    session.execute(row.on_conflict_do_update(index_elements=["provider"], set_={"swept_until": now}))
