"""One reading of a day: from the provider to a spool a brand, from there into each brand's day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand
from app.domain.catalog.ports import Transactions
from app.domain.provider.day_rules import Theirs, unmarked
from app.domain.provider.health import note_down
from app.domain.provider.models import ProviderDay, Stray
from app.domain.provider.ports import BalanceFacts, Declined, Misused, OnlineProvider, ProviderProblem
from app.domain.provider.routing import brand_of
from app.kernel.clock import day_start

from .comparing import take_place
from .spools import Spool

log = structlog.get_logger()

MARGIN = timedelta(minutes=10)
"""Read before and after the day: a charge and its movement, or our clock and theirs, may stand on two sides of midnight."""
AT_ONCE = 500


def read_provider_day(database: Transactions, *, provider: OnlineProvider, day: date, timezone: str, now: datetime) -> dict[int, str]:
    """Brand → the state of its day, of every brand of this time zone that waits for it. Raises nothing the provider does."""
    brands, waiting = _waiting(database, provider.name, day, timezone)
    if not waiting:
        return {}
    since, until = day_start(day, timezone), day_start(day + timedelta(days=1), timezone)
    with ExitStack() as files:
        spools = {brand_id: files.enter_context(Spool()) for brand_id in waiting}
        strays = files.enter_context(Spool())
        try:
            for line in _told(provider, since, until):
                _put(line, brands, spools, strays, inside=since <= line.at < until)
        except ProviderProblem as problem:
            return _failed(database, provider.name, waiting, problem, now)
        _keep_strays(database, provider.name, strays, now)
        states = {}
        for brand_id, day_id in waiting.items():
            with database.transaction(brand_id) as session:
                states[brand_id] = take_place(session, brand_id=brand_id, day_id=day_id, spool=spools[brand_id], since=since, until=until, now=now)
    return states


def _waiting(database: Transactions, provider: str, day: date, timezone: str) -> tuple[frozenset[int], dict[int, UUID]]:
    """All brands there are, and of those of the time zone the days that are queued."""
    with database.transaction() as session:
        brands = {brand.id: brand.timezone for brand in session.execute(select(Brand.id, Brand.timezone))}
    waiting = {}
    for brand_id in (brand_id for brand_id, theirs in brands.items() if theirs == timezone):
        with database.transaction(brand_id) as session:
            row = session.scalar(select(ProviderDay.id).where(ProviderDay.provider == provider, ProviderDay.day == day, ProviderDay.state == "queued"))
        if row:
            waiting[brand_id] = row
    return frozenset(brands), waiting


def _told(provider: OnlineProvider, since: datetime, until: datetime) -> Iterable[Theirs]:
    for line in provider.balance_lines(since=since - MARGIN, until=until + MARGIN):
        theirs = Theirs(line.ref, line.kind, line.amount_minor, line.fee_minor, line.currency, line.source_ref, line.at, line.marks,
                        line.moved_minor, line.moved_currency)
        yield theirs if brand_of(line.marks) is not None or not line.charge_ref else unmarked(theirs, _marks_of_charge(provider, line))


def _marks_of_charge(provider: OnlineProvider, line: BalanceFacts) -> Mapping[str, str]:
    """A dispute, and whatever somebody did by hand at the provider, carries no marks; its charge does, if it is ours."""
    try:
        return provider.read_charge(line.charge_ref).marks
    except Declined:
        return {}


def _put(line: Theirs, brands: frozenset[int], spools: Mapping[int, Spool], strays: Spool, *, inside: bool) -> None:
    whose = brand_of(line.marks)
    if whose not in brands:
        if inside:
            strays.put(line)
    elif spool := spools.get(whose or 0):
        if inside:
            spool.put(line)
        else:
            spool.beside.add(line.source_ref)


def _keep_strays(database: Transactions, provider: str, strays: Spool, now: datetime) -> None:
    """In the provider's own word for what they are."""
    with database.transaction() as session:
        for batch in strays.batches(AT_ONCE):
            session.execute(insert(Stray).on_conflict_do_nothing(), [
                {"provider": provider, "balance_ref": line.ref, "kind": line.kind[:40], "source_ref": line.source_ref, "amount_minor": line.amount_minor,
                 "fee_minor": line.fee_minor, "currency": line.currency, "at": line.at, "seen_at": now} for line in batch])


def _failed(database: Transactions, provider: str, waiting: Mapping[int, UUID], problem: ProviderProblem, now: datetime) -> dict[int, str]:
    """What stands of an earlier reading stands. A key that is refused is for somebody to see at once."""
    if isinstance(problem, Misused):
        log.error("the provider's books cannot be read", provider=provider, code=problem.code, said=problem.message)
        with database.transaction() as session:
            note_down(session, provider, problem.code, now)
    for brand_id, day_id in waiting.items():
        with database.transaction(brand_id) as session:
            row = _row(session, day_id)
            row.state, row.asked_at, row.problem = "failed", now, str(problem)[:200]
    return dict.fromkeys(waiting, "failed")


def _row(session: Session, day_id: UUID) -> ProviderDay:
    return session.scalars(select(ProviderDay).where(ProviderDay.id == day_id).with_for_update()).one()
