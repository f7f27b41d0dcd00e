"""kill -9 of a real worker before, between and after the three steps of a transfer: the next worker ends it, and it leaves once (R18)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app import create_app
from app.config import Settings, Stripe
from app.domain.ledger.checking import check_ledger
from app.jobs.worker import put_back_stalled, queue_app
from app.kernel.queue import defer
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.shops import a_shop
from tests.builders.stripe_accounts import a_ready_account
from tests.builders.stripe_transfers import executed_run, fault, r23_online, released_through_stripe, transfers_there
from tests.builders.stripe_world import CONNECT_SECRET, KEY, PLATFORM_SECRET, StripeWorld
from tests.proof.conftest import a_database
from tests.proof.processes import held_up, kill, wait_for_quiet, wait_until, worker

STATE = "SELECT p.state, t.state, t.attempt, t.provider_ref <> '' FROM payouts p LEFT JOIN transfers t ON t.payout_id = p.id WHERE p.id = :payout"


@dataclass
class Place:
    app: Application
    settings: Settings
    folder: Path
    name: str


@dataclass
class Due:
    """A brand whose guide is to get 42.21 of one charge; nothing is prepared yet."""

    brand_id: int
    payout_id: UUID
    placed: Any


@pytest.fixture(scope="module")
def place(postgres: Path, settings: Settings, open_world: StripeWorld) -> Iterator[Place]:
    """A database of its own and an application on the real clock; its processes read the same settings from the environment."""
    name = f"transfers_{os.getpid()}_{open_world.url.rpartition(':')[2]}"
    with a_database(postgres, settings, name) as own, pytest.MonkeyPatch.context() as environment:
        for variable, value in {"PAYMENT_PROVIDER": "stripe", "STRIPE_SECRET_KEY": KEY, "STRIPE_API_BASE": open_world.url,
                                "STRIPE_WEBHOOK_SECRET": PLATFORM_SECRET, "STRIPE_CONNECT_WEBHOOK_SECRET": CONNECT_SECRET}.items():
            environment.setenv(variable, value)
        paying = replace(own, payment_provider="stripe", stripe=Stripe(KEY, open_world.url, PLATFORM_SECRET, CONNECT_SECRET))
        app = create_app(paying, TESTING=True)
        yield Place(app, own, postgres, name)
        app.database.dispose()


@pytest.fixture
def due(place: Place, world: StripeWorld) -> Due:
    now = datetime.now(UTC)
    brand = a_brand(place.app.database, slug=f"k{now:%H%M%S%f}", now=now)
    with place.app.database.session(brand.id) as session:
        shop = r23_online(a_shop(session, now), now)
        placed = released_through_stripe(place.app, world, shop)
        a_ready_account(place.app, world, brand.id, shop.lin.payee_id)
        executed_run(place.app, shop)
        payout = session.execute(text("SELECT id FROM payouts WHERE method = 'stripe' AND state = 'sent'")).scalar_one()
        session.execute(text("DELETE FROM procrastinate_jobs"))
        session.commit()
    return Due(brand.id, payout, placed)


def queue(place: Place, due: Due) -> None:
    with place.app.database.transaction(due.brand_id) as session:
        defer(session, "send_transfers", brand_id=due.brand_id)


def state(place: Place, due: Due) -> tuple[Any, ...]:
    with place.app.database.session(due.brand_id) as session:
        assert check_ledger(session, brand_id=due.brand_id) == []
        return tuple(session.execute(text(STATE), {"payout": due.payout_id}).one())


def next_worker_ends_it(place: Place, world: StripeWorld, due: Due) -> None:
    """The rescue that runs every minute, now; then another worker. Once there, once here."""
    wait_for_quiet(place.folder, place.name)
    assert asyncio.run(rescue(place)) >= 1
    with worker(place.settings):
        wait_until(lambda: state(place, due)[0] == "paid")
    assert state(place, due) == ("paid", "sent", 1, True)
    assert [one.amount_minor for one in transfers_there(world.provider(), due.placed)] == [759]


async def rescue(place: Place) -> int:
    jobs = queue_app(place.app, by_itself=False)
    async with jobs.open_async():
        return await put_back_stalled(jobs, after_seconds=0)


def posted(world: StripeWorld) -> int:
    return sum(1 for one in world.sees("calls")["calls"] if one["method"] == "POST" and one["path"] == "/v1/transfers")


def test_while_its_transfers_are_prepared(place: Place, world: StripeWorld, due: Due) -> None:
    queue(place, due)
    with worker(place.settings) as process, held_up(place.folder, place.name, "transfers") as waiting:
        wait_until(waiting)
        kill(process)
    wait_for_quiet(place.folder, place.name)
    assert state(place, due) == ("sent", None, None, None) and posted(world) == 0
    next_worker_ends_it(place, world, due)


def test_while_it_is_marked_as_asked_for(place: Place, world: StripeWorld, due: Due) -> None:
    """Prepared by hand, so that the first write of the worker is the mark."""
    from app.flows.prepare_transfers import prepare_transfers
    prepare_transfers(place.app.database, brand_id=due.brand_id, now=datetime.now(UTC))
    queue(place, due)
    with worker(place.settings) as process, held_up(place.folder, place.name, "transfers") as waiting:
        wait_until(waiting)
        kill(process)
    wait_for_quiet(place.folder, place.name)
    assert state(place, due) == ("sent", "due", 1, False) and posted(world) == 0
    next_worker_ends_it(place, world, due)


@pytest.mark.parametrize("phase", ["before", "after"])
def test_while_it_waits_for_the_answer(place: Place, world: StripeWorld, due: Due, phase: str) -> None:
    """Marked, asked, and nobody knows whether it left."""
    fault(world, "timeout", phase=phase, seconds=3)
    queue(place, due)
    with worker(place.settings) as process:
        wait_until(lambda: state(place, due)[1] == "sending" and (phase == "before" or transfers_there(world.provider(), due.placed)))
        kill(process)
    assert state(place, due) == ("sent", "sending", 1, False)
    next_worker_ends_it(place, world, due)


def test_while_the_answer_is_booked(place: Place, world: StripeWorld, due: Due) -> None:
    """It left, the worker knows, its row does not."""
    fault(world, 500, phase="after", seconds=2)
    queue(place, due)
    with worker(place.settings) as process:
        wait_until(lambda: transfers_there(world.provider(), due.placed))
        with held_up(place.folder, place.name, "transfers") as waiting:
            wait_until(waiting)
            kill(process)
    wait_for_quiet(place.folder, place.name)
    assert state(place, due) == ("sent", "sending", 1, False)
    next_worker_ends_it(place, world, due)


@pytest.mark.parametrize("table", ["payouts", "ledger_transactions", "ledger_entries"])
def test_while_its_payout_is_closed(place: Place, world: StripeWorld, due: Due, table: str) -> None:
    """The transfer is booked; the payout is paid wholly or not at all."""
    queue(place, due)
    with worker(place.settings) as process, held_up(place.folder, place.name, table) as waiting:
        wait_until(waiting)
        kill(process)
    wait_for_quiet(place.folder, place.name)
    assert state(place, due) == ("sent", "sent", 1, True)
    next_worker_ends_it(place, world, due)
