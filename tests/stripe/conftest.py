"""Every test here runs against our own double and, where it is present, against the contract server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app import create_app
from app.config import Settings, Stripe
from app.gateways.stripe.provider import StripeProvider
from app.web.shared.application import Application
from tests.builders.stripe_world import CONNECT_SECRET, KEY, PLATFORM_SECRET, StripeWorld, contract_world
from tests.conftest import TestClock

REFEREES = os.environ.get("REFEREES", "")
WORLDS = ["contract"] if REFEREES else []


@pytest.fixture(scope="session", params=WORLDS)
def open_world(request: pytest.FixtureRequest) -> Iterator[StripeWorld]:
    with contract_world(REFEREES) as world:
        yield world
        assert [one for one in world.sees("violations")["violations"] if one["level"] == "error" or "idempotency" in str(one)] == []


@pytest.fixture
def world(open_world: StripeWorld) -> StripeWorld:
    """Nothing has happened in it yet, and no fault is on."""
    open_world.does("reset")
    return open_world


@pytest.fixture
def online(world: StripeWorld) -> StripeProvider:
    return world.provider()


@pytest.fixture(scope="session")
def stripe_app(settings: Settings, open_world: StripeWorld) -> Iterator[Application]:
    """The application as it runs with PAYMENT_PROVIDER=stripe."""
    paying = replace(settings, payment_provider="stripe", stripe=Stripe(KEY, open_world.url, PLATFORM_SECRET, CONNECT_SECRET))
    application = create_app(paying, clock=TestClock(), TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    application.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    yield application
    application.database.dispose()
