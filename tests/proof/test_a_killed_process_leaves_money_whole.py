"""kill -9 of web and worker in the middle of settlement and payout: wholly done or wholly not, the books balance, the next try ends it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.ledger.checking import check_ledger
from app.jobs.worker import put_back_stalled, queue_app
from app.kernel.queue import defer
from tests.proof.conftest import Due, Place, a_due_brand, an_approved_run
from tests.proof.processes import held_up, kill, run_command, wait_for_quiet, wait_until, web, worker

SETTLING = ("ledger_transactions", "ledger_entries", "orders", "settlement_runs", "audit_events")
PAYING = ("payouts", "payout_runs", "ledger_transactions", "ledger_entries", "audit_events")
"""Each write of the work in its order is a moment to be killed at."""
PAYEES = 2
"""The guide and her store."""

SETTLED = """SELECT (SELECT count(*) FROM settlement_runs), (SELECT count(*) FROM ledger_transactions WHERE kind = 'released'),
(SELECT count(*) FROM ledger_entries WHERE kind = 'released' AND phase = 'available'), (SELECT count(*) FROM orders WHERE state = 'completed')"""
PAID = """SELECT (SELECT string_agg(state, ' ') FROM payout_runs), (SELECT count(*) FROM ledger_transactions WHERE kind = 'payout_done'),
(SELECT string_agg(DISTINCT state, ' ' ORDER BY state) FROM payouts WHERE state <> 'left_out'),
(SELECT count(*) FROM ledger_entries WHERE phase = 'paid')"""


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[tuple[Any, str]]:
    """gunicorn with one worker; a killed worker is replaced by its master."""
    with web(place.settings) as running:
        yield running


def state(place: Place, due: Due, what: str) -> tuple[Any, ...]:
    with place.database.session(due.brand_id) as session:
        assert check_ledger(session, brand_id=due.brand_id) == []
        return tuple(session.execute(text(what)).one())


def books_balance(place: Place) -> None:
    checked = run_command(place.settings, "ledger", "check")
    assert (checked.returncode, checked.stdout[:15]) == (0, "ledger balances"), checked


def ask(address: str, due: Due, path: str) -> int:
    """The status of a POST that may be asked again: it carries its key."""
    headers = {"Authorization": f"Bearer {due.token}", "Idempotency-Key": path, "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{address}/api/v1{path}", b"{}", headers), timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def asking(address: str, due: Due, path: str) -> threading.Thread:
    """Somebody whose request dies with the server."""
    def work() -> None:
        with suppress(OSError):
            ask(address, due, path)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def kill_worker_of(process: Any) -> None:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    for child in children.split():
        os.kill(int(child), signal.SIGKILL)


def killed_at(place: Place, server: tuple[Any, str], due: Due, path: str, table: str) -> None:
    process, address = server
    with held_up(place.folder, place.name, table) as waiting:
        thread = asking(address, due, path)
        wait_until(waiting)
        kill_worker_of(process)
        thread.join()
    wait_for_quiet(place.folder, place.name)


@pytest.mark.parametrize("table", SETTLING)
def test_web_is_killed_while_it_settles(place: Place, server: tuple[Any, str], table: str) -> None:
    due = a_due_brand(place)
    killed_at(place, server, due, "/settlement-runs", table)
    assert state(place, due, SETTLED) == (0, 0, 0, 0)
    books_balance(place)
    assert [ask(server[1], due, "/settlement-runs") for _ in range(2)] == [201, 201]
    assert state(place, due, SETTLED) == (1, 1, due.shares, 3)


@pytest.mark.parametrize("table", PAYING)
def test_web_is_killed_while_it_pays_out(place: Place, server: tuple[Any, str], table: str) -> None:
    due = an_approved_run(place)
    path = f"/payout-runs/{due.run_id}/execute"
    killed_at(place, server, due, path, table)
    assert state(place, due, PAID) == ("approved", 0, "approved", 0)
    books_balance(place)
    assert [ask(server[1], due, path) for _ in range(2)] == [200, 200]
    assert state(place, due, PAID)[:3] == ("executed", PAYEES, "paid")


def test_the_whole_server_is_killed(place: Place) -> None:
    """Master, workers and all; another one takes over."""
    due = a_due_brand(place)
    with web(place.settings) as (process, address), held_up(place.folder, place.name, "settlement_runs") as waiting:
        thread = asking(address, due, "/settlement-runs")
        wait_until(waiting)
        kill(process)
        thread.join()
    wait_for_quiet(place.folder, place.name)
    assert state(place, due, SETTLED) == (0, 0, 0, 0)
    books_balance(place)
    with web(place.settings) as (_, address):
        assert ask(address, due, "/settlement-runs") == 201
    assert state(place, due, SETTLED) == (1, 1, due.shares, 3)


def test_web_is_killed_at_any_moment(place: Place, server: tuple[Any, str]) -> None:
    """Whatever the moment was: all or nothing, and asking again with the same key ends it once."""
    process, address = server
    ends = []
    for round_ in range(12):
        due = a_due_brand(place) if round_ % 2 else an_approved_run(place)
        path, what = ("/settlement-runs", SETTLED) if round_ % 2 else (f"/payout-runs/{due.run_id}/execute", PAID)
        nothing = (0, 0, 0, 0) if round_ % 2 else ("approved", 0, "approved", 0)
        thread = asking(address, due, path)
        time.sleep(random.uniform(0, 0.15))
        kill_worker_of(process)
        thread.join()
        wait_for_quiet(place.folder, place.name)
        left = state(place, due, what)
        ends.append(left == nothing)
        wait_until(lambda: ask(address, due, path) in (200, 201))  # noqa: B023 (called here and now)
        whole = state(place, due, what)
        assert whole != nothing and left in (nothing, whole)
    books_balance(place)
    print("killed before the end:", sum(ends), "of", len(ends))


@pytest.mark.parametrize("table", ["ledger_entries", "settlement_runs"])
def test_a_worker_is_killed_while_it_settles(place: Place, table: str) -> None:
    due = a_due_brand(place)
    settle_in_background(place, due)
    with worker(place.settings) as process, held_up(place.folder, place.name, table) as waiting:
        wait_until(waiting)
        kill(process)
    wait_for_quiet(place.folder, place.name)
    assert state(place, due, SETTLED) == (0, 0, 0, 0)
    books_balance(place)
    next_worker_ends_it(place)
    assert state(place, due, SETTLED) == (1, 1, due.shares, 3)


def test_a_worker_is_killed_before_it_could_say_that_it_was_done(place: Place) -> None:
    """The work is committed, the job still says 'doing': it runs again and finds nothing to do."""
    due = a_due_brand(place)
    settle_in_background(place, due)
    with worker(place.settings) as process, held_up(place.folder, place.name, "settlement_runs") as at_work:
        wait_until(at_work)
        with held_up(place.folder, place.name, "procrastinate_jobs") as reporting:
            at_work.release()
            wait_until(lambda: state(place, due, SETTLED)[0] == 1 and reporting())
            kill(process)
    wait_for_quiet(place.folder, place.name)
    assert state(place, due, SETTLED) == (1, 1, due.shares, 3)
    books_balance(place)
    next_worker_ends_it(place)
    assert state(place, due, SETTLED) == (1, 1, due.shares, 3)


def settle_in_background(place: Place, due: Due) -> None:
    with place.database.transaction(due.brand_id) as session:
        defer(session, "settle_due_money", brand_id=due.brand_id)


def next_worker_ends_it(place: Place) -> None:
    """The rescue that runs every minute, now; then another worker."""
    assert asyncio.run(rescue(place)) >= 1
    with worker(place.settings):
        wait_until(lambda: open_jobs(place) == 0)


async def rescue(place: Place) -> int:
    queue = queue_app(place.app, by_itself=False)
    async with queue.open_async():
        return await put_back_stalled(queue, after_seconds=0)


def open_jobs(place: Place) -> int:
    with place.database.session() as session:
        return int(session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'settle_due_money'")).scalar_one())
