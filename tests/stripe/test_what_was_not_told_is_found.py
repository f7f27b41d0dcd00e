"""Gaps: what never arrived is swept from the provider's own list; what it would never tell is read again after a while (R18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.domain.provider.models import CheckoutSession, ProviderHealth
from app.domain.provider.ports import CheckoutFacts, ProviderProblem
from app.flows.connect_payees import open_account
from app.flows.hear_provider import has_gaps, poll_gaps, sweep_events
from app.flows.pay_online.apply_session import apply_session
from app.gateways.stripe.provider import StripeProvider
from app.jobs import REGISTRY, provider_events
from app.jobs.worker import run_job
from app.web.shared.application import Application
from app.web.shared.safety import limiter
from tests.builders.brands import a_brand
from tests.builders.money import order_of, whole
from tests.builders.shops import Shop
from tests.builders.stripe_disputes import chargeback, disputed, told
from tests.builders.stripe_events import all_told, deliver, empty_inbox, inbox, work_all
from tests.builders.stripe_orders import charge_of, door_of, online_order, paid_online, session_ref, sessions_of
from tests.builders.stripe_world import KEY, StripeWorld
from tests.conftest import TestClock


@pytest.fixture(autouse=True)
def nothing_heard(stripe_app: Application, wall_time: TestClock) -> Iterator[None]:
    empty_inbox(stripe_app)
    with stripe_app.database.transaction() as session:
        session.execute(text("UPDATE provider_health SET swept_until = NULL, down_since = NULL"))
    before, limiter.enabled = limiter.enabled, False
    yield
    limiter.enabled = before


def completed(application: Application, world: StripeWorld, shop: Shop, outcome: str = "paid", method: str = "card") -> Any:
    placed = online_order(shop, application.clock())
    world.does(f"complete_session/{session_ref(door_of(application, shop, placed))}", method=method, outcome=outcome)
    return placed


def sweep(application: Application) -> int:
    return sweep_events(application.database, provider=application.gateways.online, now=application.clock())


def poll(application: Application, shop: Shop) -> int:
    return poll_gaps(application.database, brand_id=shop.brand_id, provider=application.gateways.online, now=application.clock())


def state(shop: Shop, placed: Any) -> str:
    shop.session.rollback()
    return order_of(shop, placed).state


def test_a_dropped_delivery_is_swept_and_applied(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = completed(stripe_app, world, shop)
    assert state(shop, placed) == "pending_payment" and work_all(stripe_app) == 0
    run_job(stripe_app, REGISTRY[provider_events.sweep_provider_events.__name__], {})
    event = next(one for one in all_told(world) if one["type"] == "checkout.session.completed")
    assert [row["source"] for row in inbox(stripe_app, event["id"])] == ["sweep"]
    run_job(stripe_app, REGISTRY["work_provider_inbox"], {})
    assert state(shop, placed) == "paid"
    assert sweep(stripe_app) == 0, "known by now"
    assert deliver(stripe_app.test_client(), event) == 200, "late, it is the same event"
    assert work_all(stripe_app) == 0
    whole(shop)


def test_a_sweep_reads_every_page_and_of_each_the_hour_before_the_last_one(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """130 events are two pages of a hundred."""
    placed = online_order(shop, wall_time.now)
    ref = session_ref(door_of(stripe_app, shop, placed))
    for _ in range(129):
        world.does(f"complete_session/{ref}", method="card", outcome="declined")
    world.does(f"complete_session/{ref}", method="card", outcome="paid")
    events = all_told(world)
    assert len(events) == 130 and sweep(stripe_app) == 130
    with stripe_app.database.transaction() as session:
        assert session.scalars(select(ProviderHealth.swept_until)).one() == wall_time.now
        session.execute(text("DELETE FROM provider_inbox WHERE event_id = :id"), {"id": events[5]["id"]})
    wall_time.now += timedelta(minutes=59)
    assert sweep(stripe_app) == 1, "within the hour before the last sweep"
    with stripe_app.database.transaction() as session:
        session.execute(text("DELETE FROM provider_inbox WHERE event_id = :id"), {"id": events[5]["id"]})
    wall_time.now += timedelta(minutes=70)
    assert sweep(stripe_app) == 1, "from an hour before the last, not from an hour ago"
    wall_time.now += timedelta(minutes=70)
    with stripe_app.database.transaction() as session:
        session.execute(text("DELETE FROM provider_inbox WHERE event_id = :id"), {"id": events[5]["id"]})
    assert sweep(stripe_app) == 0, "longer ago, and that sweep had come to its end"


def test_a_sweep_that_is_cut_off_begins_again_where_it_began(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    completed(stripe_app, world, shop)
    world.does("faults", api=[{"status": 500, "count": 3, "path": "^/v1/events$"}])
    with pytest.raises(ProviderProblem):
        sweep(stripe_app)
    with stripe_app.database.transaction() as session:
        assert session.scalars(select(ProviderHealth.swept_until)).first() is None
    assert sweep(stripe_app) == 1


def test_a_session_is_read_again_after_five_minutes_and_past_its_end(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed, left = completed(stripe_app, world, shop), online_order(shop, wall_time.now)
    door_of(stripe_app, shop, left)
    assert poll(stripe_app, shop) == 0, "the word may still be on its way"
    wall_time.now += timedelta(minutes=5, seconds=1)
    assert poll(stripe_app, shop) == 2
    assert (state(shop, placed), state(shop, left)) == ("paid", "pending_payment")
    assert poll(stripe_app, shop) == 1, "the open one only"
    world.does("clock", advance=25 * 3600)
    wall_time.now += timedelta(hours=25)
    assert poll(stripe_app, shop) == 1
    shop.session.rollback()
    assert [one.state for one in sessions_of(shop, left)] == ["expired"] and poll(stripe_app, shop) == 0


class NotYetSettled(StripeProvider):
    """As Stripe answers for a while about some methods: paid, and no movement of the balance yet."""

    def read_checkout(self, ref: str) -> CheckoutFacts:
        seen = super().read_checkout(ref)
        return replace(seen, charge=replace(seen.charge, balance=None) if seen.charge else None)


def test_a_charge_that_had_not_settled_is_completed_later(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """418.80 settle at 0.18 as 75.38 SGD."""
    placed, online = completed(stripe_app, world, shop, method="alipay"), NotYetSettled(KEY, address=world.url, secrets={})
    ref, = [one.provider_ref for one in sessions_of(shop, placed)]
    shop.session.rollback()
    apply_session(stripe_app.database, provider=online, ref=ref, now=stripe_app.clock())
    assert (state(shop, placed), charge_of(shop, placed).settled_minor) == ("paid", None)
    assert has_gaps(shop.session, provider="stripe", now=stripe_app.clock())
    shop.session.rollback()
    assert poll(stripe_app, shop) == 1
    shop.session.rollback()
    found = charge_of(shop, placed)
    assert (found.settled_minor, found.settled_currency) == (7538, "SGD") and found.fee_minor > 0 and found.fee_order_minor > 0
    assert not has_gaps(shop.session, provider="stripe", now=stripe_app.clock())
    whole(shop)


def test_an_open_dispute_is_followed_without_a_word(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    ref = disputed(world, shop, paid_online(stripe_app, world, shop))
    assert told(stripe_app, shop, ref).state == "open"
    world.does(f"disputes/{ref}/won")
    wall_time.now += timedelta(minutes=6)
    assert poll(stripe_app, shop) >= 1 and chargeback(shop, ref).state == "won"


def test_an_account_that_is_not_ready_is_read_once_a_day(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    account = open_account(stripe_app.database, brand_id=shop.brand_id, provider=stripe_app.gateways.online, payee_id=shop.lin.payee_id,
                           email="lin@example.com", country="SG", home="SG", now=wall_time.now)
    world.does(f"accounts/{account.provider_ref}/complete")
    assert poll(stripe_app, shop) == 0
    wall_time.now += timedelta(days=1, seconds=1)
    assert poll(stripe_app, shop) == 1
    assert shop.session.scalar(text("SELECT state FROM provider_accounts WHERE id = :id"), {"id": account.id}) == "ready"
    shop.session.rollback()
    assert poll(stripe_app, shop) == 0, "ready ones are told of, or found out when they are sent money"


def test_one_thing_that_cannot_be_read_stops_none_of_the_others_and_an_outage_stops_all(
        stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    lost, placed = online_order(shop, wall_time.now), completed(stripe_app, world, shop)
    door_of(stripe_app, shop, lost)
    shop.session.execute(text("UPDATE checkout_sessions SET provider_ref = 'cs_test_nowhere', expires_at = expires_at - interval '1 minute' WHERE payment_id = :id"),
                         {"id": lost.payment_id})
    shop.session.commit()
    wall_time.now += timedelta(minutes=6)
    assert poll(stripe_app, shop) == 1 and state(shop, placed) == "paid"
    for _ in range(3):
        completed(stripe_app, world, shop)
    wall_time.now += timedelta(minutes=6)
    world.does("faults", api=[{"status": 429, "count": 100, "path": "checkout/sessions"}])
    before = len(world.sees("calls")["calls"])
    assert poll(stripe_app, shop) == 0
    assert len(world.sees("calls")["calls"]) - before == 4, "one thing, and our own three tries after a 429; then the rest is left alone"
    world.does("reset")


def test_the_clock_queues_a_poll_for_brands_with_gaps_only(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    other = a_brand(stripe_app.database, slug=f"{shop.brand_id}-quiet", now=wall_time.now)
    completed(stripe_app, world, shop)
    wall_time.now += timedelta(minutes=6)
    for _ in range(2):
        run_job(stripe_app, REGISTRY["find_provider_gaps"], {})
    with stripe_app.database.transaction() as session:
        queued = session.scalars(text("SELECT (args->>'brand_id')::int FROM procrastinate_jobs WHERE task_name = 'poll_provider_gaps' AND status = 'todo'")).all()
    assert queued.count(shop.brand_id) == 1 and other.id not in queued
    run_job(stripe_app, REGISTRY["poll_provider_gaps"], {"brand_id": shop.brand_id})
    assert [row[0] for row in shop.session.execute(select(CheckoutSession.state))] == ["complete"]
