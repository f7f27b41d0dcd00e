"""R11, R13, R18: the books move when a refund is booked; the money is on its way until the provider says that it arrived, or did not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.domain.aftersales.models import AfterSale
from app.domain.aftersales.queries import frozen_lines
from app.domain.brands.models import Brand
from app.domain.orders.models import Payment, Refund
from app.flows.answer_after_sale import approve_after_sale, cancel_after_sale, refund_after_sale, reject_after_sale
from app.flows.ask_after_sale import LineAsk, ask_after_sale
from app.flows.follow_refunds import apply_refund, retry_refund, settle_refund_otherwise
from app.flows.pay_order import apply_payment_event
from app.gateways.stripe.provider import StripeProvider
from app.jobs import provider_refunds as jobs_of
from app.kernel.errors import Conflict, Refused
from app.web.shared.application import Application
from tests.builders.callers import work
from tests.builders.money import due_to, lines_of, order_of, paid_order, whole
from tests.builders.shops import Shop
from tests.builders.stripe_orders import charge_of, online_order, paid_online
from tests.builders.stripe_refunds import booked, counts, hundred, refund_of, send
from tests.builders.stripe_world import StripeWorld


@pytest.fixture
def shop(shop: Shop) -> Shop:
    return hundred(shop)


def jobs(shop: Shop) -> list[str]:
    rows = shop.session.execute(text("SELECT args ->> 'refund_id' FROM procrastinate_jobs WHERE task_name = 'send_refund' AND (args ->> 'brand_id')::int = :brand ORDER BY id"),
                                {"brand": shop.brand_id})
    return [row[0] for row in rows]


def case_of(shop: Shop, case: AfterSale) -> AfterSale:
    shop.session.rollback()
    return shop.session.scalars(select(AfterSale).where(AfterSale.id == case.id).execution_options(populate_existing=True)).one()


def test_shares_go_back_at_once_and_the_money_when_the_job_has_run(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """33.33 of 100.00 takes 4.12 of the guide's pending 12.35 before anything is sent."""
    placed = paid_online(stripe_app, world, shop, (shop.case, 1))
    refund_id = booked(shop, placed, 3333, stripe_app.clock())
    row = refund_of(shop, refund_id)
    assert (row.state, row.settled_at, row.provider_ref, jobs(shop)) == ("pending", None, "", [str(refund_id)])
    assert due_to(shop, shop.lin.payee_id) == {"pending": 1235 - 412}
    assert counts(world)["refund"] == 0
    row = send(stripe_app, shop, refund_id)
    assert (row.state, row.settled_at, row.attempt) == ("succeeded", stripe_app.clock(), 1)
    assert row.provider_ref.startswith("re_") and counts(world)["refund"] == 1
    assert send(stripe_app, shop, refund_id).state == "succeeded" and counts(world)["refund"] == 1
    whole(shop)


def test_what_is_played_is_given_back_at_once(stripe_app: Application, shop: Shop) -> None:
    placed = paid_order(shop, (shop.case, 1))
    assert refund_of(shop, booked(shop, placed, 3333, stripe_app.clock())).state == "succeeded"
    assert jobs(shop) == []


def test_money_that_came_too_late_is_sent_back_whole(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """She pays on the provider's page while the order is being called off: booked in and out, and sent by the same job."""
    now = stripe_app.clock()
    placed = online_order(shop, now, (shop.case, 1))
    other = Payment(brand_id=shop.brand_id, order_id=placed.order_id, provider="sandbox", amount_minor=10000, currency="CNY", state="open", opened_at=now)
    shop.session.add(other)
    shop.session.flush()
    apply_payment_event(shop.session, brand_id=shop.brand_id, payment_id=other.id, provider="sandbox", event_id="first", outcome="succeed",
                        amount_minor=10000, currency="CNY", payload={}, now=now)
    apply_payment_event(shop.session, brand_id=shop.brand_id, payment_id=placed.payment_id, provider="stripe", event_id="late", outcome="succeed",
                        amount_minor=10000, currency="CNY", payload={}, now=now)
    shop.session.commit()
    [late] = shop.session.scalars(select(Refund).where(Refund.reason == "late_payment")).all()
    assert (late.state, late.amount_minor, jobs(shop)) == ("pending", 10000, [str(late.id)])
    assert send(stripe_app, shop, late.id).problem == "no_charge", "nothing is asked for that no charge is known of"
    whole(shop)


def test_a_case_is_refunded_when_the_money_is(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Until then it is open, its line frozen, and nobody answers it otherwise or asks for the same piece twice."""
    now = stripe_app.clock()
    placed = paid_online(stripe_app, world, shop, (shop.case, 2))
    [line] = lines_of(shop, placed)
    case = ask_after_sale(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, kind="refund_only", lines=[LineAsk(line.id, 1)], now=now)
    approve_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=now)
    shop.session.commit()
    case = case_of(shop, case)
    assert (case.state, case.closed_at) == ("approved", None) and case.refund_id is not None
    assert frozen_lines(shop.session, brand_id=shop.brand_id, order_line_ids=[line.id], order_ids=[]) == {line.id: "after_sale"}
    for again in (reject_after_sale, cancel_after_sale, refund_after_sale):
        with pytest.raises(Conflict) as refused:
            again(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=now, **({"answer": "不"} if again is reject_after_sale else {}))
        assert refused.value.code == "after_sale_refunding"
        shop.session.rollback()
    with pytest.raises(Conflict):
        ask_after_sale(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, kind="refund_only", lines=[LineAsk(line.id, 1)], now=now)
    shop.session.rollback()
    refund_id = case.refund_id
    second = booked(shop, placed, 10000, now)
    assert refund_of(shop, second).amount_minor == 10000, "the other piece is not the case's"
    send(stripe_app, shop, refund_id)
    case = case_of(shop, case)
    assert (case.state, case.closed_at) == ("refunded", now)
    assert frozen_lines(shop.session, brand_id=shop.brand_id, order_line_ids=[line.id], order_ids=[]) == {}


def test_one_that_came_back_opens_its_case_again_until_it_is_sent_once_more(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Succeeded, then failed a week later: the case stands where it stood; the next attempt has its own key and its own refund there."""
    now = stripe_app.clock()
    paid_online(stripe_app, world, shop, (shop.case, 1))
    placed = paid_online(stripe_app, world, shop, (shop.case, 1))
    [line] = lines_of(shop, placed)
    case = ask_after_sale(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, kind="refund_only", lines=[LineAsk(line.id, 1)], now=now)
    approve_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=now)
    shop.session.commit()
    refund_id = case_of(shop, case).refund_id
    assert refund_id
    assert send(stripe_app, shop, refund_id).state == "succeeded"
    first = refund_of(shop, refund_id).provider_ref
    world.does(f"refunds/{first}/fail", reason="expired_or_canceled_card")
    for _ in range(2):
        told = apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=first, now=now)
        assert told is not None and told.brand_id == shop.brand_id
    row = refund_of(shop, refund_id)
    assert (row.state, row.problem, row.settled_at) == ("failed", "expired_or_canceled_card", None)
    case = case_of(shop, case)
    assert (case.state, case.closed_at, case.refund_id, case.lines[0].open) == ("approved", None, refund_id, True)
    whole(shop)
    retry_refund(shop.session, brand_id=shop.brand_id, refund_id=refund_id)
    shop.session.commit()
    with pytest.raises(Conflict):
        retry_refund(shop.session, brand_id=shop.brand_id, refund_id=refund_id)
    shop.session.rollback()
    apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=first, now=now)
    assert refund_of(shop, refund_id).state == "pending", "late word of the first attempt is not about the second"
    row = send(stripe_app, shop, refund_id)
    assert (row.state, row.attempt) == ("succeeded", 2) and row.provider_ref != first
    assert case_of(shop, case).state == "refunded" and counts(world)["refund"] == 2
    apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=first, now=now)
    assert refund_of(shop, refund_id).state == "succeeded"
    whole(shop)


def test_one_the_provider_would_not_take_may_be_paid_otherwise(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """The charge is disputed, so the provider declines; finance pays by hand and says by which transfer."""
    now = stripe_app.clock()
    placed = paid_online(stripe_app, world, shop, (shop.case, 1))
    refund_id = booked(shop, placed, 3333, now)
    charge = stripe_app.gateways.online.read_charge(charge_of(shop, placed).intent_ref)
    world.does("disputes", charge=charge.ref, amount=500, reason="fraudulent")
    row = send(stripe_app, shop, refund_id)
    assert (row.state, row.problem, row.provider_ref) == ("failed", "charge_disputed", "")
    with pytest.raises(Refused) as refused:
        settle_refund_otherwise(shop.session, brand_id=shop.brand_id, refund_id=refund_id, reference=" ", now=now)
    assert refused.value.field == "reference"
    settle_refund_otherwise(shop.session, brand_id=shop.brand_id, refund_id=refund_id, reference="招行回单 20261126-7", now=now)
    shop.session.commit()
    row = refund_of(shop, refund_id)
    assert (row.state, row.outside_ref, row.settled_at, row.problem) == ("succeeded", "招行回单 20261126-7", now, "")
    assert send(stripe_app, shop, refund_id).state == "succeeded" and counts(world)["refund"] == 0
    assert order_of(shop, placed).state == "paid"
    whole(shop)


def test_one_that_waits_for_money_arrives_when_there_is_some(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """The fee is gone from what she paid, so all of it is more than the balance: the refund waits there and says why; another sale covers it."""
    now = stripe_app.clock()
    placed = paid_online(stripe_app, world, shop, (shop.case, 1))
    refund_id = booked(shop, placed, 10000, now)
    row = send(stripe_app, shop, refund_id)
    assert (row.state, row.problem) == ("pending", "insufficient_funds") and row.provider_ref.startswith("re_")
    assert send(stripe_app, shop, refund_id).state == "pending" and counts(world)["refund"] == 1
    paid_online(stripe_app, world, shop, (shop.case, 1))
    world.does("clock", advance=60)
    apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=row.provider_ref, now=now)
    row = refund_of(shop, refund_id)
    assert (row.state, row.problem, row.settled_at) == ("succeeded", "", now)
    whole(shop)


def test_what_is_not_ours_is_left_alone(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Somebody refunded by hand at the provider, or under marks of a brand that has no such refund."""
    placed = paid_online(stripe_app, world, shop, (shop.case, 1))
    online, intent = stripe_app.gateways.online, charge_of(shop, placed).intent_ref
    assert online is not None
    for number, marks in enumerate(({}, {"brand_id": "999999", "refund_id": str(placed.order_id)}, {"brand_id": str(shop.brand_id), "refund_id": "no id"},
                                    {"brand_id": str(shop.brand_id), "refund_id": str(placed.order_id)})):
        made = online.refund(intent_ref=intent, amount_minor=100, marks=marks, key=f"refund:test:{number}")
        assert apply_refund(stripe_app.database, provider=online, ref=made.ref, now=stripe_app.clock()) is None


def test_a_line_that_another_case_has_taken_up_stays_with_it(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """One piece is refunded, the other is asked for; then the first refund comes back. A line has one open case."""
    now = stripe_app.clock()
    paid_online(stripe_app, world, shop, (shop.case, 1))
    placed = paid_online(stripe_app, world, shop, (shop.case, 2))
    [line] = lines_of(shop, placed)
    first = ask_after_sale(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, kind="refund_only", lines=[LineAsk(line.id, 1)], now=now)
    approve_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=first.id, now=now)
    shop.session.commit()
    refund_id = case_of(shop, first).refund_id
    assert refund_id
    ref = send(stripe_app, shop, refund_id).provider_ref
    second = ask_after_sale(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, kind="refund_only", lines=[LineAsk(line.id, 1)], now=now)
    shop.session.commit()
    world.does(f"refunds/{ref}/fail", reason="declined")
    apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=now)
    assert (case_of(shop, first).state, case_of(shop, first).lines[0].open) == ("approved", False)
    assert (case_of(shop, second).state, case_of(shop, second).lines[0].open) == ("requested", True)
    settle_refund_otherwise(shop.session, brand_id=shop.brand_id, refund_id=refund_id, reference="回单", now=now)
    shop.session.commit()
    assert case_of(shop, first).state == "refunded" and case_of(shop, second).lines[0].open
    whole(shop)


def test_what_did_not_leave_is_sent_by_the_clock(stripe_app: Application, world: StripeWorld, shop: Shop, brand: Brand) -> None:
    """Its job is lost; ten minutes later it is queued once, however often the clock strikes, and leaves."""
    placed = paid_online(stripe_app, world, shop, (shop.case, 1))
    refund_id = booked(shop, placed, 3333, stripe_app.clock())
    shop.session.execute(text("DELETE FROM procrastinate_jobs WHERE task_name = 'send_refund'"))
    shop.session.commit()
    strikes = jobs_of.find_unsent_refunds
    strikes(stripe_app.database, now=stripe_app.clock(), gateways=stripe_app.gateways)
    assert jobs(shop) == [], "a young one is with its own job"
    for _ in range(2):
        strikes(stripe_app.database, now=stripe_app.clock() + timedelta(minutes=10), gateways=stripe_app.gateways)
    assert jobs(shop) == [str(refund_id)]
    shop.session.rollback()
    work(stripe_app, brand, only=("send_refund",))
    assert refund_of(shop, refund_id).state == "succeeded"
    strikes(stripe_app.database, now=stripe_app.clock() + timedelta(minutes=20), gateways=stripe_app.gateways)
    assert len(jobs(shop)) <= 1


def test_a_program_that_lost_its_provider_keeps_the_refund(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = paid_online(stripe_app, world, shop, (shop.case, 1))
    refund_id = booked(shop, placed, 3333, stripe_app.clock())
    jobs_of.send_refund(stripe_app.database, now=stripe_app.clock(), gateways=replace(stripe_app.gateways, online=None), brand_id=shop.brand_id,
                        refund_id=str(refund_id))
    assert refund_of(shop, refund_id).state == "pending" and counts(world)["refund"] == 0


def test_a_wrong_key_is_for_somebody_to_look_at(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Nothing is tried again by itself; the row says what is wrong, and the provider counts as down."""
    placed = paid_online(stripe_app, world, shop, (shop.case, 1))
    refund_id = booked(shop, placed, 3333, stripe_app.clock())
    wrong = StripeProvider("sk_live_wrong", address=world.url, secrets={})
    row = send(stripe_app, shop, refund_id, provider=wrong)
    assert row.state == "pending" and row.problem and row.provider_ref == ""
    assert send(stripe_app, shop, refund_id).state == "succeeded"
    world.does("reset")
