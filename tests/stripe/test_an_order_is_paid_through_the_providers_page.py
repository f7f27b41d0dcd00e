"""R10, R18, R28: what was paid on the provider's page is applied once; charge and fee are booked; the fee is borne by whom the plan names."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.brands.models import BrandSettings, PlatformFeePlan
from app.domain.catalog.models import Variant
from app.domain.fraud.rules import payer_digest
from app.domain.ledger.models import LedgerEntry, LedgerTransaction
from app.domain.ledger.queries import house_payees
from app.domain.orders.models import Order, PaymentEvent, Refund
from app.domain.provider.models import Charge, CheckoutSession
from app.domain.provider.ports import CheckoutFacts
from app.domain.provider.routing import Told
from app.domain.provider.waiting import awaiting_word, misfits
from app.flows.cancel_order import cancel_order
from app.flows.pay_online.apply_session import apply_facts, apply_session
from app.flows.pay_online.booking import complete_charge, unsettled_charges
from app.flows.pay_order import apply_payment_event, reopen_payment
from app.gateways.stripe.provider import StripeProvider
from app.kernel.ids import new_id
from app.web.shared.application import Application
from tests.builders.activities import a_coupon
from tests.builders.money import order_of, payments_of, unguarded, whole
from tests.builders.shops import Shop
from tests.builders.stripe_orders import ON_THE_DOUBLE, another_session, charge_of, door_of, online_order, paid_online, queued, session_ref, sessions_of
from tests.builders.stripe_world import StripeWorld


def apply(application: Application, ref: str) -> Told | None:
    return apply_session(application.database, provider=application.gateways.online, ref=ref, now=application.clock())


def fee_entries(shop: Shop) -> dict[tuple[Any, str], int]:
    rows = shop.session.execute(select(LedgerEntry.payee_id, LedgerEntry.phase, LedgerEntry.amount_minor).where(LedgerEntry.kind == "provider_fee"))
    return {(payee, phase): amount for payee, phase, amount in rows}


def count(shop: Shop, what: Any, *where: Any) -> int:
    return shop.session.scalar(select(func.count()).select_from(what).where(*where)) or 0


@pytest.mark.parametrize("method", ["card", "alipay", "wechat_pay"])
def test_what_she_pays_is_booked_with_the_fee(stripe_app: Application, world: StripeWorld, shop: Shop, method: str) -> None:
    """418.80 settles as 75.38 SGD; the fee is 2.9 % of that and 0.30, 2.49 SGD: 249 × 41880 ÷ 7538 = 1383.40 → 13.83 CNY, the brand's."""
    placed = paid_online(stripe_app, world, shop, method=method)
    assert order_of(shop, placed).state == "paid"
    charge, [payment], [row] = charge_of(shop, placed), payments_of(shop, placed), sessions_of(shop, placed)
    assert (payment.state, payment.provider_ref, row.state, row.url) == ("succeeded", f"{row.provider_ref}:paid"[:120], "complete", "")
    assert (charge.method, charge.amount_minor, charge.currency, charge.settled_minor, charge.settled_currency) == (method, 41880, "CNY", 7538, "SGD")
    assert (charge.fee_minor, charge.fee_order_minor, charge.fee_party, charge.disputed) == (249, 1383, "brand", False)
    house = house_payees(shop.session, brand_id=shop.brand_id)
    assert fee_entries(shop) == {(house["brand"], "available"): -1383, (house["clearing"], "received"): 1383}
    whole(shop)


def test_the_fee_by_hand(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """99.00 settles as 17.82 SGD, fee 0.82 SGD (52 + 30): 82 × 9900 ÷ 1782 = 455.55 → 4.56 CNY."""
    shop.session.execute(update(Variant).where(Variant.id == shop.cover).values(price_minor=9900))
    placed = paid_online(stripe_app, world, shop, (shop.cover, 1))
    charge = charge_of(shop, placed)
    assert (charge.amount_minor, charge.settled_minor, charge.fee_minor, charge.fee_order_minor) == (9900, 1782, 82, 456)


def test_the_platform_bears_it_where_its_plan_says_so(stripe_app: Application, world: StripeWorld, shop: Shop, settings: Settings) -> None:
    with stripe_app.database.transaction(shop.brand_id, operator=True) as operator:
        operator.execute(update(PlatformFeePlan).where(PlatformFeePlan.brand_id == shop.brand_id).values(provider_fee_party="platform"))
    placed = paid_online(stripe_app, world, shop)
    assert charge_of(shop, placed).fee_party == "platform"
    house = house_payees(shop.session, brand_id=shop.brand_id)
    assert fee_entries(shop) == {(house["platform"], "available"): -1383, (house["clearing"], "received"): 1383}
    whole(shop)


@ON_THE_DOUBLE
def test_who_paid_is_known_again_and_kept_as_a_digest(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    first, second = (paid_online(stripe_app, world, shop, method="card") for _ in range(2))
    [one], [other] = payments_of(shop, first), payments_of(shop, second)
    told = apply_of(stripe_app, sessions_of(shop, first)[0].provider_ref)
    assert told.charge is not None and told.charge.payer
    assert one.payer == other.payer == payer_digest(shop.brand_id, told.charge.payer)
    assert all(told.charge.payer not in str(event.payload) for event in shop.session.scalars(select(PaymentEvent)))


def apply_of(application: Application, ref: str) -> CheckoutFacts:
    online: StripeProvider = application.gateways.online
    return online.read_checkout(ref)


def test_applied_again_it_changes_nothing(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = paid_online(stripe_app, world, shop)
    ref, before = sessions_of(shop, placed)[0].provider_ref, count(shop, LedgerTransaction)
    told = apply(stripe_app, ref)
    assert told == Told(shop.brand_id, placed.payment_id)
    assert (count(shop, LedgerTransaction), count(shop, Charge), count(shop, PaymentEvent)) == (before, 1, 1)


def test_page_and_webhook_at_once_pay_once(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Two real threads, five times."""
    for _ in range(5):
        placed = online_order(shop, stripe_app.clock())
        ref = session_ref(door_of(stripe_app, shop, placed))
        world.does(f"complete_session/{ref}", method="card", outcome="paid")
        at_once(lambda ref=ref: apply(stripe_app, ref), lambda ref=ref: apply(stripe_app, ref))  # type: ignore[misc]
        shop.session.rollback()
        assert order_of(shop, placed).state == "paid"
        [payment] = payments_of(shop, placed)
        assert count(shop, LedgerTransaction, LedgerTransaction.cause.in_((f"order:{placed.order_id}:paid", f"payment:{payment.id}:fee"))) == 2
        assert count(shop, PaymentEvent, PaymentEvent.payment_id == payment.id) == 1
        assert count(shop, Charge, Charge.payment_id == payment.id) == 1
    whole(shop)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    gate = Barrier(len(works))

    def go(work: Callable[[], Any]) -> Any:
        gate.wait(10)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result(60) for one in [pool.submit(go, work) for work in works]]


def test_two_tabs_at_once_stand_before_one_session(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    for _ in range(5):
        placed = online_order(shop, stripe_app.clock())
        doors = at_once(*[lambda placed=placed: door_of(stripe_app, shop, placed)] * 3)  # type: ignore[misc]
        shop.session.rollback()
        [row] = sessions_of(shop, placed)
        assert {door.url for door in doors} == {row.url} and row.state == "open"


@ON_THE_DOUBLE
def test_two_tabs_meet_while_the_key_is_in_use(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """The provider takes longer over the first than our client waits for a key: the second looks at the row again and finds it open."""
    placed = online_order(shop, stripe_app.clock())
    world.does("faults", api=[{"status": 200, "path": "^/v1/checkout/sessions$", "phase": "during", "seconds": 7}])
    doors = at_once(*[lambda: door_of(stripe_app, shop, placed)] * 2)
    shop.session.rollback()
    [row] = sessions_of(shop, placed)
    assert {door.url for door in doors} == {row.url} and row.state == "open"


def test_without_its_index_one_payment_has_two_live_sessions(stripe_app: Application, world: StripeWorld, shop: Shop, settings: Settings) -> None:
    """The twin: what a fault in the house would write is refused; without the index she could pay twice."""
    placed = online_order(shop, stripe_app.clock())
    door_of(stripe_app, shop, placed)
    [row] = sessions_of(shop, placed)
    second = {"brand_id": shop.brand_id, "id": new_id(), "payment_id": placed.payment_id, "attempt": 2, "provider": "stripe", "state": "due",
              "asked": row.asked, "created_at": row.created_at, "expires_at": row.expires_at}
    with pytest.raises(IntegrityError, match="one_live"), stripe_app.database.transaction(shop.brand_id) as session:
        session.add(CheckoutSession(**second))
        session.flush()
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("DROP INDEX uq_checkout_sessions_one_live"))
        bare.add(CheckoutSession(**second))
        bare.flush()
        assert bare.scalar(select(func.count()).select_from(CheckoutSession).where(CheckoutSession.payment_id == placed.payment_id,
                                                                                     CheckoutSession.state.in_(("due", "open")))) == 2


@pytest.mark.parametrize("what", ["amount", "marks", "currency"])
def test_what_does_not_fit_is_not_paid_and_somebody_looks(stripe_app: Application, world: StripeWorld, shop: Shop, what: str) -> None:
    placed, other = online_order(shop, stripe_app.clock()), online_order(shop, stripe_app.clock())
    for one in (placed, other):
        door_of(stripe_app, shop, one)
    [row] = sessions_of(shop, placed)
    changes = {"amount": {"lines": [{"name": "便宜", "amount_minor": 400}]}, "marks": {"marks": {**row.asked["marks"], "payment_id": str(other.payment_id)}},
               "currency": {"currency": "USD"}}[what]
    wrong = another_session(stripe_app, shop, row, **changes)
    world.does(f"complete_session/{wrong}", method="card", outcome="paid")
    assert apply(stripe_app, wrong) is not None
    shop.session.rollback()
    [row] = sessions_of(shop, placed)
    assert row.state == "complete" and row.problem.startswith("mismatch: ")
    assert [order_of(shop, one).state for one in (placed, other)] == ["pending_payment"] * 2
    assert (count(shop, Charge), count(shop, PaymentEvent)) == (0, 0)
    assert awaiting_word(shop.session, brand_id=shop.brand_id, order_ids=[placed.order_id]) == {placed.order_id: True}
    [told] = misfits(shop.session, brand_id=shop.brand_id, now=stripe_app.clock())
    assert (told.order_id, told.problem) == (placed.order_id, row.problem)
    whole(shop)


def test_who_believes_the_word_paid_gives_goods_away(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """The twin without the check: 4.00 pay an order of 418.80."""
    placed = online_order(shop, stripe_app.clock())
    door_of(stripe_app, shop, placed)
    wrong = another_session(stripe_app, shop, sessions_of(shop, placed)[0], lines=[{"name": "便宜", "amount_minor": 400}])
    world.does(f"complete_session/{wrong}", method="card", outcome="paid")
    seen = apply_of(stripe_app, wrong)
    assert seen.paid
    with stripe_app.database.transaction(shop.brand_id) as session:
        assert placed.payment_id
        apply_payment_event(session, brand_id=shop.brand_id, payment_id=placed.payment_id, provider="stripe", event_id=f"{wrong}:paid", outcome="succeed",
                            amount_minor=41880, currency="CNY", payload={}, now=stripe_app.clock())
    assert order_of(shop, placed).state == "paid" and seen.charge is not None and seen.charge.amount_minor == 400


def test_another_session_with_our_marks_is_not_our_session(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = online_order(shop, stripe_app.clock())
    ref = session_ref(door_of(stripe_app, shop, placed))
    [row] = sessions_of(shop, placed)
    online: StripeProvider = stripe_app.gateways.online
    forged = online.open_checkout(row.asked, key="test:forged").ref
    world.does(f"complete_session/{forged}", method="card", outcome="paid")
    apply(stripe_app, forged)
    shop.session.rollback()
    [row] = sessions_of(shop, placed)
    assert (row.provider_ref, row.state, order_of(shop, placed).state) == (ref, "open", "pending_payment") and "another" in row.problem


def test_what_is_not_ours_is_left_alone(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = online_order(shop, stripe_app.clock())
    door_of(stripe_app, shop, placed)
    [row] = sessions_of(shop, placed)
    online: StripeProvider = stripe_app.gateways.online
    for number, marks in enumerate(({}, {"brand_id": "999999999", "payment_id": str(new_id())}, {"brand_id": str(shop.brand_id), "payment_id": "x", "attempt": "1"},
                                    {"brand_id": str(shop.brand_id), "payment_id": str(new_id()), "attempt": "99999999999999999999"})):
        assert apply(stripe_app, online.open_checkout({**row.asked, "marks": marks}, key=f"test:{number}").ref) is None


@ON_THE_DOUBLE
@pytest.mark.parametrize("outcome", ["succeed", "fail"])
def test_complete_is_not_paid_until_the_bank_says_so(stripe_app: Application, world: StripeWorld, shop: Shop, outcome: str) -> None:
    placed = online_order(shop, stripe_app.clock())
    ref = session_ref(door_of(stripe_app, shop, placed))
    world.does(f"complete_session/{ref}", method="alipay", outcome="processing")
    apply(stripe_app, ref)
    shop.session.rollback()
    assert (order_of(shop, placed).state, sessions_of(shop, placed)[0].state) == ("pending_payment", "complete")
    assert awaiting_word(shop.session, brand_id=shop.brand_id, order_ids=[placed.order_id]) == {placed.order_id: False}
    assert door_of(stripe_app, shop, placed).state == "waiting", "she is not sent to pay again"
    world.does(f"payment_intents/{apply_of(stripe_app, ref).intent_ref}/{outcome}")
    apply(stripe_app, ref)
    shop.session.rollback()
    if outcome == "succeed":
        assert order_of(shop, placed).state == "paid" and charge_of(shop, placed).settled_minor == 7538
    else:
        assert (order_of(shop, placed).state, [one.state for one in payments_of(shop, placed)]) == ("pending_payment", ["failed", "open"])
        again = reopen_payment(shop.session, brand_id=shop.brand_id, order_id=placed.order_id)
        ref = session_ref(door_of(stripe_app, shop, placed, payment_id=again.id))
        world.does(f"complete_session/{ref}", method="card", outcome="paid")
        apply(stripe_app, ref)
        shop.session.rollback()
        assert order_of(shop, placed).state == "paid"
    whole(shop)


@pytest.mark.parametrize(("outcome", "state"), [("async", "paid"), ("async_failed", "pending_payment")])
def test_what_the_bank_said_later(stripe_app: Application, world: StripeWorld, shop: Shop, outcome: str, state: str) -> None:
    placed = online_order(shop, stripe_app.clock())
    ref = session_ref(door_of(stripe_app, shop, placed))
    world.does(f"complete_session/{ref}", method="alipay", outcome=outcome)
    for _ in range(2):
        apply(stripe_app, ref)
    shop.session.rollback()
    assert order_of(shop, placed).state == state
    assert [one.state for one in payments_of(shop, placed)] == (["succeeded"] if state == "paid" else ["failed", "open"])


def test_a_declined_card_leaves_the_session_open(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = online_order(shop, stripe_app.clock())
    ref = session_ref(door_of(stripe_app, shop, placed))
    world.does(f"complete_session/{ref}", method="card", outcome="declined")
    apply(stripe_app, ref)
    shop.session.rollback()
    assert sessions_of(shop, placed)[0].state == "open"
    assert session_ref(door_of(stripe_app, shop, placed)) == ref


def test_money_for_a_cancelled_order_is_sent_back_by_a_job(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """The charge was made, so its fee is lost; the shopper gets all of hers."""
    placed = online_order(shop, stripe_app.clock())
    ref = session_ref(door_of(stripe_app, shop, placed))
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=stripe_app.clock())
    shop.session.commit()
    world.does(f"complete_session/{ref}", method="card", outcome="paid")
    for _ in range(2):
        apply(stripe_app, ref)
    shop.session.rollback()
    [refund] = shop.session.scalars(select(Refund)).all()
    assert (refund.amount_minor, refund.reason, refund.state, refund.settled_at) == (41880, "late_payment", "pending", None)
    assert queued(shop, "send_refund") == [{"brand_id": shop.brand_id, "refund_id": str(refund.id)}]
    assert (order_of(shop, placed).state, charge_of(shop, placed).fee_order_minor) == ("cancelled", 1383)
    whole(shop)


def test_what_the_provider_settles_later_is_filled_in(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """The charge without its balance transaction, as some methods tell it first."""
    placed = online_order(shop, stripe_app.clock())
    ref = session_ref(door_of(stripe_app, shop, placed))
    world.does(f"complete_session/{ref}", method="alipay", outcome="paid")
    seen = apply_of(stripe_app, ref)
    assert seen.charge is not None
    early = replace(seen, charge=replace(seen.charge, balance=None))
    apply_facts(stripe_app.database, provider=stripe_app.gateways.online, seen=early, now=stripe_app.clock())
    shop.session.rollback()
    charge = charge_of(shop, placed)
    assert (order_of(shop, placed).state, charge.settled_minor, charge.fee_order_minor, fee_entries(shop)) == ("paid", None, 0, {})
    assert unsettled_charges(shop.session, provider="stripe") == [charge.payment_id]
    shop.session.rollback()
    for _ in range(2):
        assert complete_charge(stripe_app.database, brand_id=shop.brand_id, payment_id=charge.payment_id, provider=stripe_app.gateways.online,
                               now=stripe_app.clock())
    charge = charge_of(shop, placed)
    assert (charge.settled_minor, charge.fee_order_minor, len(fee_entries(shop))) == (7538, 1383, 2)
    assert unsettled_charges(shop.session, provider="stripe") == []
    whole(shop)


def test_coupons_and_shipping_add_up_to_what_she_pays(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """299.00 + 59.90, less 59.90 spread over both, and 12.00 for shipping."""
    shop.session.execute(update(BrandSettings).values(shipping_fee_minor=1200))
    a_coupon(shop.session, "OFF", 5990)
    placed = online_order(shop, stripe_app.clock(), (shop.case, 1), (shop.cover, 1), coupon_codes=("OFF",))
    door_of(stripe_app, shop, placed)
    [row] = sessions_of(shop, placed)
    assert [line["name"] for line in row.asked["lines"]] == ["轻旅箱 18 寸 ×1", "箱套 20 寸 ×1", "运费"]
    assert sum(line["amount_minor"] for line in row.asked["lines"]) == placed.total_minor == 29900 + 1200
    assert stripe_app.gateways.online.read_checkout(row.provider_ref).amount_minor == 31100


def test_what_is_asked_is_frozen_and_says_what_was_paid_for(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = online_order(shop, stripe_app.clock())
    door_of(stripe_app, shop, placed)
    [row] = sessions_of(shop, placed)
    assert row.asked["lines"] == [{"name": "轻旅箱 18 寸 ×1", "amount_minor": 29900}, {"name": "箱套 20 寸 ×2", "amount_minor": 11980}]
    assert row.asked["marks"] == {"brand_id": str(shop.brand_id), "payment_id": str(placed.payment_id), "attempt": "1"}
    assert (row.asked["group"], row.asked["number"]) == (f"order_{placed.order_id}", placed.number)
    order = shop.session.scalars(select(Order).where(Order.id == placed.order_id)).one()
    assert row.expires_at == datetime.fromtimestamp(row.asked["expires_at"], UTC)
    assert row.expires_at == max(order.pay_by, stripe_app.clock() + timedelta(minutes=31)).replace(microsecond=0)
    [call] = [one for one in world.sees("calls")["calls"] if one["path"] == "/v1/checkout/sessions"]
    assert call["idempotency_key"] == f"pay:{placed.payment_id}:1"
