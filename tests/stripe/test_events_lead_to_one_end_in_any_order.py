"""R18: the same events, shuffled, doubled, worked one by one or all at once, lead to the same end; each is applied once.

One order of R23 without coupons and shipping, 418.80, paid at the second try and told of late, disputed and won: seven events.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.domain.ledger.models import LedgerTransaction
from app.domain.orders.models import Order
from app.domain.provider.models import InboxEvent, ProviderEvent
from app.gateways.stripe.reading import as_kept
from app.web.shared.application import Application
from app.web.shared.safety import limiter
from tests.builders.money import whole
from tests.builders.shops import Shop
from tests.builders.stripe_events import all_told, deliver, empty_inbox, end_state, inbox, paid_late_and_disputed, work_all
from tests.builders.stripe_world import StripeWorld

TYPES = ["charge.dispute.closed", "charge.dispute.created", "charge.dispute.funds_reinstated", "charge.dispute.funds_withdrawn",
         "checkout.session.async_payment_succeeded", "checkout.session.completed", "payment_intent.payment_failed"]
MANY = 72
"""Orders, of seven events each, each delivered twice: 1,008 deliveries. `python -m bench webhooks` does ten thousand."""


@pytest.fixture(autouse=True)
def unlimited(stripe_app: Application) -> Iterator[None]:
    empty_inbox(stripe_app)
    before, limiter.enabled = limiter.enabled, False
    yield
    limiter.enabled = before


def story(application: Application, world: StripeWorld, shop: Shop, deliveries: Any, *, each: bool = False) -> dict[str, Any]:
    """A fresh order, its events delivered as `deliveries` says (places in the order they happened), worked after each or at the end."""
    world.does("reset")
    placed = paid_late_and_disputed(application, world, shop)
    told, client = all_told(world), application.test_client()
    assert sorted(event["type"] for event in told) == TYPES
    for place in deliveries:
        assert deliver(client, told[place]) == 200
        if each:
            work_all(application)
    work_all(application)
    return end_state(shop, placed)


def test_in_the_order_they_happened(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    found = story(stripe_app, world, shop, range(7), each=True)
    assert (found["order"], found["payments"], found["sessions"]) == ("paid", [("succeeded", 41880)], [(1, "complete", "")])
    assert found["charges"] == [(41880, 7538, found["charges"][0][2], False)] and found["charges"][0][2] > 0
    assert [(state, amount) for state, amount, _ in found["chargebacks"]] == [("won", 500)]
    assert found["events"] == [(name,) for name in TYPES]
    assert Counter(kind for kind, *_ in found["ledger"])["provider_fee"] == 2, "from whoever bears it, and into what was received"
    whole(shop)


orders = st.permutations(range(7)).flatmap(lambda first: st.lists(st.sampled_from(range(7)), max_size=7).map(lambda more: [*first, *more])).flatmap(
    lambda all_of_them: st.permutations(all_of_them))


def test_every_order_and_every_duplicate_ends_the_same(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    expected = story(stripe_app, world, shop, range(7), each=True)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(orders, st.booleans())
    def same(deliveries: list[int], each: bool) -> None:
        assert story(stripe_app, world, shop, deliveries, each=each) == expected

    same()
    whole(shop)


def test_a_thousand_shuffled_deliveries_half_of_them_duplicates_are_applied_once(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = [paid_late_and_disputed(stripe_app, world, shop) for _ in range(MANY)]
    told = all_told(world)
    deliveries, client = told * 2, stripe_app.test_client()
    random.Random(5).shuffle(deliveries)
    assert len(deliveries) == 1008
    for number, event in enumerate(deliveries):
        assert deliver(client, event) == 200
        if number % 100 == 0:
            work_all(stripe_app)
    work_all(stripe_app)
    ends = [end_state(shop, one) for one in placed]
    assert all(end == ends[0] for end in ends) and ends[0]["order"] == "paid" and ends[0]["events"] == [(name,) for name in TYPES]
    with stripe_app.database.transaction(shop.brand_id) as session:
        assert session.scalar(select(func.count()).where(ProviderEvent.id.is_not(None))) == len(told)
        assert session.scalar(select(func.count()).where(Order.state == "paid")) == MANY
        for kind in ("paid", "provider_fee"):
            assert session.scalar(select(func.count()).where(LedgerTransaction.kind == kind)) == MANY
        assert session.scalar(select(func.count()).where(InboxEvent.event_id.in_([event["id"] for event in told]), InboxEvent.done_at.is_(None))) == 0
    whole(shop)


def test_what_is_applied_leaves_the_inbox_empty_and_stays_with_its_brand(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = paid_late_and_disputed(stripe_app, world, shop)
    told = all_told(world)
    for event in told:
        deliver(stripe_app.test_client(), event)
    assert work_all(stripe_app) == 7
    rows = inbox(stripe_app, *(event["id"] for event in told))
    assert {(row["payload"] is None, row["done_at"], row["problem"]) for row in rows} == {(True, stripe_app.clock(), "")}
    kept = shop.session.scalars(select(ProviderEvent)).all()
    assert {one.event_id: one.payload for one in kept} == {event["id"]: as_kept(event) for event in told}
    assert {one.payment_id for one in kept} == {placed.payment_id}
    for event in told:
        deliver(stripe_app.test_client(), event)
    assert work_all(stripe_app) == 0, "a duplicate after all is done is nothing new"
