"""R34: what the flows did with the money of a day is what the provider's books say, and the four-way check, the ledger and the brand's books stand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.settlement.brand_books import brand_books
from app.domain.settlement.reconciliations import kind_counts
from app.flows.follow_refunds import apply_refund, settle_refund_otherwise
from app.flows.reconcile import reconcile
from app.web.shared.application import Application
from tests.builders.money import whole
from tests.builders.shops import Shop
from tests.builders.stripe_days import at_the_provider, disputed, read, said
from tests.builders.stripe_orders import paid_online
from tests.builders.stripe_refunds import booked, hundred, received, send, transferred, with_receiver
from tests.builders.stripe_world import StripeWorld


@pytest.fixture
def shop(shop: Shop) -> Shop:
    return hundred(shop)


def test_paid_out_refunded_taken_back_disputed(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Two orders of 100.00, 18.00 SGD each. The guide's 12.35 of the first leave as 2.22; 33.33 of it is refunded as 6.00, of which she gives
    back 0.74; the second, 100.00, is lost to her bank with a fee of 15.00 SGD; a third refund of 10.00 is booked and waits."""
    now = stripe_app.clock()
    later = now + timedelta(days=40)
    with_receiver(stripe_app, world, shop, shop.lin.payee_id)
    first = received(stripe_app, world, shop, (shop.case, 1))
    transferred(stripe_app, shop, later)
    second = paid_online(stripe_app, world, shop, (shop.case, 1))
    send(stripe_app, shop, booked(shop, first, 3333, later), now=later)
    disputed(stripe_app, world, shop, second, 10000, outcome="lost")
    [day] = read(stripe_app, shop)
    agreed = said(shop, day)
    assert day.state == "matched", agreed
    assert sorted((kind, theirs) for kind, theirs, _, _ in agreed if kind != "fee") == [
        ("charge", 1800), ("charge", 1800), ("dispute", -1800), ("refund", -600), ("reversal", 74), ("transfer", -222)]
    assert all(theirs == ours and cause == "" for _, theirs, ours, cause in agreed)
    assert {"SGD": sum(row[1] for row in agreed)} == at_the_provider(world)
    stripe_app.clock.now = now
    booked(shop, first, 1000, later)
    whole(shop)
    run = reconcile(shop.session, brand_id=shop.brand_id, from_=now - timedelta(days=1), to=later + timedelta(days=1), now=later + timedelta(hours=2))
    assert kind_counts(shop.session, brand_id=shop.brand_id, run_id=run.id) == {}
    books = brand_books(shop.session, brand_id=shop.brand_id, from_=now - timedelta(days=1), to=later + timedelta(days=1))
    assert books.received_minor == books.shared_minor + books.kept_minor
    assert books.kept["provider_fee"] == books.received["provider_fee"] < 0 and books.kept["chargeback_fee"] < 0


def test_a_refund_that_failed_is_the_only_thing_the_four_way_check_names(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Until somebody says how she was paid; the books and the ledger stand the whole time."""
    now = stripe_app.clock()

    def wrong() -> dict[str, int]:
        run = reconcile(shop.session, brand_id=shop.brand_id, from_=now - timedelta(days=1), to=now + timedelta(days=1), now=now + timedelta(hours=2))
        shop.session.commit()
        whole(shop)
        return kind_counts(shop.session, brand_id=shop.brand_id, run_id=run.id)

    refund_id = booked(shop, paid_online(stripe_app, world, shop, (shop.case, 1)), 3333, now)
    ref = send(stripe_app, shop, refund_id).provider_ref
    assert wrong() == {}
    world.does(f"refunds/{ref}/fail")
    apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=now)
    assert wrong() == {"refund_stuck": 1}
    [day] = read(stripe_app, shop)
    assert [row[3] for row in said(shop, day) if row[3]] == ["refund_failed"]
    settle_refund_otherwise(shop.session, brand_id=shop.brand_id, refund_id=refund_id, reference="银行转账 88", now=now)
    shop.session.commit()
    assert wrong() == {}
