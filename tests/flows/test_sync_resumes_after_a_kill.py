"""R36: resumable. A worker that dies between two batches leaves whole batches; the next goes on, nothing twice."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from app.domain.brands.models import Brand
from app.domain.catalog.models import SyncItem, SyncRun, Variant
from app.extensions import Database
from app.flows.sync_flagship import queue_sync, resume_sync, run_sync
from app.kernel.errors import Conflict
from tests.builders.flagships import MemoryFlagship, a_flagship, a_source, sync, work
from tests.conftest import NOON

COUNT = 2_100


class Killed(BaseException):
    """The worker is gone, as by kill -9: nobody cleans up."""


def dying(step: str, marks: int) -> object:
    seen = iter(range(10_000))

    def watch(now: str, done: int, total: int) -> None:
        if now == step and next(seen) >= marks:
            raise Killed

    return watch


def queued(database: Database, brand_id: int) -> SyncRun:
    source = a_source(database, brand_id)
    with database.transaction(brand_id) as session:
        return queue_sync(session, brand_id=brand_id, source_id=source, mode="apply", now=NOON, in_background=False)


@pytest.mark.parametrize(("step", "marks", "written"), [("fetching", 2, 0), ("applying", 1, 0), ("applying", 2, 1_000)])
def test_killed_and_taken_up_again(database: Database, brand: Brand, step: str, marks: int, written: int) -> None:
    flagship, run = a_flagship(COUNT), queued(database, brand.id)
    with pytest.raises(Killed):
        run_sync(database, brand_id=brand.id, run_id=run.id, flagship=flagship, now=NOON, watch=dying(step, marks))  # type: ignore[arg-type]  # plain function
    with database.transaction(brand.id) as session:
        assert session.scalar(select(func.count()).select_from(Variant)) == written
        assert session.scalars(select(SyncRun.state)).one() == "running"
        resume_sync(session, brand_id=brand.id, run_id=run.id, now=NOON, in_background=False)
    done = work(database, flagship, brand_id=brand.id, run_id=run.id, now=NOON)
    assert (done.state, done.counts["created"], sum(done.counts.values())) == ("succeeded", COUNT, COUNT)
    with database.transaction(brand.id) as session:
        assert session.scalar(select(func.count(func.distinct(Variant.external_id)))) == COUNT
        assert session.scalar(select(func.count()).select_from(Variant)) == COUNT
        assert session.scalar(select(func.count()).select_from(SyncItem).where(SyncItem.applied)) == COUNT


def test_a_run_that_is_over_is_not_resumed(database: Database, brand: Brand) -> None:
    source = a_source(database, brand.id)
    run = sync(database, a_flagship(1), brand_id=brand.id, source_id=source, now=NOON)
    with database.transaction(brand.id) as session, pytest.raises(Conflict):
        resume_sync(session, brand_id=brand.id, run_id=run.id, now=NOON)


def test_two_at_once_on_one_source_is_one_conflict(database: Database, brand: Brand) -> None:
    source, results = a_source(database, brand.id), []
    both = threading.Barrier(2)

    def ask() -> None:
        both.wait()
        try:
            with database.transaction(brand.id) as session:
                queue_sync(session, brand_id=brand.id, source_id=source, mode="apply", now=NOON, in_background=False)
            results.append("queued")
        except Conflict as conflict:
            results.append(conflict.code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["queued", "sync_running"]


def test_a_run_worked_by_two_is_worked_by_one(database: Database, brand: Brand) -> None:
    run = queued(database, brand.id)
    slow, flagship = threading.Event(), a_flagship(3)

    class Slow(MemoryFlagship):
        def list_items(self, *, currency: str, cursor: str = ""):  # type: ignore[no-untyped-def]  # an iterator that waits
            slow.wait(10)
            yield from super().list_items(currency=currency)

    first = threading.Thread(target=work, args=(database, Slow(flagship.items)), kwargs={"brand_id": brand.id, "run_id": run.id, "now": NOON})
    first.start()
    while True:
        with database.transaction(brand.id) as session:
            if session.scalars(select(SyncRun.step)).one() == "fetching":
                break
    assert run_sync(database, brand_id=brand.id, run_id=run.id, flagship=flagship, now=NOON) == "running"
    slow.set()
    first.join()
    with database.transaction(brand.id) as session:
        assert session.scalars(select(SyncRun.state)).one() == "succeeded"
        assert session.scalar(select(func.count()).select_from(Variant)) == 3
