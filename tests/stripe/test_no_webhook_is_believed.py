"""R18: an event only says where to look. Twins: without the signature a forged event comes in and does nothing; an applier that believes
what it is told is fooled by it, and by a true event that is old; without the unique key an event is there twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from psycopg.errors import InvalidColumnReference
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.exc import IntegrityError

from app.domain.provider.inbox import take_in
from app.domain.provider.models import InboxEvent, ProviderAccount
from app.domain.provider.ports import AccountFacts, CheckoutFacts, EventFacts
from app.flows.connect_payees import open_account
from app.flows.hear_provider import work_inbox
from app.gateways.stripe import reading
from app.gateways.stripe.provider import StripeProvider
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from app.web.shared.safety import limiter
from tests.builders.money import order_of, whole
from tests.builders.shops import Shop
from tests.builders.stripe_events import an_event, body_of, deliver, empty_inbox, inbox, work_all
from tests.builders.stripe_orders import door_of, online_order, session_ref
from tests.builders.stripe_world import KEY, PLATFORM_SECRET, StripeWorld
from tests.conftest import TestClock


@pytest.fixture(autouse=True)
def nothing_heard(stripe_app: Application, wall_time: TestClock) -> Iterator[None]:
    empty_inbox(stripe_app)
    before, limiter.enabled = limiter.enabled, False
    yield
    limiter.enabled = before


class Unsigned(StripeProvider):
    """The twin without a lock on its door."""

    def hear(self, *, source: str, body: bytes, signature: str) -> EventFacts | None:
        return reading.event(json.loads(body))


class Gullible(StripeProvider):
    """The twin that takes an event's snapshot for what is so. `told` is what came last about each thing."""

    def __init__(self, world: StripeWorld, *events: dict[str, Any]) -> None:
        super().__init__(KEY, address=world.url, secrets={"platform": PLATFORM_SECRET})
        self.told = {event["data"]["object"]["id"]: event["data"]["object"] for event in events}

    def read_checkout(self, ref: str) -> CheckoutFacts:
        return reading.checkout(self.told[ref])

    def read_account(self, ref: str) -> AccountFacts:
        return reading.account(self.told[ref])


def forged(shop: Shop, placed: Any, ref: str, event_id: str) -> dict[str, Any]:
    """What a thief would write: the session is paid, in full, here is the charge."""
    marks = {"brand_id": str(shop.brand_id), "payment_id": str(placed.payment_id), "attempt": "1"}
    charge = {"id": "ch_forged", "object": "charge", "amount": 41880, "amount_refunded": 0, "currency": "cny", "disputed": False, "status": "succeeded",
              "payment_intent": "pi_forged", "created": int(time.time()), "metadata": marks, "balance_transaction": None}
    return an_event(event_id, ref=ref, object="checkout.session", status="complete", payment_status="paid", amount_total=41880, currency="cny",
                    metadata=marks, url=None, payment_intent={"id": "pi_forged", "status": "succeeded", "latest_charge": charge})


def test_a_forged_event_needs_the_secret(stripe_app: Application, shop: Shop, wall_time: TestClock) -> None:
    placed = online_order(shop, wall_time.now)
    ref = session_ref(door_of(stripe_app, shop, placed))
    assert deliver(stripe_app.test_client(), forged(shop, placed, ref, "evt_forged_1"), secret="whsec_guessed") == 400
    assert inbox(stripe_app, "evt_forged_1") == []


def test_twin_without_the_signature_it_comes_in_and_still_pays_nothing(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed = online_order(shop, wall_time.now)
    ref = session_ref(door_of(stripe_app, shop, placed))
    guarded, event = stripe_app.gateways, forged(shop, placed, ref, "evt_forged_2")
    stripe_app.gateways = replace(guarded, online=Unsigned(KEY, address=world.url, secrets={}))
    try:
        assert stripe_app.test_client().post("/hooks/stripe", data=body_of(event)).status_code == 200
    finally:
        stripe_app.gateways = guarded
    assert work_all(stripe_app) == 1
    row, = inbox(stripe_app, "evt_forged_2")
    assert row["done_at"] is not None and order_of(shop, placed).state == "pending_payment", "the session was read, and it is open"
    whole(shop)


def test_twin_who_believes_it_ships_what_nobody_paid(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed = online_order(shop, wall_time.now)
    ref = session_ref(door_of(stripe_app, shop, placed))
    event = forged(shop, placed, ref, "evt_forged_3")
    deliver(stripe_app.test_client(), event)
    assert work_inbox(stripe_app.database, provider=Gullible(world, event), now=wall_time.now) == 1
    assert order_of(shop, placed).state == "paid" and world.provider().read_checkout(ref).state == "open", "paid for us, unpaid there: the harm"


def account_event(world: StripeWorld, account: ProviderAccount, event_id: str) -> dict[str, Any]:
    """As the account is there now, in the older shape that snapshots have."""
    ready = world.provider().read_account(account.provider_ref)
    return an_event(event_id, "account.updated", account.provider_ref, account=account.provider_ref, object="account", details_submitted=True,
                    capabilities={"transfers": "active" if ready.state == "ready" else "inactive"}, metadata=dict(ready.marks))


@pytest.fixture
def restricted_meanwhile(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> tuple[ProviderAccount, dict[str, Any], dict[str, Any]]:
    """Her account became ready, which we know, and then restricted: the account, another event of when it was ready, the newer one."""
    account = open_account(stripe_app.database, brand_id=shop.brand_id, provider=stripe_app.gateways.online, payee_id=shop.lin.payee_id,
                           email="lin@example.com", country="SG", home="SG", now=wall_time.now)
    events = []
    for number, happens in enumerate(("complete", "restrict")):
        world.does(f"accounts/{account.provider_ref}/{happens}")
        events.append(account_event(world, account, f"evt_{account.id}_{number}"))
        if happens == "complete":
            deliver(stripe_app.test_client(), {**events[0], "id": f"evt_{account.id}_first"}, source="connect")
            assert work_all(stripe_app) == 1 and state_of(shop, account) == "ready"
    return account, *events


def state_of(shop: Shop, account: ProviderAccount) -> str:
    shop.session.rollback()
    return shop.session.scalars(select(ProviderAccount.state).where(ProviderAccount.id == account.id)).one()


def test_an_old_event_that_comes_last_changes_nothing(stripe_app: Application, shop: Shop, restricted_meanwhile: Any) -> None:
    account, older, newer = restricted_meanwhile
    for event in (newer, older):
        assert deliver(stripe_app.test_client(), event, source="connect") == 200
        assert work_all(stripe_app) == 1
    assert state_of(shop, account) == "restricted"


def test_twin_who_believes_the_old_event_would_send_her_money(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock,
                                                              restricted_meanwhile: Any) -> None:
    account, older, newer = restricted_meanwhile
    for event in (newer, older):
        deliver(stripe_app.test_client(), event, source="connect")
        work_inbox(stripe_app.database, provider=Gullible(world, event), now=wall_time.now)
    assert state_of(shop, account) == "ready", "restricted there, ready for us: the harm"


def test_an_event_is_in_the_inbox_once_whoever_writes_it(stripe_app: Application, wall_time: TestClock) -> None:
    row = {"provider": "stripe", "event_id": "evt_twice", "source": "sweep", "type": "x", "object_ref": "y", "received_at": wall_time.now,
           "next_try_at": wall_time.now}
    with pytest.raises(IntegrityError), stripe_app.database.transaction() as session:
        for _ in range(2):
            session.add(InboxEvent(**row))
            session.flush()


def test_twin_without_the_unique_key_it_is_there_twice_and_intake_says_so(stripe_app: Application, wall_time: TestClock) -> None:
    """The statement names the key it relies on: without it nothing is written down unnoticed, and what others write is there twice."""
    engine = create_engine(make_url(stripe_app.settings.owner_url).set(username="postgres"))
    row = {"provider": "stripe", "event_id": "evt_twice", "source": "sweep", "type": "x", "object_ref": "y", "received_at": wall_time.now,
           "next_try_at": wall_time.now}
    with BrandSession(engine) as session:
        session.execute(text("ALTER TABLE provider_inbox DROP CONSTRAINT uq_provider_inbox_provider_event_id"))
        session.add_all([InboxEvent(**row), InboxEvent(**row)])
        session.flush()
        assert len(session.scalars(select(InboxEvent).where(InboxEvent.event_id == "evt_twice")).all()) == 2
        heard = EventFacts("evt_new", "x", "y", "", wall_time.now, {})
        with pytest.raises(InvalidColumnReference, match="no unique or exclusion constraint"):
            take_in(session, provider="stripe", live=False, source="platform", events=[heard], now=wall_time.now)
        session.rollback()
    engine.dispose()
