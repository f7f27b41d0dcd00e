"""R12, R18: what Stripe tells of a dispute becomes our chargeback, told in any order and as often as it likes; the fee is booked in the order's currency.

The order of R23 without coupons and shipping: 299.00 + 2 × 59.90 = 418.80. It settles at 0.18 as 75.38 SGD. Lin 35.88 + 9.58 = 45.46.
Stripe's dispute fee is 15.00 SGD: 15.00 × 418.80 / 75.38 = 83.3378… → 83.34 yuan.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.aftersales.models import Chargeback
from app.domain.ledger.models import LedgerEntry, LedgerTransaction
from app.domain.ledger.queries import house_payees
from app.domain.orders.models import Refund
from app.domain.webhooks.actions import add_endpoint
from app.domain.webhooks.models import WebhookDelivery
from app.flows.charge_back import charge_fee, lose_chargeback, open_chargeback, win_chargeback
from app.flows.follow_disputes import apply_dispute
from app.flows.reconcile import reconcile
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.gateways.stripe import reading
from app.kernel.errors import Conflict
from app.web.shared.application import Application
from tests.builders.money import due_to, lines_of, order_of, payments_of, whole
from tests.builders.shops import Shop
from tests.builders.stripe_disputes import chargeback, disputed, received_online, told
from tests.builders.stripe_orders import charge_of, door_of, online_order, session_ref
from tests.builders.stripe_world import StripeWorld
from tests.conftest import TestClock

FEE = 8334
"""Yuan's fen that 15.00 SGD are for this order."""
LIN = 4546


def settled(shop: Shop, at: TestClock) -> int:
    later = at.now + timedelta(days=40)
    run = settle(shop.session, brand_id=shop.brand_id, as_of=later, now=later)
    shop.session.commit()
    whole(shop)
    return run.line_count


def fees(shop: Shop) -> list[int]:
    statement = (select(LedgerEntry.amount_minor).join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
                 .where(LedgerTransaction.kind == "chargeback_fee", LedgerEntry.phase == "received").order_by(LedgerTransaction.id))
    return list(shop.session.scalars(statement))


def test_opened_the_money_waits_and_nothing_is_refunded(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed = received_online(stripe_app, world, shop)
    row = told(stripe_app, shop, disputed(world, shop, placed))
    assert (row.state, row.amount_minor, row.fee_minor, row.reason, row.provider) == ("open", 41880, FEE, "product_not_received", "stripe")
    assert row.answer_by is not None and timedelta(days=6, hours=23) < row.answer_by - wall_time.now < timedelta(days=7, hours=1)
    assert charge_of(shop, placed).disputed
    assert settled(shop, wall_time) == 0, "not a line is released"
    with pytest.raises(Conflict) as no:
        refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(lines_of(shop, placed)[0].id, 1)], now=wall_time.now)
    assert no.value.code == "chargeback_open"


def test_without_the_freeze_the_money_leaves(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """The twin: the same order, as if nobody had heard of the dispute."""
    placed = received_online(stripe_app, world, shop)
    disputed(world, shop, placed)
    assert settled(shop, wall_time) == 2 and due_to(shop, shop.lin.payee_id) == {"available": LIN}


def test_won_it_settles_and_the_fee_that_is_kept_is_booked(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed = received_online(stripe_app, world, shop)
    ref = disputed(world, shop, placed)
    told(stripe_app, shop, ref)
    world.does(f"disputes/{ref}/won")
    row = told(stripe_app, shop, ref)
    assert (row.state, row.refund_id, fees(shop)) == ("won", None, [FEE])
    assert not charge_of(shop, placed).disputed
    assert settled(shop, wall_time) == 2 and due_to(shop, shop.lin.payee_id) == {"available": LIN}


def test_lost_every_share_goes_back_and_the_fee_is_the_brands(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """Theirs: 75.38 − 75.38 − 15.00 SGD. Ours: nothing of the order is left; the brand is short by what both fees are in yuan."""
    placed = received_online(stripe_app, world, shop)
    ref = disputed(world, shop, placed)
    world.does(f"disputes/{ref}/lost")
    row = told(stripe_app, shop, ref)
    assert (row.state, fees(shop)) == ("lost", [FEE])
    assert (order_of(shop, placed).state, payments_of(shop, placed)[0].refunded_minor) == ("refunded", 41880)
    assert due_to(shop, shop.lin.payee_id) == {} == due_to(shop, shop.store.payee_id)
    house, charge = house_payees(shop.session, brand_id=shop.brand_id), charge_of(shop, placed)
    assert due_to(shop, house["brand"]) == {"available": -FEE - charge.fee_order_minor}
    assert due_to(shop, house["clearing"]) == {"received": FEE + charge.fee_order_minor}
    made = shop.session.scalars(select(Refund)).one()
    assert (made.id, made.state, made.amount_minor) == (row.refund_id, "succeeded", 41880), "her bank has paid her: nothing is sent"
    lines = stripe_app.gateways.online.balance_lines(since=wall_time.now - timedelta(hours=1), until=wall_time.now + timedelta(hours=1))
    assert [(line.amount_minor, line.fee_minor) for line in lines if line.kind == "adjustment"] == [(-7538, 1500)]
    whole(shop)


def test_a_part_is_laid_on_what_is_left(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """100.00 of 418.80: 71.39 on the case, 28.61 on the covers. Lin gives back 35.88 × 71.39 / 299.00 = 8.57 and 9.58 × 28.61 / 119.80 = 2.29."""
    placed = received_online(stripe_app, world, shop)
    ref = disputed(world, shop, placed, amount=10000)
    assert told(stripe_app, shop, ref).amount_minor == 10000
    world.does(f"disputes/{ref}/lost")
    told(stripe_app, shop, ref)
    assert [line.refunded_minor for line in lines_of(shop, placed)] == [7139, 2861]
    assert due_to(shop, shop.lin.payee_id) == {"held": LIN - 857 - 229}
    whole(shop)


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_events_in_any_order_and_twice_come_to_the_same(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock, outcome: str) -> None:
    """An event only says where to look: every order of what happens and what is heard, then all five events once more."""
    orders = [received_online(stripe_app, world, shop) for _ in range(6)]
    ends = set()
    for placed, order in zip(orders, permutations(("happen", "hear", "hear again")), strict=True):
        ref = disputed(world, shop, placed)
        for step in order:
            if step == "happen":
                world.does(f"disputes/{ref}/{outcome}")
            else:
                told(stripe_app, shop, ref)
        for _ in ("created", "funds_withdrawn", "updated", "funds_reinstated", "closed"):
            row = told(stripe_app, shop, ref)
        ends.add((row.state, row.fee_minor, row.refund_id is None, order_of(shop, placed).state, charge_of(shop, placed).disputed))
    assert ends == {(outcome, FEE, outcome == "won", "delivered" if outcome == "won" else "refunded", False)}
    assert fees(shop) == [FEE] * 6
    whole(shop)


@pytest.mark.usefixtures("inquiring")
def test_an_inquiry_takes_nothing_until_it_escalates(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed = received_online(stripe_app, world, shop)
    ref = disputed(world, shop, placed, inquiry=True)
    row = told(stripe_app, shop, ref)
    assert (row.state, row.fee_minor, charge_of(shop, placed).disputed) == ("inquiry", 0, False)
    assert settled(shop, wall_time) == 2, "nothing was taken, so nothing waits"
    world.does(f"disputes/{ref}/escalate")
    row = told(stripe_app, shop, ref)
    assert (row.state, row.fee_minor, charge_of(shop, placed).disputed) == ("open", FEE, True)


@pytest.mark.usefixtures("inquiring")
def test_an_inquiry_that_is_dropped_leaves_no_trace_in_the_books(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed = received_online(stripe_app, world, shop)
    ref = disputed(world, shop, placed, inquiry=True)
    told(stripe_app, shop, ref)
    world.does(f"disputes/{ref}/won")
    assert told(stripe_app, shop, ref).state == "won" and fees(shop) == []


@pytest.fixture
def inquiring(request: pytest.FixtureRequest) -> None:
    if request.getfixturevalue("open_world") and request.node.callspec.params["open_world"] == "contract":
        pytest.skip("the contract server knows no inquiries; our double does")


def test_it_is_heard_before_the_payment_was(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """The bank was quicker than the word that she had paid: that is looked up first."""
    placed = online_order(shop, wall_time.now)
    session = session_ref(door_of(stripe_app, shop, placed))
    world.does(f"complete_session/{session}", method="card", outcome="paid")
    charge = stripe_app.gateways.online.read_checkout(session).charge
    row = told(stripe_app, shop, world.does("disputes", charge=charge.ref)["id"])
    assert (row.state, order_of(shop, placed).state) == ("open", "paid")


def test_what_is_not_ours_is_nobodys(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    online = stripe_app.gateways.online
    session = online.open_checkout({"currency": "CNY", "lines": [{"name": "另一个网站", "amount_minor": 9900}], "marks": {}, "number": "1", "group": "x",
                                    "success_url": "http://localhost/a", "cancel_url": "http://localhost/b", "language": "zh",
                                    "expires_at": int(wall_time.now.timestamp()) + 3600}, key="pay:other:1")
    world.does(f"complete_session/{session.ref}", method="card", outcome="paid")
    charge = online.read_checkout(session.ref).charge
    ref = world.does("disputes", charge=charge.ref)["id"]
    assert apply_dispute(stripe_app.database, provider=online, ref=ref, now=wall_time.now) is None


def test_one_booked_by_hand_is_followed_from_then_on(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed = received_online(stripe_app, world, shop)
    made = open_chargeback(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, provider_ref="邮件里的编号", amount_minor=41880, now=wall_time.now)
    shop.session.commit()
    row = told(stripe_app, shop, disputed(world, shop, placed))
    assert (row.id, row.provider, row.fee_minor) == (made.id, "stripe", FEE)
    for decide in (win_chargeback, lose_chargeback):
        with pytest.raises(Conflict) as no:
            decide(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=wall_time.now)
        assert no.value.code == "chargeback_followed"


def test_more_than_was_left_is_the_brands_loss(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """One cover of 59.90 was refunded and has arrived; her bank takes all 418.80 all the same: 358.90 go back from the shares, 59.90 the brand has lost."""
    placed = received_online(stripe_app, world, shop)
    made = refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(lines_of(shop, placed)[1].id, 1)], now=wall_time.now)
    made.state, made.provider_ref = "succeeded", "re_arrived"
    shop.session.commit()
    ref = disputed(world, shop, placed)
    world.does(f"disputes/{ref}/lost")
    row = told(stripe_app, shop, ref)
    assert row.refund_id is not None and shop.session.get_one(Refund, (shop.brand_id, row.refund_id)).amount_minor == 35890
    assert fees(shop) == [5990, FEE]
    whole(shop)
    span = {"brand_id": shop.brand_id, "from_": wall_time.now - timedelta(days=1), "to": wall_time.now + timedelta(days=1), "now": wall_time.now}
    assert reconcile(shop.session, **span).exception_count == 0


def test_a_refund_that_never_left_is_paid_by_the_bank(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """The same, but the refund was still waiting: what the bank took is what it would have brought her. No loss, and it is not sent."""
    placed = received_online(stripe_app, world, shop)
    made = refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(lines_of(shop, placed)[1].id, 1)], now=wall_time.now)
    made.state = "pending"
    shop.session.commit()
    ref = disputed(world, shop, placed)
    world.does(f"disputes/{ref}/lost")
    told(stripe_app, shop, ref)
    kept = shop.session.get_one(Refund, (shop.brand_id, UUID(str(made.id))), populate_existing=True)
    assert (kept.state, kept.outside_ref, fees(shop)) == ("succeeded", ref, [FEE])


def test_systems_hear_of_it_once_each(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    add_endpoint(shop.session, brand_id=shop.brand_id, url="https://erp.example/hook", events=[], plain_http=False)
    shop.session.commit()
    placed = received_online(stripe_app, world, shop)
    ref = disputed(world, shop, placed)
    told(stripe_app, shop, ref)
    told(stripe_app, shop, ref)
    world.does(f"disputes/{ref}/won")
    told(stripe_app, shop, ref)
    told(stripe_app, shop, ref)
    heard = shop.session.scalars(select(WebhookDelivery).where(WebhookDelivery.event.startswith("chargeback.")).order_by(WebhookDelivery.created_at, WebhookDelivery.id))
    assert [(one.event, one.payload["state"], one.payload["fee"]) for one in heard] == [("chargeback.opened", "open", 0), ("chargeback.closed", "won", FEE)]


def test_told_by_two_at_once_it_is_lost_once(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed = received_online(stripe_app, world, shop)
    ref = disputed(world, shop, placed)
    world.does(f"disputes/{ref}/lost")
    gate = Barrier(4)

    def hear(_: int) -> bool:
        gate.wait(10)
        return apply_dispute(stripe_app.database, provider=world.provider(), ref=ref, now=wall_time.now) is not None

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(hear, range(4)))
    assert chargeback(shop, ref).state == "lost" and fees(shop) == [FEE]
    assert len(shop.session.scalars(select(Refund)).all()) == 1
    whole(shop)


@pytest.mark.parametrize(("status", "amounts", "state"), [
    ("warning_needs_response", [], "inquiry"), ("warning_under_review", [], "inquiry"), ("warning_closed", [], "won"), ("needs_response", [-7538], "open"),
    ("under_review", [-7538], "open"), ("won", [-7538, 7538], "won"), ("lost", [-7538], "lost"), ("prevented", [], "won"), ("prevented", [-7538], "lost"),
    ("prevented", [-7538, 7538], "won"), ("something new", [-7538], "open")])
def test_each_word_of_stripes_is_one_of_ours(status: str, amounts: list[int], state: str) -> None:
    lines = [{"amount": amount, "fee": 1500 if amount < 0 else 0, "currency": "sgd"} for amount in amounts]
    found = reading.dispute({"id": "du_1", "status": status, "charge": "ch_1", "payment_intent": "pi_1", "amount": 41880, "currency": "cny",
                             "reason": "fraudulent", "evidence_details": {"due_by": None, "submission_count": 0}, "balance_transactions": lines})
    assert (found.state, found.fee_minor) == (state, 1500 if amounts else 0)


def test_a_fee_told_anew_is_booked_by_the_difference(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """Given back after it was won, taken again: the books follow, and what is told twice is booked once."""
    placed = received_online(stripe_app, world, shop)
    ref = disputed(world, shop, placed)
    world.does(f"disputes/{ref}/won")
    row = told(stripe_app, shop, ref)
    for fee in (0, 0, FEE, FEE, 100):
        charge_fee(shop.session, order=order_of(shop, placed), row=row, fee_minor=fee, now=wall_time.now)
        shop.session.commit()
    assert fees(shop) == [FEE, -FEE, FEE, 100 - FEE] and sum(fees(shop)) == 100
    whole(shop)


def test_a_second_one_waits_until_the_first_is_decided(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed = received_online(stripe_app, world, shop)
    first = open_chargeback(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, provider_ref="du_first", amount_minor=100, now=wall_time.now)
    first.provider = "stripe"
    shop.session.commit()
    ref = disputed(world, shop, placed)
    found = apply_dispute(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=wall_time.now)
    assert found is not None and shop.session.scalars(select(Chargeback.provider_ref)).all() == ["du_first"]
    win_chargeback(shop.session, brand_id=shop.brand_id, chargeback_id=first.id, told=True, now=wall_time.now)
    shop.session.commit()
    assert told(stripe_app, shop, ref).state == "open"
