"""Every test here runs against our own double and, where it is present, against the contract server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.config import Settings, Stripe
from app.gateways.stripe.provider import StripeProvider
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.browser.conftest import browser as browser
from tests.browser.conftest import visit as visit
from tests.browser.live import Live, running
from tests.builders.shops import Shop, a_shop
from tests.builders.stripe_world import CONNECT_SECRET, KEY, PLATFORM_SECRET, StripeWorld, contract_world, double_world
from tests.conftest import TestClock

REFEREES = os.environ.get("REFEREES", "")
WORLDS = ["double", "contract"] if REFEREES else ["double"]


@pytest.fixture(scope="session")
def opened() -> Iterator[Callable[..., Any]]:
    """Opens what is asked for by this name once and keeps it to the end: tests come and go between the worlds."""
    known: dict[str, Any] = {}
    with ExitStack() as until_the_end:

        def open_once(name: str, opening: Callable[..., Any], *given: Any) -> Any:
            if name not in known:
                known[name] = until_the_end.enter_context(opening(*given))
            return known[name]

        yield open_once


@pytest.fixture(scope="session", params=WORLDS)
def open_world(request: pytest.FixtureRequest, opened: Callable[..., Any]) -> Iterator[StripeWorld]:
    world: StripeWorld = opened("double", double_world) if request.param == "double" else opened("contract", contract_world, REFEREES)
    yield world
    assert world.wrongs() == []


@pytest.fixture
def world(open_world: StripeWorld) -> Iterator[StripeWorld]:
    """Nothing has happened in it yet, and no fault is on. A test that does wrong on purpose ends with a `reset`."""
    open_world.does("reset")
    yield open_world
    assert open_world.wrongs() == []


@pytest.fixture
def online(world: StripeWorld) -> StripeProvider:
    return world.provider()


@contextmanager
def paying_by(settings: Settings, address: str) -> Iterator[Application]:
    paying = replace(settings, payment_provider="stripe", stripe=Stripe(KEY, address, PLATFORM_SECRET, CONNECT_SECRET))
    application = create_app(paying, clock=TestClock(), TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    application.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    yield application
    application.database.dispose()


@pytest.fixture(scope="session")
def stripe_app(settings: Settings, open_world: StripeWorld, opened: Callable[..., Any]) -> Application:
    """The application as it runs with PAYMENT_PROVIDER=stripe."""
    application: Application = opened(open_world.url, paying_by, settings, open_world.url)
    return application


@pytest.fixture
def wall_time(stripe_app: Application, world: StripeWorld) -> TestClock:
    """Our clock is the world's, and a circuit that an earlier test opened is closed."""
    assert isinstance(stripe_app.clock, TestClock)
    stripe_app.clock.now = datetime.now(UTC)
    stripe_app.gateways = replace(stripe_app.gateways, online=world.provider())
    return stripe_app.clock


@pytest.fixture
def shop(wall_time: TestClock, session: BrandSession) -> Shop:
    """Its orders are made by `online_order` and paid by `paid_online` (tests/builders/stripe_orders)."""
    return a_shop(session)


@pytest.fixture(scope="module")
def live(postgres: Path, open_world: StripeWorld) -> Iterator[Live]:
    """The application as it runs with Stripe, for browsers; its clock is the world's. Nothing has happened in the world yet."""
    open_world.does("reset")
    with running(postgres, stripe=Stripe(KEY, open_world.url, PLATFORM_SECRET, CONNECT_SECRET)) as server:
        server.clock.now = datetime.now(UTC)
        yield server
