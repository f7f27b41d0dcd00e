"""Stock is not kept for a page nobody pays on: sessions end before their orders are cancelled; what was paid at the last moment counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.domain.brands.models import Brand
from app.domain.catalog.models import Variant
from app.domain.orders.models import Order, Refund
from app.flows.cancel_order import cancel_order
from app.flows.pay_online.apply_session import apply_session
from app.flows.pay_online.asking import expires_at
from app.flows.place_order import PlacedOrder
from app.jobs import REGISTRY
from app.jobs.worker import queue_app, run_job
from app.web.shared.application import Application
from tests.builders.callers import work
from tests.builders.money import order_of, payments_of, whole
from tests.builders.shops import Shop
from tests.builders.stripe_orders import ON_THE_DOUBLE, door_of, online_order, queued, session_ref, sessions_of
from tests.builders.stripe_world import StripeWorld
from tests.conftest import NOON

EXPIRE = "/expire$"


def overdue(application: Application, shop: Shop, placed: PlacedOrder, by: timedelta = timedelta(seconds=1)) -> None:
    """The time to pay has passed, by the wall's time, which is the world's too."""
    shop.session.execute(update(Order).where(Order.id == placed.order_id).values(pay_by=application.clock() - by))
    shop.session.commit()


def minutes_work(application: Application, brand: Brand) -> None:
    """What the clock's tick queues for this brand, and what the worker makes of it."""
    look(application, "find_overdue_orders")
    work(application, brand, only=["cancel_overdue_orders", "end_session"])


def look(application: Application, name: str) -> None:
    queue_app(application)
    with application.app_context():
        run_job(application, REGISTRY[name], {})


def reserved(shop: Shop) -> int:
    shop.session.rollback()
    return shop.session.query(Variant.reserved).filter(Variant.id == shop.case).scalar() or 0


@pytest.fixture
def placed(shop: Shop, stripe_app: Application) -> PlacedOrder:
    return online_order(shop, stripe_app.clock())


def at_the_provider(world: StripeWorld, ref: str) -> str:
    return world.provider().read_checkout(ref).state


@pytest.mark.parametrize(("pay_minutes", "ends_after"), [(5, 31), (30, 31), (45, 45), (60 * 30, 23 * 60 + 55)])
def test_it_ends_with_the_time_to_pay_as_far_as_the_provider_allows(pay_minutes: int, ends_after: int) -> None:
    assert expires_at(NOON + timedelta(minutes=pay_minutes), NOON) == NOON + timedelta(minutes=ends_after)


def test_unpaid_in_time_the_session_ends_first(stripe_app: Application, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
    ref = session_ref(door_of(stripe_app, shop, placed))
    minutes_work(stripe_app, brand)
    assert order_of(shop, placed).state == "pending_payment", "there is time left"
    overdue(stripe_app, shop, placed)
    minutes_work(stripe_app, brand)
    assert (order_of(shop, placed).state, sessions_of(shop, placed)[0].state, at_the_provider(world, ref)) == ("cancelled", "expired", "expired")
    assert (reserved(shop), payments_of(shop, placed)[0].state) == (0, "expired")
    whole(shop)


def test_paid_at_the_last_moment_it_counts(stripe_app: Application, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
    """Nobody has told yet: the session cannot be ended, is read instead, and the order is paid and not cancelled."""
    ref = session_ref(door_of(stripe_app, shop, placed))
    world.does(f"complete_session/{ref}", method="card", outcome="paid")
    overdue(stripe_app, shop, placed)
    minutes_work(stripe_app, brand)
    assert (order_of(shop, placed).state, reserved(shop)) == ("paid", 1)
    assert shop.session.query(Refund).count() == 0
    whole(shop)


def test_without_ending_it_first_she_pays_for_goods_that_are_gone(stripe_app: Application, world: StripeWorld, brand: Brand, shop: Shop,
                                                                  placed: PlacedOrder) -> None:
    """The twin: cancelled while her page is still open, her money comes and has to be sent back."""
    ref = session_ref(door_of(stripe_app, shop, placed))
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, reason="unpaid", now=stripe_app.clock())
    shop.session.commit()
    world.does(f"complete_session/{ref}", method="card", outcome="paid")
    apply_session(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=stripe_app.clock())
    shop.session.rollback()
    assert order_of(shop, placed).state == "cancelled" and shop.session.query(Refund).count() == 1


def test_a_provider_that_does_not_answer_is_waited_for_but_not_for_ever(stripe_app: Application, world: StripeWorld, brand: Brand, shop: Shop,
                                                                        placed: PlacedOrder) -> None:
    """Two hours; money that comes after them is given back."""
    ref = session_ref(door_of(stripe_app, shop, placed))
    overdue(stripe_app, shop, placed)
    world.does("faults", api=[{"status": 500, "count": 4, "path": EXPIRE}])
    minutes_work(stripe_app, brand)
    assert (order_of(shop, placed).state, reserved(shop)) == ("pending_payment", 1)
    overdue(stripe_app, shop, placed, timedelta(hours=2, seconds=1))
    look(stripe_app, "find_overdue_orders")
    work(stripe_app, brand, only=["cancel_overdue_orders"])
    assert (order_of(shop, placed).state, sessions_of(shop, placed)[0].state) == ("cancelled", "open")
    assert len(queued(shop, "end_session")) == 1, "the page is closed when the provider is back"
    world.does(f"complete_session/{ref}", method="card", outcome="paid")
    work(stripe_app, brand, only=["end_session"])
    shop.session.rollback()
    assert (order_of(shop, placed).state, sessions_of(shop, placed)[0].state) == ("cancelled", "complete")
    [refund] = shop.session.query(Refund).all()
    assert (refund.reason, refund.state) == ("late_payment", "pending")
    whole(shop)


@ON_THE_DOUBLE
def test_what_the_bank_still_thinks_about_is_waited_for(stripe_app: Application, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
    ref = session_ref(door_of(stripe_app, shop, placed))
    world.does(f"complete_session/{ref}", method="alipay", outcome="processing")
    overdue(stripe_app, shop, placed)
    minutes_work(stripe_app, brand)
    assert order_of(shop, placed).state == "pending_payment"
    world.does(f"payment_intents/{world.provider().read_checkout(ref).intent_ref}/succeed")
    minutes_work(stripe_app, brand)
    assert order_of(shop, placed).state == "paid"


def test_a_session_whose_answer_was_lost_lapses_without_a_word(stripe_app: Application, world: StripeWorld, brand: Brand, shop: Shop,
                                                               placed: PlacedOrder) -> None:
    """Nobody was given its address."""
    door_of(stripe_app, shop, placed)
    [row] = sessions_of(shop, placed)
    row.state, row.provider_ref, row.url = "due", "", ""
    shop.session.commit()
    overdue(stripe_app, shop, placed)
    minutes_work(stripe_app, brand)
    assert (order_of(shop, placed).state, sessions_of(shop, placed)[0].state) == ("cancelled", "expired")


def test_called_off_by_hand_the_page_is_closed_by_a_job(stripe_app: Application, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
    ref = session_ref(door_of(stripe_app, shop, placed))
    browser = stripe_app.test_client()
    answer = browser.post(f"/b/{brand.slug}/orders/{placed.number}/cancel", data={"token": placed.secret})
    assert answer.status_code == 303
    shop.session.rollback()
    assert (order_of(shop, placed).state, at_the_provider(world, ref)) == ("cancelled", "open")
    assert work(stripe_app, brand, only=["end_session"]) == ["end_session"]
    shop.session.rollback()
    assert (at_the_provider(world, ref), sessions_of(shop, placed)[0].state) == ("expired", "expired")


def test_an_order_that_needs_no_provider_is_cancelled_as_ever(stripe_app: Application, world: StripeWorld, brand: Brand, shop: Shop,
                                                              placed: PlacedOrder) -> None:
    """She never went to the page."""
    overdue(stripe_app, shop, placed)
    minutes_work(stripe_app, brand)
    assert order_of(shop, placed).state == "cancelled" and queued(shop, "end_session") == []
