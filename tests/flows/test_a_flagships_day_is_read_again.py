"""A later reading takes the place of an earlier one whole; one that breaks off takes nobody's place and goes on later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, make_url, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.config import Settings
from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.ports import NeedsAuthorisation
from app.domain.flagship_books.actions import handle_line
from app.domain.flagship_books.models import FlagshipDay, FlagshipDayLine
from app.domain.fulfilment.ports import Stage
from app.domain.people.models import AuditEvent
from app.extensions import Database
from app.flows.reconcile_flagship import queue_day, reading, reconcile_day
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.flagship_books import DAY, NEXT_MORNING, MemoryBooks, a_push, check, differences, read, standing
from tests.builders.flagships import a_source
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def source(database: Database, shop: Shop) -> UUID:
    return a_source(database, shop.brand_id)


def asked(database: Database, books: MemoryBooks, shop: Shop, source: UUID, now: Any = NEXT_MORNING) -> UUID:
    with database.transaction(shop.brand_id) as session:
        return queue_day(session, brand_id=shop.brand_id, source_id=source, day=DAY, flagship=books, now=now).id


def handle(database: Database, line: FlagshipDayLine, said: str = "", *, handled: bool = True) -> None:
    with database.transaction(line.brand_id) as session:
        handle_line(session, brand_id=line.brand_id, day_id=line.day_id, line_id=line.id, handled=handled, said=said, now=NEXT_MORNING)


def wrong(database: Database, day: FlagshipDay) -> list[FlagshipDayLine]:
    return [line for line in standing(database, day) if line.differs]


def facts(lines: list[FlagshipDayLine]) -> list[tuple[Any, ...]]:
    return [(line.order_key, line.kind, line.cause, line.ours_minor, line.theirs_minor, line.ours_state, line.theirs_state) for line in lines]


def test_twice_is_as_once(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    a_push(shop, source, "F1", books=books, fee_minor=1)
    a_push(shop, source, "F2", books=books, total_minor=1)
    first = check(database, books, brand_id=shop.brand_id, source_id=source)
    lines = facts(standing(database, first))
    second = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert (second.id, second.reading, facts(standing(database, second))) == (first.id, 2, lines)
    assert (second.orders_theirs_minor, second.difference_count) == (first.orders_theirs_minor, first.difference_count) == (41881, 1)
    with database.transaction(shop.brand_id) as session:
        assert {line.reading for line in session.scalars(select(FlagshipDayLine))} == {2}


@pytest.mark.parametrize("batch", [1, 100])
def test_a_list_may_tell_an_order_twice_and_the_later_word_counts(database: Database, shop: Shop, source: UUID, batch: int) -> None:
    books = MemoryBooks()
    a_push(shop, source, "F1", books=books)
    books.orders = {"before": replace(books.orders["F1"], total_minor=1, refunded_minor=5990), **books.orders}
    day = check(database, books, brand_id=shop.brand_id, source_id=source, batch=batch)
    assert (day.state, day.order_count, day.orders_theirs_minor, day.refunds_theirs_minor) == ("matched", 1, 41880, 0)


@pytest.mark.parametrize("answers", range(4))
def test_gone_in_the_middle_leaves_what_stood(database: Database, shop: Shop, source: UUID, answers: int) -> None:
    books = MemoryBooks()
    for key in ("F1", "F2"):
        a_push(shop, source, key, books=books)
    a_push(shop, source, "F3")
    stood = facts(standing(database, check(database, books, brand_id=shop.brand_id, source_id=source)))
    books.change("F1", total_minor=1)
    books.calls, books.answers = [], answers
    day = check(database, books, brand_id=shop.brand_id, source_id=source, now=NEXT_MORNING + MINUTE)
    assert (day.state, day.error_code, day.reading, day.read_at) == ("failed", "connection_failed", 1, NEXT_MORNING)
    assert (day.order_count, day.difference_count, facts(standing(database, day))) == (3, 1, stood)
    books.answers = None
    day = check(database, books, brand_id=shop.brand_id, source_id=source, now=NEXT_MORNING + 2 * MINUTE)
    assert (day.state, day.error_code, differences(database, day)) == ("differs", "", {("F1", "amount_differs"), ("F3", "missing_there")})


def test_never_read_is_never_matched(database: Database, shop: Shop, source: UUID) -> None:
    day = check(database, MemoryBooks(answers=0), brand_id=shop.brand_id, source_id=source)
    assert (day.state, day.reading, day.read_at) == ("failed", 0, None)


def test_it_goes_on_where_it_stopped_if_it_is_tried_soon(database: Database, shop: Shop, source: UUID) -> None:
    """The list is not read again, nor the orders asked for one by one; after six hours everything is."""
    books = MemoryBooks()
    a_push(shop, source, "F1", books=books, changed_at=NOON)
    a_push(shop, source, "F2", books=books, changed_at=NOON - timedelta(days=3))
    a_push(shop, source, "F3", books=books, changed_at=NOON - timedelta(days=3))
    books.answers = 3
    day = check(database, books, brand_id=shop.brand_id, source_id=source, batch=1)
    assert (day.state, books.calls) == ("failed", ["listed F1", "end of list", "status F2"])
    books.calls, books.answers = [], None
    day = check(database, books, brand_id=shop.brand_id, source_id=source, now=NEXT_MORNING + timedelta(hours=1), batch=1)
    assert (day.state, day.order_count, books.calls) == ("matched", 3, ["status F3"])
    books.calls, books.answers = [], 3
    check(database, books, brand_id=shop.brand_id, source_id=source, batch=1)
    books.calls, books.answers = [], None
    check(database, books, brand_id=shop.brand_id, source_id=source, now=NEXT_MORNING + timedelta(hours=7), batch=1)
    assert books.calls == ["listed F1", "end of list", "status F2", "status F3"]


def test_many_orders_are_left_to_further_jobs(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks(listed=False)
    for key in ("F1", "F2", "F3"):
        a_push(shop, source, key, books=books)
    day = check(database, books, brand_id=shop.brand_id, source_id=source, batch=1, at_once=2)
    assert (day.state, day.reading, books.calls) == ("running", 0, ["status F1", "status F2"])
    day = read(database, books, brand_id=shop.brand_id, day_id=day.id, batch=1, at_once=2)
    assert (day.state, day.order_count, books.calls) == ("matched", 3, ["status F1", "status F2", "status F3"])


def test_a_day_that_is_done_is_not_read_again_by_a_second_job(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    books.calls = []
    assert reconcile_day(database, brand_id=shop.brand_id, day_id=day.id, flagship=books, now=NEXT_MORNING) == ""
    assert books.calls == []


def test_one_worker_at_a_time(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    day_id = asked(database, books, shop, source)
    with database.transaction(shop.brand_id) as session:
        session.execute(reading.ONE_WORKER, {"day": f"{shop.brand_id}:{day_id}"})
        assert reconcile_day(database, brand_id=shop.brand_id, day_id=day_id, flagship=books, now=NEXT_MORNING) == "running"
    assert read(database, books, brand_id=shop.brand_id, day_id=day_id).state == "matched"


def test_asked_twice_is_told(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    asked(database, books, shop, source)
    with pytest.raises(Conflict):
        asked(database, books, shop, source, NEXT_MORNING + timedelta(hours=1))
    asked(database, books, shop, source, NEXT_MORNING + timedelta(hours=2))


@pytest.mark.parametrize("day", [DAY + timedelta(days=2), DAY - timedelta(days=366)])
def test_a_day_must_have_begun_within_a_year(database: Database, shop: Shop, source: UUID, day: Any) -> None:
    with pytest.raises(Refused) as refused:
        check(database, MemoryBooks(), brand_id=shop.brand_id, source_id=source, day=day)
    assert refused.value.field == "day"


def test_a_source_without_orders_is_refused(database: Database, shop: Shop, source: UUID) -> None:
    with pytest.raises(Refused) as refused:
        check(database, MemoryBooks(listed=False, channel=False), brand_id=shop.brand_id, source_id=source)
    assert refused.value.code == "no_orders"
    with pytest.raises(NotFound):
        check(database, MemoryBooks(), brand_id=shop.brand_id, source_id=UUID(int=7))


def test_who_has_to_be_let_in_again_is_marked(database: Database, shop: Shop, source: UUID) -> None:
    class Locked(MemoryBooks):
        def answer(self, call: str) -> None:
            raise NeedsAuthorisation("needs_authorisation", "授权已失效")

    assert check(database, Locked(), brand_id=shop.brand_id, source_id=source).state == "failed"
    with database.transaction(shop.brand_id) as session:
        assert session.scalars(select(FlagshipSource.authorisation_ended_at)).one() == NEXT_MORNING


def test_what_a_person_wrote_stays(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    for key in ("F1", "F2", "F3"):
        a_push(shop, source, key, books=books, total_minor=1)
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    for line in wrong(database, day):
        handle(database, line, f"{line.flagship_order_id} 已和店铺核实")
    books.change("F2", total_minor=2)
    books.change("F3", total_minor=41880)
    again = check(database, books, brand_id=shop.brand_id, source_id=source)
    lines = [(line.flagship_order_id, line.cause, line.differs, line.note, line.handled_at is not None) for line in standing(database, again)
             if line.kind == "order"]
    assert sorted(lines) == [
        ("F1", "amount_differs", True, "F1 已和店铺核实", True),
        ("F2", "amount_differs", True, "F2 已和店铺核实", False),  # another amount is another difference
        ("F3", "", False, "", False), ("F3", "amount_differs", False, "F3 已和店铺核实", True)]  # gone, and readable
    assert again.difference_count == 2
    assert (again.orders_ours_minor, again.orders_theirs_minor) == (3 * 41880, 1 + 2 + 41880)


def test_it_is_marked_with_a_note_and_opened_again(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    a_push(shop, source, "F1", books=books, stage=Stage.CANCELLED)
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    [line] = wrong(database, day)
    [match] = [one for one in standing(database, day) if one.cause == ""]
    for said, code in (("  \0", "note_missing"), ("长" * 301, "note_too_long")):
        with pytest.raises(Refused) as refused:
            handle(database, line, said)
        assert refused.value.code == code
    with pytest.raises(Refused):
        handle(database, match, "没有不符")
    handle(database, line, "  店铺\n已恢复 ")
    [line] = wrong(database, day)
    assert (line.note, line.handled_at) == ("店铺 已恢复", NEXT_MORNING)
    handle(database, line, handled=False)
    [line] = wrong(database, day)
    assert (line.note, line.handled_at, line.handled_by) == ("店铺 已恢复", None, "")
    with database.transaction(shop.brand_id) as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "flagship_day_lines").order_by(AuditEvent.id)).all()
        assert [event.after for event in events] == [{"handled": True, "note": "店铺 已恢复"}, {"handled": False, "note": "店铺 已恢复"}]


def test_a_note_written_while_a_reading_takes_its_place_is_not_lost(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    a_push(shop, source, "F1", books=books, total_minor=1)
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    for turn in range(5):
        [line] = wrong(database, day)
        asked(database, books, shop, source)
        start, told = Barrier(2), []

        def write(line: FlagshipDayLine = line, turn: int = turn, start: Barrier = start, told: list[str] = told) -> None:
            start.wait()
            try:
                handle(database, line, f"第 {turn} 次")
                told.append(f"第 {turn} 次")
            except NotFound:  # the page was of before: its reader is told
                pass

        writer = Thread(target=write)
        writer.start()
        start.wait()
        day = read(database, books, brand_id=shop.brand_id, day_id=day.id)
        writer.join()
        [line] = wrong(database, day)
        assert not told or line.note == told[0]


def test_a_note_waits_for_the_day_and_would_be_lost_without(database: Database, shop: Shop, source: UUID) -> None:
    """A reading that takes its place holds the day. Who wrote past it would write on a line that is about to go."""
    books = MemoryBooks()
    a_push(shop, source, "F1", books=books, total_minor=1)
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    [line] = wrong(database, day)
    asked(database, books, shop, source)
    with database.transaction(shop.brand_id) as taking:
        taking.scalars(select(FlagshipDay).where(FlagshipDay.id == day.id).with_for_update()).one()
        with database.transaction(shop.brand_id) as session, pytest.raises(OperationalError):
            session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            handle_line(session, brand_id=shop.brand_id, day_id=day.id, line_id=line.id, handled=True, said="等着", now=NEXT_MORNING)
        with database.transaction(shop.brand_id) as session:
            session.execute(update(FlagshipDayLine).where(FlagshipDayLine.id == line.id).values(note="没等"))
            assert session.scalars(select(FlagshipDayLine.note).where(FlagshipDayLine.id == line.id)).one() == "没等"


def test_another_brand_sees_none_of_it(database: Database, shop: Shop, source: UUID) -> None:
    """Raw statements name no brand here: the wall is the database's. Who stands on top of it, the operator, sees the rows."""
    books = MemoryBooks()
    a_push(shop, source, "F1", books=books)
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    with database.transaction(shop.brand_id + 1_000_000) as session:
        for table in ("flagship_days", "flagship_day_lines"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    with database.transaction(operator=True) as session:
        assert session.execute(text("SELECT count(*) FROM flagship_day_lines WHERE day_id = :day"), {"day": day.id}).scalar() == len(standing(database, day)) > 0


def test_a_stuck_day_is_asked_for_again(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    day_id = asked(database, books, shop, source)
    with database.transaction(shop.brand_id) as session:
        session.execute(update(FlagshipDay).values(state="running"))
    assert asked(database, books, shop, source, NEXT_MORNING + timedelta(hours=2)) == day_id


def test_asked_by_many_at_once_it_is_one_day_and_one_job(database: Database, shop: Shop, source: UUID) -> None:
    """The unique key makes one row of it, the row's lock one answer; without the key the second would be a day of its own."""
    books, told, start = MemoryBooks(), [], Barrier(4)

    def ask() -> None:
        start.wait()
        try:
            told.append(str(asked(database, books, shop, source)))
        except Conflict as conflict:
            told.append(conflict.code)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction(shop.brand_id) as session:
        [day] = session.scalars(select(FlagshipDay)).all()
        jobs = session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'reconcile_flagship_day' AND args ->> 'day_id' = :day"),
                               {"day": str(day.id)}).scalar()
    assert (sorted(told), jobs) == (sorted([str(day.id), "day_running", "day_running", "day_running"]), 1)


def test_without_its_key_a_day_would_be_there_twice(settings: Settings, database: Database, shop: Shop, source: UUID) -> None:
    day_id = asked(database, MemoryBooks(), shop, source)
    engine = create_engine(make_url(settings.owner_url).set(username="postgres"))
    twin = text("INSERT INTO flagship_days (brand_id, id, source_id, day, asked_at) SELECT brand_id, gen_random_uuid(), source_id, day, asked_at "
                "FROM flagship_days WHERE id = :id")
    with engine.connect() as connection:
        with pytest.raises(IntegrityError):
            connection.execute(twin, {"id": day_id})
        connection.rollback()
        connection.execute(text("ALTER TABLE flagship_days DROP CONSTRAINT uq_flagship_days_brand_id_source_id_day"))
        connection.execute(twin, {"id": day_id})
        assert connection.execute(text("SELECT count(*) FROM flagship_days WHERE source_id = :source"), {"source": source}).scalar() == 2
        connection.rollback()
    engine.dispose()
