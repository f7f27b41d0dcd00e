"""The worker: one batch after the other, never two at one thing, each event's trouble its own, whatever kills it."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.config import Settings
from app.domain.catalog.ports import Transactions
from app.domain.ledger.models import LedgerTransaction
from app.domain.provider.health import health_of
from app.domain.provider.inbox import JOB, LEASE
from app.domain.provider.models import InboxEvent, ProviderEvent
from app.domain.provider.ports import Later, Misused, OnlineProvider, Unsure
from app.domain.provider.routing import Told
from app.extensions import Database
from app.flows.hear_provider import FOLLOW, Follow, work_inbox
from app.flows.hear_provider.following import the_object
from app.flows.pay_online.apply_session import apply_session
from app.gateways.wiring import Gateways
from app.jobs import REGISTRY, provider_events
from app.jobs.worker import run_job
from app.kernel import sealing
from app.web.shared.application import Application
from app.web.shared.safety import limiter
from tests.builders.money import order_of, whole
from tests.builders.shops import Shop
from tests.builders.stripe_events import all_told, an_event, deliver, empty_inbox, inbox, work_all
from tests.builders.stripe_orders import charge_of, door_of, online_order, session_ref
from tests.builders.stripe_world import StripeWorld
from tests.conftest import TestClock

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    before, limiter.enabled = limiter.enabled, False
    yield
    limiter.enabled = before


@pytest.fixture
def name(stripe_app: Application, wall_time: TestClock) -> str:
    """Of events of this test's own; what other tests left is out of the way."""
    empty_inbox(stripe_app)
    return f"evt_w{os.getpid()}_{next(_numbers)}"


def following(applier: Any) -> Follow:
    return (("checkout.session.", applier, the_object),)


def paid_there(application: Application, world: StripeWorld, shop: Shop) -> tuple[Any, dict[str, Any]]:
    """An order that is paid at the provider, and what it tells of that."""
    placed = online_order(shop, application.clock())
    world.does(f"complete_session/{session_ref(door_of(application, shop, placed))}", method="card", outcome="paid")
    return placed, next(event for event in all_told(world) if event["type"] == "checkout.session.completed")


def test_two_workers_on_one_inbox_never_read_one_thing_at_a_time(stripe_app: Application, name: str, shop: Shop) -> None:
    """Twenty things, four events each; an applier that takes its time says when it began and ended."""
    began, lock = [], threading.Lock()
    inside: set[str] = set()
    overlaps: list[str] = []

    def slow(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
        with lock:
            began.append(ref)
            overlaps.extend([ref] if ref in inside else [])
            inside.add(ref)
        time.sleep(0.02)
        with lock:
            inside.remove(ref)
        return Told(shop.brand_id)

    client = stripe_app.test_client()
    for number in range(80):
        deliver(client, an_event(f"{name}_{number}", ref=f"cs_{name}_{number % 20}"))
    gate = threading.Barrier(2)

    def worker(_: int) -> int:
        gate.wait(10)
        done = 0
        while taken := work_inbox(stripe_app.database, provider=stripe_app.gateways.online, now=stripe_app.clock(), follow=following(slow)):
            done += taken
            for number in range(2):
                deliver(stripe_app.test_client(), an_event(f"{name}_late_{taken}_{number}", ref=f"cs_{name}_{number}"))
        return done

    with ThreadPoolExecutor(2) as pool:
        taken = sum(pool.map(worker, range(2)))
    rest = work_all(stripe_app, follow=following(slow))
    with stripe_app.database.transaction(shop.brand_id) as session:
        total = session.scalar(select(func.count()).where(InboxEvent.event_id.startswith(name)))
        assert session.scalar(select(func.count()).where(ProviderEvent.event_id.startswith(name))) == total == taken + rest
    assert overlaps == [] and len(began) >= 20


def test_what_comes_while_its_thing_is_in_hand_waits_for_whoever_has_it(stripe_app: Application, name: str, shop: Shop) -> None:
    seen: list[int] = []

    def busy(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
        if not seen:
            deliver(stripe_app.test_client(), an_event(f"{name}_second", ref=name))
            deliver(stripe_app.test_client(), an_event(f"{name}_other", ref=f"{name}_other"))
            seen.append(0)
            seen.append(work_inbox(database, provider=provider, now=now, follow=following(lambda *_, **__: Told(shop.brand_id))))
        return Told(shop.brand_id)

    deliver(stripe_app.test_client(), an_event(f"{name}_first", ref=name))
    assert work_inbox(stripe_app.database, provider=stripe_app.gateways.online, now=stripe_app.clock(), follow=following(busy)) == 1
    assert seen == [0, 1], "another worker took the other thing alone"
    assert [row["done_at"] for row in inbox(stripe_app, f"{name}_second")] == [None]
    assert work_all(stripe_app, follow=following(busy)) == 1


def test_twin_without_the_lease_two_are_at_one_thing(stripe_app: Application, name: str, shop: Shop) -> None:
    inside: list[int] = []

    def outlived(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
        inside.append(len(inside))
        if len(inside) == 1:
            with stripe_app.database.transaction() as session:
                session.execute(text("UPDATE provider_inbox SET next_try_at = :now"), {"now": now})
            work_inbox(database, provider=provider, now=now, follow=following(outlived))
        return Told(shop.brand_id)

    deliver(stripe_app.test_client(), an_event(name))
    work_all(stripe_app, follow=following(outlived))
    assert inside == [0, 1], "the second began before the first had ended"


def test_events_about_one_thing_are_one_reading(stripe_app: Application, world: StripeWorld, shop: Shop, name: str) -> None:
    placed, event = paid_there(stripe_app, world, shop)
    for number in range(5):
        deliver(stripe_app.test_client(), {**event, "id": f"{name}_{number}"})
    before = len(world.sees("calls")["calls"])
    assert work_all(stripe_app) == 5
    assert len(world.sees("calls")["calls"]) == before + 1 and order_of(shop, placed).state == "paid"


def test_of_nobody_here_of_nothing_we_follow_and_of_nothing_that_is_there(stripe_app: Application, world: StripeWorld, name: str) -> None:
    stranger = world.provider().open_checkout(
        {"currency": "CNY", "lines": [{"name": "x", "amount_minor": 9900}], "marks": {"shop": "another"}, "number": "1", "group": "g",
         "success_url": "http://localhost/", "cancel_url": "http://localhost/", "expires_at": int(time.time()) + 1900, "language": "zh"}, key=f"pay:{name}")
    events = {"not_ours": an_event(f"{name}_1", ref=stranger.ref), "not_followed": an_event(f"{name}_2", "customer.created", "cus_1"),
              "not_there": an_event(f"{name}_3", ref="cs_test_nowhere")}
    for event in events.values():
        deliver(stripe_app.test_client(), event)
    assert work_all(stripe_app) == 3
    rows = inbox(stripe_app, *(event["id"] for event in events.values()))
    assert [row["problem"] for row in rows] == list(events) and all(row["done_at"] and row["payload"] for row in rows)


@pytest.mark.parametrize("marks", [{"brand_id": "999999999", "payment_id": "01a21500-0000-7000-8000-000000000001"}, {"brand_id": "x"}, {"payment_id": "1"}, {}])
def test_a_failed_try_of_nobody_we_know_is_not_ours(stripe_app: Application, name: str, marks: dict[str, str]) -> None:
    deliver(stripe_app.test_client(), an_event(name, "payment_intent.payment_failed", "pi_1", metadata=marks))
    assert work_all(stripe_app) == 1 and [row["problem"] for row in inbox(stripe_app, name)] == ["not_ours"]


def test_one_that_breaks_waits_longer_each_time_and_stops_none_of_the_others(stripe_app: Application, wall_time: TestClock, shop: Shop, name: str) -> None:
    def sometimes(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
        if ref == "cs_bad":
            raise ZeroDivisionError
        return Told(shop.brand_id)

    for number, ref in enumerate(("cs_bad", "cs_good")):
        deliver(stripe_app.test_client(), an_event(f"{name}_{number}", ref=ref))
    waits = []
    for _ in range(4):
        assert work_all(stripe_app, follow=following(sometimes)) > 0
        row, = inbox(stripe_app, f"{name}_0")
        waits.append((row["next_try_at"] - wall_time.now).total_seconds())
        wall_time.now = row["next_try_at"]
    assert waits == [10, 20, 40, 80] and (row["problem"], row["tries"], row["done_at"]) == ("ZeroDivisionError", 4, None)
    assert inbox(stripe_app, f"{name}_1")[0]["done_at"] is not None


@pytest.mark.parametrize(("problem", "code", "seconds"), [
    (Unsure("no_answer"), "no_answer", 10), (Later("rate_limit", seconds=30), "rate_limit", 30), (Later("rate_limit", seconds=1e9), "rate_limit", 900)])
def test_a_provider_that_is_away_is_asked_again_later(stripe_app: Application, wall_time: TestClock, name: str, problem: Exception, code: str, seconds: int) -> None:
    def away(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
        raise problem

    deliver(stripe_app.test_client(), an_event(name))
    assert work_all(stripe_app, follow=following(away)) == 1
    row, = inbox(stripe_app, name)
    assert (row["problem"], row["next_try_at"] - wall_time.now, row["done_at"]) == (code, timedelta(seconds=seconds), None)


def test_a_key_that_is_refused_is_told_to_the_house(stripe_app: Application, name: str) -> None:
    def refused(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
        raise Misused("api_key_expired")

    deliver(stripe_app.test_client(), an_event(name))
    work_all(stripe_app, follow=following(refused))
    with stripe_app.database.transaction() as session:
        health = health_of(session, "stripe")
        assert health is not None and (health.down_since, health.problem) == (stripe_app.clock(), "api_key_expired")
    run_job(stripe_app, REGISTRY["sweep_provider_events"], {})
    with stripe_app.database.transaction() as session:
        health = health_of(session, "stripe")
        assert health is not None and health.down_since is None, "the sweep found it well again"


def test_a_real_outage_is_waited_for(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock, name: str) -> None:
    placed, event = paid_there(stripe_app, world, shop)
    deliver(stripe_app.test_client(), event)
    world.does("faults", api=[{"status": 500, "count": 3, "path": "checkout/sessions"}])
    assert work_all(stripe_app) == 1
    assert order_of(shop, placed).state == "pending_payment" and inbox(stripe_app, event["id"])[0]["problem"]
    wall_time.now += timedelta(seconds=11)
    assert work_all(stripe_app) == 1
    shop.session.rollback()
    assert order_of(shop, placed).state == "paid" and inbox(stripe_app, event["id"])[0]["problem"] == ""


def dies_after_applying(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
    apply_session(database, provider=provider, ref=ref, now=now)
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def work(settings: Settings, now: datetime) -> None:
    sealing.use_secret(settings.secret_key)
    online = Gateways.from_settings(settings).online
    assert online is not None
    work_inbox(Database(settings), provider=online, now=now, follow=(("checkout.session.", dies_after_applying, the_object),))


def test_killed_between_applied_and_done_it_is_applied_again_without_harm(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock, name: str) -> None:
    placed, event = paid_there(stripe_app, world, shop)
    deliver(stripe_app.test_client(), event)
    process = multiprocessing.get_context("spawn").Process(target=work, args=(stripe_app.settings, wall_time.now))
    process.start()
    process.join(90)
    assert process.exitcode == -signal.SIGKILL
    row, = inbox(stripe_app, event["id"])
    assert order_of(shop, placed).state == "paid" and (row["done_at"], row["tries"], row["next_try_at"]) == (None, 1, wall_time.now + LEASE)
    assert work_all(stripe_app) == 0, "it is the dead worker's until the lease ends"
    wall_time.now += LEASE
    run_job(stripe_app, REGISTRY["find_provider_events"], {})
    run_job(stripe_app, REGISTRY[JOB], {})
    assert inbox(stripe_app, event["id"])[0]["done_at"] >= wall_time.now
    shop.session.rollback()
    assert shop.session.scalar(select(func.count()).where(ProviderEvent.event_id == event["id"])) == 1
    for kind in ("paid", "provider_fee"):
        assert shop.session.scalar(select(func.count()).where(LedgerTransaction.kind == kind)) == 1
    assert charge_of(shop, placed).amount_minor == 41880
    whole(shop)


def test_the_minute_queues_one_job_for_what_is_due_and_none_for_nothing(stripe_app: Application, wall_time: TestClock, name: str) -> None:
    def queued() -> int:
        with stripe_app.database.transaction() as session:
            return int(session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :job AND status = 'todo'"), {"job": JOB}) or 0)

    with stripe_app.database.transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs WHERE task_name = :job"), {"job": JOB})
    run_job(stripe_app, REGISTRY["find_provider_events"], {})
    assert queued() == 0
    deliver(stripe_app.test_client(), an_event(name, ref="cs_test_nowhere"))
    for _ in range(2):
        run_job(stripe_app, REGISTRY["find_provider_events"], {})
    assert queued() == 1
    run_job(stripe_app, REGISTRY[JOB], {})
    assert inbox(stripe_app, name)[0]["problem"] == "not_there"


def test_done_a_month_ago_is_forgotten_and_nothing_that_waits(stripe_app: Application, wall_time: TestClock, name: str) -> None:
    for number, type_ in enumerate(("customer.created", "customer.updated")):
        deliver(stripe_app.test_client(), an_event(f"{name}_{number}", type_, "cus_1"))
        if number == 0:
            work_all(stripe_app)
    wall_time.now += timedelta(days=30)
    run_job(stripe_app, REGISTRY["forget_provider_events"], {})
    assert len(inbox(stripe_app, f"{name}_0", f"{name}_1")) == 2, "thirty days are not over thirty days"
    wall_time.now += timedelta(seconds=1)
    run_job(stripe_app, REGISTRY["forget_provider_events"], {})
    assert [row["event_id"] for row in inbox(stripe_app, f"{name}_0", f"{name}_1")] == [f"{name}_1"]


def test_without_a_provider_the_jobs_leave_everything_alone(app: Application) -> None:
    for job in (JOB, "find_provider_events", "sweep_provider_events", "find_provider_gaps"):
        run_job(app, REGISTRY[job], {})
    assert provider_events.LONG_ENOUGH > 0 and FOLLOW
