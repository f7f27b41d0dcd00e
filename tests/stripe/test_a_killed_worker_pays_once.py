"""kill -9 between each pair of steps of a checkout; afterwards the same things are asked again and the end is the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from app.config import Settings
from app.domain.ledger.models import LedgerTransaction
from app.domain.orders.models import PaymentEvent
from app.domain.orders.queries import locked_order
from app.extensions import Database
from app.flows.pay_online.apply_session import apply_session
from app.flows.pay_online.asking import with_secret
from app.flows.pay_online.open_session import open_session
from app.flows.place_order import PlacedOrder
from app.gateways.stripe.provider import StripeProvider
from app.kernel import sealing
from app.web.shared.application import Application
from tests.builders.money import order_of, whole
from tests.builders.shops import Shop
from tests.builders.stripe_orders import ADDRESSES, charge_of, door_of, online_order, session_ref, sessions_of, until
from tests.builders.stripe_world import CONNECT_SECRET, KEY, PLATFORM_SECRET, StripeWorld

SESSIONS, ONE_SESSION = "^/v1/checkout/sessions$", "^/v1/checkout/sessions/cs_[^/]+$"
HANGING = 1.0
"""Seconds into the eight that a call hangs with its retry: it is on its way."""


def opens(begun: Any, settings: Settings, world: str, brand_id: int, payment_id: UUID, now: Any) -> None:
    sealing.use_secret(settings.secret_key)
    begun.set()
    open_session(Database(settings), brand_id=brand_id, payment_id=payment_id, provider=provider(world), addresses=ADDRESSES, language="zh", now=now)


def applies(begun: Any, settings: Settings, world: str, ref: str, now: Any) -> None:
    sealing.use_secret(settings.secret_key)
    begun.set()
    apply_session(Database(settings), provider=provider(world), ref=ref, now=now)


def provider(world: str) -> StripeProvider:
    return StripeProvider(KEY, address=world, secrets={"platform": PLATFORM_SECRET, "connect": CONNECT_SECRET})


@contextmanager
def killed(work: Callable[..., None], *given: Any) -> Iterator[None]:
    """A process of its own; once it has begun and what the block waits for has happened in it, it is killed."""
    spawn = multiprocessing.get_context("spawn")
    begun = spawn.Event()
    process = spawn.Process(target=work, args=(begun, *given))
    process.start()
    try:
        assert begun.wait(60)
        yield
        assert process.is_alive(), "it came to its end before it could be killed"
    finally:
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
        process.join(10)


def written(shop: Shop, placed: PlacedOrder) -> bool:
    shop.session.rollback()
    return bool(sessions_of(shop, placed))


def sessions_there(world: StripeWorld) -> int:
    return int(world.sees("state")["objects"].get("platform", {}).get("checkout.session", 0))


@pytest.fixture
def placed(shop: Shop, stripe_app: Application) -> PlacedOrder:
    return online_order(shop, stripe_app.clock())


@pytest.mark.parametrize("phase", ["before", "after"])
def test_killed_while_a_session_is_asked_for(stripe_app: Application, world: StripeWorld, shop: Shop, settings: Settings, placed: PlacedOrder,
                                             phase: str) -> None:
    """Before: the row is written, nothing stands at the provider. After: it stands there, and nobody has heard its answer."""
    world.does("faults", api=[{"status": "timeout", "count": 2, "path": SESSIONS, "phase": phase, "seconds": 4}])
    with killed(opens, settings, world.url, shop.brand_id, placed.payment_id, stripe_app.clock()):
        until(lambda: written(shop, placed) and (phase == "before" or sessions_there(world) == 1))
        time.sleep(HANGING)
    [row] = sessions_of(shop, placed)
    assert (row.state, row.provider_ref) == ("due", "")
    shop.session.rollback()
    ref = session_ref(door_of(stripe_app, shop, placed))
    [row] = sessions_of(shop, placed)
    assert (row.state, row.provider_ref, row.attempt, sessions_there(world)) == ("open", ref, 1, 1)
    pays(stripe_app, world, shop, placed, ref)


def test_killed_before_the_answer_is_booked_the_webhook_finds_the_row(stripe_app: Application, world: StripeWorld, shop: Shop, settings: Settings,
                                                                      placed: PlacedOrder) -> None:
    """It stands there and is told of, while our row has not heard: the marks lead to it."""
    world.does("faults", api=[{"status": "timeout", "count": 2, "path": SESSIONS, "phase": "after", "seconds": 4}])
    with killed(opens, settings, world.url, shop.brand_id, placed.payment_id, stripe_app.clock()):
        until(lambda: sessions_there(world) == 1)
    [row] = sessions_of(shop, placed)
    asked = with_secret(row.asked, order_of(shop, placed))
    assert (row.state, row.provider_ref) == ("due", "")
    shop.session.rollback()
    ref = stripe_app.gateways.online.open_checkout(asked, key=f"pay:{placed.payment_id}:1").ref
    pays(stripe_app, world, shop, placed, ref)
    assert (sessions_of(shop, placed)[0].provider_ref, sessions_there(world)) == (ref, 1)


def test_killed_while_the_session_is_read(stripe_app: Application, world: StripeWorld, shop: Shop, settings: Settings, placed: PlacedOrder) -> None:
    ref = session_ref(door_of(stripe_app, shop, placed))
    world.does(f"complete_session/{ref}", method="card", outcome="paid")
    world.does("faults", api=[{"status": "timeout", "count": 2, "path": ONE_SESSION, "seconds": 4}])
    with killed(applies, settings, world.url, ref, stripe_app.clock()):
        time.sleep(HANGING)
    shop.session.rollback()
    assert (order_of(shop, placed).state, sessions_of(shop, placed)[0].state) == ("pending_payment", "open")
    shop.session.rollback()
    booked_once(stripe_app, shop, placed, ref)


def test_killed_while_it_is_booked(stripe_app: Application, world: StripeWorld, shop: Shop, settings: Settings, placed: PlacedOrder) -> None:
    """It waits for the order's row, which somebody holds, in the middle of its transaction; nothing of that stays."""
    ref = session_ref(door_of(stripe_app, shop, placed))
    world.does(f"complete_session/{ref}", method="card", outcome="paid")
    with stripe_app.database.transaction(shop.brand_id) as holder:
        locked_order(holder, brand_id=shop.brand_id, order_id=placed.order_id)
        with killed(applies, settings, world.url, ref, stripe_app.clock()):
            until(lambda: waits_for_a_lock(shop))
    booked_once(stripe_app, shop, placed, ref)


def waits_for_a_lock(shop: Shop) -> bool:
    shop.session.rollback()
    return bool(shop.session.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")))


def pays(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, ref: str) -> None:
    world.does(f"complete_session/{ref}", method="card", outcome="paid")
    booked_once(stripe_app, shop, placed, ref)


def booked_once(stripe_app: Application, shop: Shop, placed: PlacedOrder, ref: str) -> None:
    for _ in range(2):
        apply_session(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=stripe_app.clock())
    shop.session.rollback()
    assert (order_of(shop, placed).state, charge_of(shop, placed).fee_order_minor) == ("paid", 1383)
    causes = (f"order:{placed.order_id}:paid", f"payment:{placed.payment_id}:fee")
    assert shop.session.scalar(select(func.count()).select_from(LedgerTransaction).where(LedgerTransaction.cause.in_(causes))) == 2
    assert shop.session.scalar(select(func.count()).select_from(PaymentEvent)) == 1
    whole(shop)
