"""With a test key every page that takes or shows money says so, with a live one none does; the settings say which provider, how, and whether it is heard."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from app import create_app
from app.config import Settings, Stripe
from app.domain.brands.models import Brand
from app.domain.provider.health import note_down, note_up
from app.domain.provider.models import InboxEvent
from app.web.shared.application import Application
from tests.builders.shops import Shop
from tests.builders.signed_in import console, platform
from tests.builders.stripe_orders import charge_of, online_order, paid_online
from tests.builders.stripe_world import StripeWorld
from tests.conftest import TestClock

MARK = "Stripe 测试模式"


def in_chinese(client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


def owner_of(application: Application, brand: Brand) -> FlaskClient:
    return in_chinese(console(application, f"owner@{brand.slug}.example"))


@pytest.fixture(scope="module")
def live_app(settings: Settings) -> Iterator[Application]:
    """The application as it would run with a live key; nothing is sent there."""
    application = create_app(replace(settings, payment_provider="stripe", stripe=Stripe("sk_live_not_a_key")), clock=TestClock(), TESTING=True,
                             WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    application.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    yield application
    application.database.dispose()


def test_console_platform_and_shoppers_see_the_test_mode(stripe_app: Application, shop: Shop, brand: Brand, wall_time: TestClock) -> None:
    placed = online_order(shop, wall_time.now)
    assert MARK in owner_of(stripe_app, brand).get("/console/").text
    assert MARK in in_chinese(platform(stripe_app, stripe_app.database)).get("/platform/brands").text
    shopper = in_chinese(stripe_app.test_client())
    assert "不会真的扣款" in shopper.get(f"/b/{brand.slug}/orders/{placed.number}?token={placed.secret}").text
    assert "不会真的扣款" in shopper.get(f"/b/{brand.slug}/checkout?share={shop.link.code}&v={shop.case}&q=1").text


def test_with_a_live_key_and_without_stripe_there_is_no_mark(live_app: Application, app: Application, session: object, brand: Brand) -> None:
    for application, mode in ((live_app, "真实收款"), (app, "演示")):
        owner = owner_of(application, brand)
        assert MARK not in owner.get("/console/").text
        page = owner.get("/console/payment-provider").text
        assert mode in page and MARK not in page
        assert MARK not in in_chinese(platform(application, application.database)).get("/platform/payments").text


def test_the_settings_say_whether_it_is_heard(stripe_app: Application, world: StripeWorld, shop: Shop, brand: Brand, wall_time: TestClock) -> None:
    owner, operator = owner_of(stripe_app, brand), in_chinese(platform(stripe_app, stripe_app.database))
    for client, page in ((owner, "/console/payment-provider"), (operator, "/platform/payments")):
        said = client.get(page).text
        assert "http://localhost/hooks/stripe<" in said and "http://localhost/hooks/stripe/connect<" in said and "测试模式" in said
    with stripe_app.database.transaction() as session:
        session.execute(insert(InboxEvent).values(provider="stripe", event_id=f"evt_{time.time_ns()}", source="connect", type="account.updated", object_ref="acct_1",
                                                  received_at=wall_time.now, next_try_at=wall_time.now, tries=1, done_at=wall_time.now))
    said = operator.get("/platform/payments").text
    row = said[said.index("hooks/stripe/connect<"):]
    assert f"{wall_time.now:%Y-%m-%d}" in row[:row.index("</tr>")] and "还没有收到过" not in said


def test_a_provider_that_is_down_is_told(stripe_app: Application, brand: Brand, shop: Shop, wall_time: TestClock) -> None:
    with stripe_app.database.transaction() as session:
        note_down(session, "stripe", "circuit_open", wall_time.now)
    try:
        assert "Stripe 连不上" in owner_of(stripe_app, brand).get("/console/payment-provider").text
    finally:
        with stripe_app.database.transaction() as session:
            note_up(session, "stripe", wall_time.now)
    assert "Stripe 连不上" not in owner_of(stripe_app, brand).get("/console/payment-provider").text


def test_what_the_brand_pays_is_added_up(stripe_app: Application, world: StripeWorld, shop: Shop, brand: Brand, wall_time: TestClock) -> None:
    """418.80 settles as 75.38 SGD; the page has the fee in yuan, as the ledger does, and what part of the money it is."""
    placed = paid_online(stripe_app, world, shop)
    fee = charge_of(shop, placed).fee_order_minor
    said = owner_of(stripe_app, brand).get("/console/payment-provider").text
    assert "418.80" in said and f"{fee / 100:.2f}" in said and "品牌承担" in said
