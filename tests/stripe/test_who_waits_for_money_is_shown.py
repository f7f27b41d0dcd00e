"""A payment the provider has not told of yet, money that does not fit, a provider that is away: what guide and headquarters see; and the fee in the books."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.domain.brands.models import Brand, PlatformFeePlan
from app.domain.ledger.queries import house_payees
from app.domain.provider.health import note_down, note_up
from app.domain.settlement.brand_books import brand_books
from app.domain.sharing.actions import share_link
from app.flows.pay_online.apply_session import apply_session
from app.web.shared.application import Application
from tests.builders.people import a_guide
from tests.builders.shops import Shop
from tests.builders.signed_in import console, guide_app
from tests.builders.stripe_orders import ON_THE_DOUBLE, another_session, door_of, online_order, paid_online, session_ref, sessions_of
from tests.builders.stripe_world import StripeWorld
from tests.conftest import TestClock


@ON_THE_DOUBLE
def test_the_guide_sees_that_the_result_is_awaited(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    guide = a_guide(shop.session, shop.store, now=stripe_app.clock(), password=True)
    link = share_link(shop.session, brand_id=shop.brand_id, guide_id=guide.id)
    placed = online_order(shop, stripe_app.clock(), share_code=link.code)
    phone = guide_app(stripe_app, guide.phone)
    assert "付款确认中" not in phone.get("/guide/orders").text
    ref = session_ref(door_of(stripe_app, shop, placed))
    world.does(f"complete_session/{ref}", method="alipay", outcome="processing")
    apply_session(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=stripe_app.clock())
    for path in ("/guide/orders", f"/guide/orders/{placed.order_id}"):
        assert "付款确认中" in phone.get(path).text


def test_headquarters_sees_money_that_does_not_fit_and_a_provider_that_is_away(stripe_app: Application, world: StripeWorld, brand: Brand, shop: Shop,
                                                                              wall_time: TestClock) -> None:
    desk = console(stripe_app, f"owner@{brand.slug}.example")
    quiet = desk.get("/console/").text
    assert "付款对不上" not in quiet and "支付渠道连不上" not in quiet
    placed = online_order(shop, wall_time.now)
    door_of(stripe_app, shop, placed)
    wrong = another_session(stripe_app, shop, sessions_of(shop, placed)[0], lines=[{"name": "便宜", "amount_minor": 400}])
    world.does(f"complete_session/{wrong}", method="card", outcome="paid")
    apply_session(stripe_app.database, provider=stripe_app.gateways.online, ref=wrong, now=wall_time.now)
    note_down(shop.session, "stripe", "circuit_open", wall_time.now)
    shop.session.commit()
    page = desk.get("/console/").text
    assert f"订单 {placed.number} 的付款对不上" in page and f"/console/orders/{placed.order_id}" in page and "支付渠道连不上" in page
    note_up(shop.session, "stripe", wall_time.now)
    shop.session.commit()
    wall_time.now += timedelta(days=14, minutes=1)
    later = console(stripe_app, f"owner@{brand.slug}.example").get("/console/").text
    assert "付款对不上" not in later and "支付渠道连不上" not in later


@pytest.mark.parametrize("bearer", ["brand", "platform"])
def test_the_fee_stands_in_the_brands_books_with_who_bears_it(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock,
                                                              bearer: str) -> None:
    """418.80 came, 13.83 went to Stripe: 404.97 are shared or kept."""
    with stripe_app.database.transaction(shop.brand_id, operator=True) as operator:
        operator.execute(update(PlatformFeePlan).where(PlatformFeePlan.brand_id == shop.brand_id).values(provider_fee_party=bearer))
    paid_online(stripe_app, world, shop)
    books = brand_books(shop.session, brand_id=shop.brand_id, from_=wall_time.now - timedelta(days=1), to=wall_time.now + timedelta(days=1))
    assert books.received == {"paid": 41880, "provider_fee": -1383}
    assert books.received_minor == books.shared_minor + books.kept_minor == 40497
    assert books.kept.get("provider_fee", 0) == (-1383 if bearer == "brand" else 0)
    assert books.parts["platform"].net_minor == (419 if bearer == "brand" else 419 - 1383), "1 % of 418.80, rounded by line: 2.99 + 1.20"
    assert house_payees(shop.session, brand_id=shop.brand_id)[bearer]
