"""R10: the storefront's ways: to the provider's page, back paid, by the back button, still waiting, failed, with the provider away."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update

from app.domain.brands.models import Brand
from app.domain.orders.models import Order
from app.domain.orders.queries import lines_of
from app.domain.provider.health import health_of, note_down, note_up
from app.domain.provider.models import CheckoutSession
from app.domain.provider.ports import Later, OnlineProvider
from app.flows.pay_online.asking import asked_of
from app.flows.place_order import PlacedOrder
from app.web.shared.application import Application
from app.web.shared.safety import limiter
from app.web.storefront.online_cashier import ASKS
from tests.builders.activities import a_coupon
from tests.builders.money import order_of, payments_of, whole
from tests.builders.shops import ADDRESS, CONTACT, Shop
from tests.builders.stripe_orders import ADDRESSES, ON_THE_DOUBLE, another_session, asked_for, door_of, online_order, session_ref, sessions_of, until
from tests.builders.stripe_world import StripeWorld
from tests.conftest import TestClock

SESSIONS = "^/v1/checkout/sessions$"


@pytest.fixture
def browser(stripe_app: Application) -> FlaskClient:
    return stripe_app.test_client()


@pytest.fixture
def placed(shop: Shop, stripe_app: Application) -> PlacedOrder:
    return online_order(shop, stripe_app.clock())


def pay_path(brand: Brand, placed: PlacedOrder) -> str:
    return f"/b/{brand.slug}/pay/{placed.payment_id}?token={placed.secret}"


def return_path(brand: Brand, placed: PlacedOrder, ref: str) -> str:
    return f"/b/{brand.slug}/pay/{placed.payment_id}/return?token={placed.secret}&session_id={ref}"


def order_path(brand: Brand, placed: PlacedOrder) -> str:
    return f"/b/{brand.slug}/orders/{placed.number}?token={placed.secret}"


def to_the_page(browser: FlaskClient, brand: Brand, placed: PlacedOrder) -> str:
    """The reference of the session she stands in front of."""
    answer = browser.get(pay_path(brand, placed))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def opened(world: StripeWorld) -> int:
    return len([one for one in world.sees("calls")["calls"] if re.search(SESSIONS, one["path"]) and one["method"] == "POST"])


def test_to_the_page_and_back_paid(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
    ref = to_the_page(browser, brand, placed)
    [row] = sessions_of(shop, placed)
    assert (row.state, row.provider_ref) == ("open", ref)
    assert placed.secret not in str(row.asked), "the order's secret is not stored"
    world.does(f"complete_session/{ref}", method="card", outcome="paid")
    answer = browser.get(return_path(brand, placed, ref))
    assert (answer.status_code, answer.headers["Location"]) == (303, order_path(brand, placed))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert order_of(shop, placed).state == "paid"
    assert "已付款" in browser.get(order_path(brand, placed)).text
    whole(shop)


def test_back_button_and_double_press_find_the_same_session(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
    refs = {to_the_page(browser, brand, placed) for _ in range(3)}
    assert len(refs) == 1 and opened(world) == 1
    again = browser.post(f"/b/{brand.slug}/orders/{placed.number}/pay", data={"token": placed.secret})
    assert again.headers["Location"] == pay_path(brand, placed)
    world.does(f"complete_session/{refs.pop()}", method="card", outcome="paid")
    answer = browser.get(pay_path(brand, placed))
    assert (answer.status_code, answer.headers["Location"]) == (303, order_path(brand, placed)), "she pressed back after she had paid"
    assert order_of(shop, placed).state == "paid" and opened(world) == 1


def test_a_session_that_ended_gives_way_to_the_next(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
    """Ended at the provider, whether we were told or not."""
    first = to_the_page(browser, brand, placed)
    world.provider().expire_checkout(first)
    second = to_the_page(browser, brand, placed)
    assert first != second
    assert [(row.attempt, row.state) for row in sessions_of(shop, placed)] == [(1, "expired"), (2, "open")]
    assert browser.get(return_path(brand, placed, first)).headers["Location"] == order_path(brand, placed), "an old tab leads back"


def test_back_without_paying_she_may_pay_again(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
    ref = to_the_page(browser, brand, placed)
    assert browser.get(return_path(brand, placed, ref)).headers["Location"] == order_path(brand, placed)
    assert "去付款" in browser.get(order_path(brand, placed)).text


@ON_THE_DOUBLE
def test_while_the_bank_thinks_she_waits_and_is_not_asked_to_pay_again(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop,
                                                                       placed: PlacedOrder) -> None:
    ref = to_the_page(browser, brand, placed)
    world.does(f"complete_session/{ref}", method="alipay", outcome="processing")
    page = browser.get(return_path(brand, placed, ref))
    assert (page.status_code, page.headers["Refresh"][:7]) == (200, "5; url=") and "不用再付" in page.text
    assert page.headers["Refresh"].endswith("n=1")
    bent = browser.get(return_path(brand, placed, ref) + "&_scheme=javascript&_external=1&slug=x&_anchor=y").headers["Refresh"]
    assert bent == page.headers["Refresh"], "what else stands in the address leads nowhere"
    last = browser.get(return_path(brand, placed, ref) + "&n=12")
    assert "Refresh" not in last.headers and "现在再看" in last.text, "it looks again by itself for a minute, not for ever"
    order = browser.get(order_path(brand, placed)).text
    assert "付款确认中" in order and "去付款" not in order and "取消订单" not in order
    assert browser.get(pay_path(brand, placed)).headers["Location"].startswith(f"/b/{brand.slug}/pay/{placed.payment_id}/return")
    world.does(f"payment_intents/{of_session(shop, placed, world)}/fail")
    failed = browser.get(return_path(brand, placed, ref))
    assert failed.headers["Location"] == order_path(brand, placed)
    page_text = browser.get(order_path(brand, placed)).text
    assert "付款没有成功" in page_text and "去付款" in page_text
    assert [one.state for one in payments_of(shop, placed)] == ["failed", "open"]


def of_session(shop: Shop, placed: PlacedOrder, world: StripeWorld) -> str:
    return world.provider().read_checkout(sessions_of(shop, placed)[0].provider_ref).intent_ref


def test_what_does_not_fit_says_so_and_asks_for_nothing(stripe_app: Application, browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop,
                                                        placed: PlacedOrder) -> None:
    to_the_page(browser, brand, placed)
    wrong = another_session(stripe_app, shop, sessions_of(shop, placed)[0], lines=[{"name": "便宜", "amount_minor": 400}])
    world.does(f"complete_session/{wrong}", method="card", outcome="paid")
    page = browser.get(return_path(brand, placed, wrong))
    assert page.status_code == 200 and "对不上" in page.text and "Refresh" not in page.headers
    order = browser.get(order_path(brand, placed)).text
    assert "品牌正在核对" in order and "去付款" not in order
    assert order_of(shop, placed).state == "pending_payment"


@pytest.mark.parametrize("ref", ["", "cs_test_of_nobody", "x" * 5000, "' OR 1=1"])
def test_an_address_is_not_believed(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder, ref: str) -> None:
    """Another's session id leads nowhere: only sessions of this payment are read."""
    assert browser.get(return_path(brand, placed, ref)).headers["Location"] == order_path(brand, placed)
    to_the_page(browser, brand, placed)
    assert browser.get(return_path(brand, placed, ref)).headers["Location"] == order_path(brand, placed)
    assert order_of(shop, placed).state == "pending_payment"


def test_another_orders_paid_session_does_not_pay_this_one(stripe_app: Application, browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop,
                                                           placed: PlacedOrder) -> None:
    other = online_order(shop, stripe_app.clock())
    paid = session_ref(door_of(stripe_app, shop, other))
    to_the_page(browser, brand, placed)
    world.does(f"complete_session/{paid}", method="card", outcome="paid")
    browser.get(return_path(brand, placed, paid))
    assert order_of(shop, placed).state == "pending_payment"


@pytest.mark.parametrize("path", ["pay/{payment}?token=x", "pay/{payment}", "pay/{payment}/return?token=x", "pay/x/return?token={token}"])
def test_strangers_find_nothing(browser: FlaskClient, brand: Brand, placed: PlacedOrder, path: str) -> None:
    assert browser.get(f"/b/{brand.slug}/" + path.format(payment=placed.payment_id, token=placed.secret)).status_code == 404


def test_the_sandboxs_buttons_are_gone(browser: FlaskClient, brand: Brand, placed: PlacedOrder, shop: Shop) -> None:
    assert browser.post(pay_path(brand, placed), data={"outcome": "succeed"}).status_code == 404
    assert order_of(shop, placed).state == "pending_payment"


def test_where_nothing_is_to_be_paid_nobody_is_asked(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop, stripe_app: Application) -> None:
    a_coupon(shop.session, "FREE", 100_000)
    placed = online_order(shop, stripe_app.clock(), coupon_codes=("FREE",))
    assert placed.total_minor == 0
    for _ in range(2):
        assert browser.get(pay_path(brand, placed)).headers["Location"] == order_path(brand, placed)
    assert order_of(shop, placed).state == "paid" and opened(world) == 0 and sessions_of(shop, placed) == []
    whole(shop)


def test_the_provider_is_away(stripe_app: Application, browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
    """500 before anything was done: a page that says the order is kept and until when; pressed again it goes on under the same key."""
    world.does("faults", api=[{"status": 500, "count": 2, "path": SESSIONS}])
    page = browser.get(pay_path(brand, placed))
    assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
    order = order_of(shop, placed)
    local = order.pay_by + timedelta(hours=8)
    assert f"{local:%m-%d %H:%M}" in page.text and "再试一次" in page.text and pay_path(brand, placed).replace("&", "&amp;") in page.text
    assert [row.state for row in sessions_of(shop, placed)] == ["due"]
    to_the_page(browser, brand, placed)
    assert [(row.attempt, row.state) for row in sessions_of(shop, placed)] == [(1, "open")]


@ON_THE_DOUBLE
def test_a_failure_stored_under_the_key_gives_way_to_the_next(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop,
                                                              placed: PlacedOrder) -> None:
    """She notices nothing. Nobody was given the address of what may stand there, so nobody can pay in it."""
    world.does("faults", api=[{"status": 500, "path": SESSIONS, "phase": "stored"}])
    to_the_page(browser, brand, placed)
    assert [(row.attempt, row.state) for row in sessions_of(shop, placed)] == [(1, "refused"), (2, "open")]


def test_who_may_have_paid_is_not_told_that_nothing_was_taken(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop,
                                                              placed: PlacedOrder) -> None:
    """She paid, pressed back, and the provider does not say."""
    ref = to_the_page(browser, brand, placed)
    world.does(f"complete_session/{ref}", method="card", outcome="paid")
    world.does("faults", api=[{"status": 500, "count": 2, "path": "^/v1/checkout/sessions/cs_"}])
    page = browser.get(pay_path(brand, placed))
    assert page.status_code == 503 and "没有扣款" not in page.text and "如果刚才已经付过" in page.text
    assert browser.get(pay_path(brand, placed)).headers["Location"] == order_path(brand, placed)
    assert order_of(shop, placed).state == "paid"


def test_an_answer_that_was_lost_is_asked_for_under_the_same_key(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop,
                                                                 placed: PlacedOrder) -> None:
    world.does("faults", api=[{"status": "drop", "count": 2, "path": SESSIONS, "phase": "after"}])
    assert browser.get(pay_path(brand, placed)).status_code == 503
    to_the_page(browser, brand, placed)
    [row] = sessions_of(shop, placed)
    assert row.attempt == 1 and row.state == "open"
    assert world.sees("state")["objects"]["platform"]["checkout.session"] == 1, "one session stands there"


def test_what_is_declined_is_no_dead_end(browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
    """The row was frozen long ago: its end is nearer than the provider allows, so the next attempt asks anew."""
    a_session_nobody_asked_for(shop, placed, {"expires_at": int(order_of(shop, placed).placed_at.timestamp()) + 60})
    to_the_page(browser, brand, placed)
    assert [(row.attempt, row.state) for row in sessions_of(shop, placed)] == [(1, "refused"), (2, "open")]


def a_session_nobody_asked_for(shop: Shop, placed: PlacedOrder, changes: dict[str, Any]) -> None:
    """A row whose worker died before it asked."""
    order, [payment] = order_of(shop, placed), payments_of(shop, placed)
    asked = asked_of(order, lines_of(shop.session, brand_id=shop.brand_id, order_id=order.id), payment, attempt=1, addresses=ADDRESSES, language="zh",
                     now=order.placed_at)
    shop.session.add(CheckoutSession(brand_id=shop.brand_id, payment_id=payment.id, attempt=1, provider="stripe", state="due", asked={**asked, **changes},
                                     created_at=order.placed_at, expires_at=order.pay_by))
    shop.session.commit()


def test_while_its_circuit_is_open_shoppers_and_headquarters_are_told(stripe_app: Application, browser: FlaskClient, world: StripeWorld, brand: Brand,
                                                                      shop: Shop, placed: PlacedOrder) -> None:
    online: OnlineProvider = stripe_app.gateways.online
    world.does("faults", api=[{"status": 500, "count": 10, "path": SESSIONS}])
    for _ in range(5):
        assert browser.get(pay_path(brand, placed)).status_code == 503
    with pytest.raises(Later, match="circuit_open"):
        online.read_checkout("cs_x")
    assert browser.get(pay_path(brand, placed)).status_code == 503
    shop.session.rollback()
    health = health_of(shop.session, "stripe")
    assert health is not None and health.down_since == stripe_app.clock() and "circuit_open" in health.problem
    world.does("reset")
    stripe_app.gateways = replace(stripe_app.gateways, online=world.provider())
    to_the_page(browser, brand, placed)
    shop.session.rollback()
    health = health_of(shop.session, "stripe")
    assert health is not None and (health.down_since, health.problem) == (None, "")


def test_down_stays_down_since_the_first_moment(shop: Shop, wall_time: TestClock) -> None:
    first, later = wall_time.now, wall_time.now + timedelta(minutes=5)
    note_up(shop.session, "stripe", first)
    note_down(shop.session, "stripe", "a", first)
    note_down(shop.session, "stripe", "b", later)
    health = health_of(shop.session, "stripe")
    assert health is not None and (health.down_since, health.problem, health.changed_at) == (first, "b", later)
    note_up(shop.session, "stripe", later)
    health = health_of(shop.session, "stripe")
    assert health is not None and health.down_since is None
    shop.session.rollback()


def test_after_the_time_to_pay_there_is_no_way_to_the_page(stripe_app: Application, browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop,
                                                           placed: PlacedOrder) -> None:
    shop.session.execute(update(Order).where(Order.id == placed.order_id).values(pay_by=stripe_app.clock()))
    shop.session.commit()
    assert browser.get(pay_path(brand, placed)).headers["Location"] == order_path(brand, placed)
    assert "付款时间已经过了" in browser.get(order_path(brand, placed)).text and opened(world) == 0


def test_one_payment_does_not_use_up_what_all_shops_may_ask(browser: FlaskClient, world: StripeWorld, brand: Brand, placed: PlacedOrder) -> None:
    before, limiter.enabled = limiter.enabled, True
    try:
        limiter.limiter.hit(ASKS, str(placed.payment_id), cost=28)
        statuses = [browser.get(pay_path(brand, placed)) for _ in range(3)]
    finally:
        limiter.enabled = before
    assert [one.status_code for one in statuses] == [303, 303, 429]
    assert 0 < int(statuses[-1].headers["Retry-After"]) <= 61 and "太频繁了" in statuses[-1].text


@pytest.mark.parametrize("way", ["there", "back"])
def test_nothing_is_held_while_the_provider_is_asked(stripe_app: Application, browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop,
                                                     placed: PlacedOrder, way: str) -> None:
    """No transaction of ours is open while Stripe takes its time."""
    ref = to_the_page(browser, brand, placed) if way == "back" else ""
    shop.session.rollback()
    world.does("faults", api=[{"status": 500, "count": 1, "path": f"{SESSIONS[:-1]}{'/cs_' if ref else '$'}", "seconds": 2}])
    path = return_path(brand, placed, ref) if ref else pay_path(brand, placed)
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(lambda: stripe_app.test_client().get(path).status_code)
        until(lambda: asked_for(world, "checkout/sessions", "GET" if ref else "POST") == 1)
        held = shop.session.scalars(text("SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'")).all()
        shop.session.rollback()
        assert going.result(30) == 303
    assert held == []


def test_a_program_gets_the_same_address(stripe_app: Application, browser: FlaskClient, world: StripeWorld, brand: Brand, shop: Shop) -> None:
    body = {"lines": [{"variant_id": str(shop.cover), "quantity": 1}], "contact": CONTACT, "address": ADDRESS, "share_code": shop.link.code}
    answer = browser.post(f"/api/storefront/v1/{brand.slug}/orders", json=body, headers={"Idempotency-Key": "one"})
    assert answer.status_code == 201, answer.text
    url = answer.json["payment"]["url"].removeprefix("http://localhost")
    assert browser.get(url).headers["Location"].startswith(world.url)
