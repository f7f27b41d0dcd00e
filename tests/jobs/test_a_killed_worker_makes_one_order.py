"""kill -9 between taking an order up, submitting it and writing that down: the flagship has exactly one, and ours goes on."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.config import Settings
from app.extensions import Database
from app.flows.hear_from_flagship import work_push
from app.gateways.wiring import Gateways
from app.jobs import REGISTRY, flagship_orders
from app.jobs.worker import run_job
from app.kernel import sealing
from app.web.shared.application import Application
from tests.builders.pushes import PUSH, QUERY, SUBMIT, Jd, Pushing
from tests.conftest import NOON, TestClock

FREIGHT = "jingdong.ctp.order.getFreightFee"


def work(settings: Settings, brand_id: int, push_id: UUID) -> None:
    sealing.use_secret(settings.secret_key)
    work_push(Database(settings), brand_id=brand_id, push_id=push_id, flagship=Gateways.from_settings(settings).flagship, now=NOON)


def killed_at(method: str, selling: Pushing, settings: Settings) -> None:
    """A worker of its own process, killed while it waits for the answer to this call; its effect, if it has one, is there."""
    selling.jd.fault("slow", method, seconds=60)
    process = multiprocessing.get_context("spawn").Process(target=work, args=(settings, selling.brand_id, selling.push().id))
    process.start()
    deadline = time.monotonic() + 90
    while not selling.jd.calls(method):
        assert time.monotonic() < deadline and process.is_alive()
        time.sleep(0.05)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    selling.jd.well_again()


def due(app: Application) -> None:
    """The minute's job, as the worker runs it: it finds the brand and what is due of it."""
    run_job(app, REGISTRY["find_due_flagship_orders"], {})


@pytest.mark.parametrize(("method", "state"), [(FREIGHT, "unsure"), (QUERY, "unsure"), (SUBMIT, "unsure"), (PUSH, "placed")])
def test_wherever_it_dies_there_is_one_order(selling: Pushing, jd: Jd, settings: Settings, app: Application, clock: TestClock, method: str, state: str) -> None:
    selling.sell()
    killed_at(method, selling, settings)
    assert selling.push().state == state
    assert selling.work(NOON + timedelta(minutes=1)) == "", "it is the dead worker's until the lease ends"
    clock.now = NOON + timedelta(minutes=16)
    due(app)
    run_job(app, REGISTRY["work_due_flagship_orders"], {"brand_id": selling.brand_id})
    assert (selling.push().state, len(jd.orders), jd.orders[0]["state"]) == ("paid_told", 1, "WAIT_SELLER_STOCK_OUT")


def test_paying_queues_the_job_with_the_payment_and_the_minute_finds_what_is_due(selling: Pushing, app: Application, clock: TestClock) -> None:
    selling.sell()
    with selling.database.transaction(selling.brand_id) as session:
        queued = session.execute(text("SELECT task_name, args->>'row_id' FROM procrastinate_jobs WHERE (args->>'brand_id')::int = :brand AND task_name = :name"),
                                 {"brand": selling.brand_id, "name": flagship_orders.PUSH}).all()
    assert [tuple(row) for row in queued] == [("push_order", str(selling.push().id))]
    for _ in range(2):
        due(app)
    with selling.database.transaction(selling.brand_id) as session:
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE (args->>'brand_id')::int = :brand AND task_name = 'work_due_flagship_orders'"),
                              {"brand": selling.brand_id}) == 1
    run_job(app, REGISTRY["push_order"], {"brand_id": selling.brand_id, "row_id": str(selling.push().id)})
    assert selling.push().state == "paid_told"


def test_a_flagship_that_is_away_is_knocked_at_once_a_minute(selling: Pushing, jd: Jd, app: Application, clock: TestClock) -> None:
    for seconds in range(3):
        selling.sell(NOON + timedelta(seconds=seconds))
    jd.fault("error", QUERY, count=-1, code="15")
    clock.now = NOON + timedelta(minutes=1)
    run_job(app, REGISTRY["work_due_flagship_orders"], {"brand_id": selling.brand_id})
    assert jd.calls(QUERY) == 1 and {push.state for push in selling.pushes()} == {"waiting"}
    jd.well_again()
    clock.now = NOON + timedelta(minutes=2)
    run_job(app, REGISTRY["work_due_flagship_orders"], {"brand_id": selling.brand_id})
    assert {push.state for push in selling.pushes()} == {"paid_told"}
