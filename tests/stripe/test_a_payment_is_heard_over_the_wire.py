"""The provider posts, the server keeps, the worker works: nobody comes back to the shop, and the order is paid. And what goes wrong on the wire."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.provider.models import ProviderAccount
from app.flows.connect_payees import open_account
from app.jobs import REGISTRY
from app.jobs.worker import run_job
from app.kernel.tenancy import BrandSession
from app.web.shared.safety import limiter
from tests.browser.live import Live
from tests.builders.brands import a_brand
from tests.builders.money import order_of, whole
from tests.builders.shops import Shop, a_shop
from tests.builders.stripe_events import all_told, empty_inbox, inbox
from tests.builders.stripe_orders import door_of, online_order, session_ref
from tests.builders.stripe_world import StripeWorld

_numbers = itertools.count()
PATIENCE = 30.0


@pytest.fixture(scope="module")
def heard(live: Live, open_world: StripeWorld) -> Live:
    """The provider knows where to tell."""
    open_world.tells(f"{live.address}/hooks/stripe")
    open_world.tells(f"{live.address}/hooks/stripe/connect", connect=True)
    return live


@pytest.fixture
def selling(heard: Live, world: StripeWorld) -> Iterator[Shop]:
    """A shop of the running application."""
    live = heard
    live.clock.now = datetime.now(UTC)
    empty_inbox(live.app)
    brand: Brand = a_brand(live.app.database, slug=f"wire-{os.getpid()}-{next(_numbers)}", now=live.clock.now)
    before, limiter.enabled = limiter.enabled, False
    session: BrandSession
    with live.app.database.session(brand.id) as session:
        yield a_shop(session, live.clock.now)
    world.does("faults", webhooks=dict.fromkeys(("duplicate", "drop", "bad_signature", "stale"), 0))
    limiter.enabled = before


def bought(live: Live, world: StripeWorld, shop: Shop) -> Any:
    placed = online_order(shop, live.clock.now)
    world.does(f"complete_session/{session_ref(door_of(live.app, shop, placed))}", method="card", outcome="paid")
    return placed


def state(shop: Shop, placed: Any) -> str:
    shop.session.rollback()
    return order_of(shop, placed).state


def becomes(found: Callable[[], Any], wanted: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while found() != wanted:
        assert time.monotonic() < deadline, f"{found()!r} is not {wanted!r}"
        time.sleep(0.05)


def statuses(live: Live, world: StripeWorld) -> list[Any]:
    world.does("wait")
    return [one["status"] for one in world.sees("deliveries")["deliveries"]
            if one["type"] == "checkout.session.completed" and one["url"].startswith(live.address)]


def test_told_and_paid(live: Live, world: StripeWorld, selling: Shop) -> None:
    placed = bought(live, world, selling)
    becomes(lambda: state(selling, placed), "paid")
    assert statuses(live, world) == [200]
    whole(selling)


@pytest.mark.parametrize(("fault", "answers"), [("duplicate", [200, 200]), ("bad_signature", [400] * 4), ("stale", [400] * 4), ("drop", [])])
def test_what_goes_wrong_on_the_wire_is_made_good(live: Live, world: StripeWorld, selling: Shop, fault: str, answers: list[int]) -> None:
    """Three retries, all as wrong; then the sweep finds it."""
    world.does("faults", webhooks={fault: 200})
    placed = bought(live, world, selling)
    assert statuses(live, world) == answers
    if 200 not in answers:
        assert state(selling, placed) == "pending_payment" and inbox(live.app, *(event["id"] for event in all_told(world))) == []
        run_job(live.app, REGISTRY["sweep_provider_events"], {})
    becomes(lambda: state(selling, placed), "paid")
    whole(selling)


def test_a_payees_account_is_told_at_its_own_door(live: Live, world: StripeWorld, selling: Shop) -> None:
    account = open_account(live.app.database, brand_id=selling.brand_id, provider=live.app.gateways.online, payee_id=selling.lin.payee_id,
                           email="lin@example.com", country="SG", home="SG", now=live.clock.now)

    def known() -> str:
        selling.session.rollback()
        return selling.session.scalars(select(ProviderAccount.state).where(ProviderAccount.id == account.id)).one()

    live.clock.now = datetime.now(UTC)
    world.does(f"accounts/{account.provider_ref}/complete")
    becomes(known, "ready")
