"""One reading of a day, from taking it up to taking its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import Update, select, text, update

from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.ports import FlagshipUnreachable, NeedsAuthorisation, Transactions
from app.domain.catalog.secrets import SourceSecrets
from app.domain.flagship_books.models import FlagshipDay
from app.domain.flagship_books.ports import FlagshipDoors
from app.domain.flagship_books.pushes import meant, moved, ours
from app.domain.flagship_books.readings import Found, forget_try, take_place, write_lines
from app.domain.flagship_books.rules import Ours, compared, unread
from app.domain.fulfilment.ports import FlagshipOrder
from app.domain.people.audit import note
from app.kernel.clock import day_start
from app.kernel.errors import Invalid, NotFound, Refused
from app.kernel.queue import defer

from .doors import Doors, open_doors
from .queueing import timezone_of

BATCH, AT_ONCE = 100, 2_000
"""Orders compared in one transaction; asked for one by one before the rest is left to another job, so that others get their turn."""
NO_ANSWER = frozenset({"timeout", "connection_failed", "host_unknown", "address_refused"})
IN_A_ROW = 3
"""A flagship that answers nobody, or refuses so many orders in a row, is not there; one that refuses a single order is read, with an exception."""
GOES_ON = timedelta(hours=6)
"""A reading tried again later than that begins anew: its first words would be too old."""
ONE_WORKER = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:day, 7031))")
Told = tuple[UUID | None, FlagshipOrder | FlagshipUnreachable | None]
"""(our push, the flagship's word): None where one side knows of none; the refusal where it will not speak of the order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One try at a day. `until` is the day's end, or now for a day that is not over."""

    database: Transactions
    brand_id: int
    source_id: UUID
    day_id: UUID
    number: int
    since: datetime
    until: datetime
    now: datetime
    doors: Doors = field(repr=False)
    batch: int
    at_once: int

    def ask(self, push_ids: Sequence[UUID], *, in_a_row: int = IN_A_ROW) -> list[Told]:
        """One by one, no further than so many refusals in a row."""
        with self.database.transaction(self.brand_id) as session:
            mine = ours(session, brand_id=self.brand_id, push_ids=push_ids, now=self.now)
        told: list[Told] = []
        for push_id in push_ids:
            if push_id in mine and not _refused(told, in_a_row):
                told.append((push_id, self._word(mine[push_id])))
        return told

    def _word(self, mine: Ours) -> FlagshipOrder | FlagshipUnreachable | None:
        try:
            return self.doors.order(mine)
        except FlagshipUnreachable as refusal:
            if isinstance(refusal, NeedsAuthorisation) or refusal.code in NO_ANSWER:
                raise
            return refusal

    def compare(self, told: Sequence[Told], *, in_a_row: int = IN_A_ROW) -> None:
        """Ours are read anew for every batch, so that the two words are of nearly the same moment. Raises the last of so many refusals in a row."""
        with self.database.transaction(self.brand_id) as session:
            mine = ours(session, brand_id=self.brand_id, push_ids=[push_id for push_id, _ in told if push_id], now=self.now)
            write_lines(session, brand_id=self.brand_id, day_id=self.day_id, reading=self.number,
                        found=[self._found(mine.get(push_id) if push_id else None, theirs) for push_id, theirs in told])
        if refusal := _refused(told, in_a_row):
            raise refusal

    def _found(self, mine: Ours | None, theirs: FlagshipOrder | FlagshipUnreachable | None) -> Found:
        if isinstance(theirs, FlagshipUnreachable):
            return mine, None, unread(mine, theirs)
        placed_at = (mine.placed_at if mine else None) or (theirs.placed_at if theirs else None)
        return mine, theirs, compared(mine, theirs, fee_counts=placed_at is not None and self.since <= placed_at < self.until)


def _refused(told: Sequence[Told], in_a_row: int) -> FlagshipUnreachable | None:
    """The last of so many refusals in a row; 0: however many there are."""
    words = [word for _, word in told[-in_a_row:] if isinstance(word, FlagshipUnreachable)]
    return words[-1] if 0 < in_a_row == len(words) else None


def reconcile_day(database: Transactions, *, brand_id: int, day_id: UUID, flagship: FlagshipDoors, now: datetime, batch: int = BATCH,
                  at_once: int = AT_ONCE) -> str:
    """Read a queued day, or go on with one that broke off, and return its state; nothing happens if another worker has it.

    The guard transaction holds one advisory lock and no row: when a worker dies, the lock goes with its connection.
    """
    with database.transaction(brand_id) as guard:
        if not guard.scalar(ONE_WORKER, {"day": f"{brand_id}:{day_id}"}):
            return "running"
        try:
            reading, listed = _begin(database, brand_id, day_id, flagship, now, (batch, at_once))
            if reading is None:
                return ""
            if not listed:
                _read_list(reading)
            return _finish(reading) if _ask_the_rest(reading) else "running"
        except (FlagshipUnreachable, Refused) as failure:
            return _fail(database, brand_id, day_id, failure, now)


def _begin(database: Transactions, brand_id: int, day_id: UUID, flagship: FlagshipDoors, now: datetime, sizes: tuple[int, int]) -> tuple[Reading | None, bool]:
    """The reading to work on and whether its list was read; none for a day that is done."""
    with database.transaction(brand_id) as session:
        day = session.scalar(select(FlagshipDay).where(FlagshipDay.brand_id == brand_id, FlagshipDay.id == day_id).with_for_update())
        if day is None:
            raise NotFound("flagship_day", day_id)
        if day.state in ("matched", "differs"):
            return None, False
        if day.trying <= day.reading or day.began_at is None or now - day.began_at >= GOES_ON:
            day.trying, day.began_at, day.listed = max(day.trying, day.reading) + 1, now, False
            forget_try(session, brand_id=brand_id, day_id=day_id, standing=day.reading)
        day.state, day.asked_at = "running", now
        timezone, source = timezone_of(session, brand_id), day.source
        source_id, kind, settings = source.id, source.kind, {**source.settings}
        number, listed, since, until = day.trying, day.listed, day_start(day.day, timezone), day_start(day.day + timedelta(days=1), timezone)
    doors = open_doors(kind, settings, SourceSecrets(database, brand_id, source_id), flagship, now=now)
    return Reading(database, brand_id, source_id, day_id, number, since, min(until, now), now, doors, *sizes), listed


def _read_list(reading: Reading) -> None:
    """Page after page of what changed there; of it only what is ours is kept, and what says it is ours without our knowing."""
    if reading.doors.shop is not None:
        told = (one for one in reading.doors.shop.orders(since=reading.since, until=reading.until)
                if one.changed_at is None or reading.since <= one.changed_at < reading.until)
        while batch := list(islice(told, reading.batch)):
            _hear(reading, batch)
    with reading.database.transaction(reading.brand_id) as session:
        session.execute(_of(reading.brand_id, reading.day_id).values(listed=True))


def _hear(reading: Reading, batch: Sequence[FlagshipOrder]) -> None:
    """An order known by the flagship's number alone may be a part of ours (JD splits by seller): it says only that ours moved."""
    with reading.database.transaction(reading.brand_id) as session:
        named, known = meant(session, brand_id=reading.brand_id, source_id=reading.source_id, orders=batch)
    told: list[Told] = [(named.get(one.flagship_order_id), one) for one in batch if one.flagship_order_id in named or _stranger(one, known)]
    reading.compare([*told, *reading.ask(sorted(set(known.values()) - set(named.values())))])


def _stranger(one: FlagshipOrder, known: Mapping[str, UUID]) -> bool:
    """It carries a number of ours, and we know nothing of it."""
    return bool(one.outer_number) and one.flagship_order_id not in known


def _ask_the_rest(reading: Reading) -> bool:
    """What moved here and was not in the list, at last once more what was refused before; False when it is more than one job should do."""
    with reading.database.transaction(reading.brand_id) as session:
        found = moved(session, brand_id=reading.brand_id, source_id=reading.source_id, day_id=reading.day_id, reading=reading.number, from_=reading.since,
                      to=reading.until, most=reading.at_once + 1)
    for doubted, in_a_row in ((False, IN_A_ROW), (True, 0)):
        ids = [push_id for push_id, was_refused in found[:reading.at_once] if was_refused == doubted]
        for start in range(0, len(ids), reading.batch):
            reading.compare(reading.ask(ids[start:start + reading.batch], in_a_row=in_a_row), in_a_row=in_a_row)
    if len(found) <= reading.at_once:
        return True
    with reading.database.transaction(reading.brand_id) as session:
        defer(session, "reconcile_flagship_day", brand_id=reading.brand_id, day_id=str(reading.day_id))
    return False


def _finish(reading: Reading) -> str:
    with reading.database.transaction(reading.brand_id) as session:
        day = session.scalars(select(FlagshipDay).where(FlagshipDay.brand_id == reading.brand_id, FlagshipDay.id == reading.day_id)
                              .with_for_update()).one()
        totals = take_place(session, brand_id=reading.brand_id, day_id=day.id, before=day.reading, reading=reading.number)
        for name, value in asdict(totals).items():
            setattr(day, name, value)
        day.reading, day.read_at, day.state = reading.number, day.began_at, "differs" if totals.difference_count else "matched"
        day.error_code, day.error_message, day.error_data = "", "", None
        note(session, action="reconciled", subject_kind="flagship_days", subject_id=day.id, subject_name=day.day.isoformat(), after=asdict(totals))
        return day.state


def _fail(database: Transactions, brand_id: int, day_id: UUID, failure: FlagshipUnreachable | Refused, now: datetime) -> str:
    """What stands of an earlier reading stands."""
    if isinstance(failure, Invalid):
        failure = failure.errors[0]
    with database.transaction(brand_id) as session:
        values = {"error_code": failure.code[:60], "error_message": failure.message, "error_data": dict(failure.data)}
        session.execute(_of(brand_id, day_id).values(state="failed", asked_at=now, **values))
        if isinstance(failure, NeedsAuthorisation):
            source_id = select(FlagshipDay.source_id).where(FlagshipDay.brand_id == brand_id, FlagshipDay.id == day_id).scalar_subquery()
            session.execute(update(FlagshipSource).where(FlagshipSource.brand_id == brand_id, FlagshipSource.id == source_id)
                            .values(authorisation_ended_at=now).execution_options(synchronize_session=False))
    return "failed"


def _of(brand_id: int, day_id: UUID) -> Update:
    return update(FlagshipDay).where(FlagshipDay.brand_id == brand_id, FlagshipDay.id == day_id).execution_options(synchronize_session=False)
