"""R13, R14, R18: after the payout a refund first takes the shares back from who was sent them; who has too little there owes it.

100.00 settles as 18.00 SGD: the guide's 12.35 were sent as 2.22, the store's 5.00 as 0.90.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.domain.ledger.checking import check_ledger
from app.domain.provider.models import Transfer, TransferReversal
from app.domain.settlement.debts import owing_page
from app.domain.settlement.reconciliations import kind_counts
from app.flows.charge_back import lose_chargeback, open_chargeback
from app.flows.follow_refunds import apply_refund
from app.flows.place_order import PlacedOrder
from app.flows.reconcile import reconcile
from app.flows.send_refunds import send_refund
from app.flows.take_back_transfers import queue_reversals
from app.kernel.ids import new_id
from app.web.shared.application import Application
from tests.builders.after_sales import settled
from tests.builders.money import due_to, lines_of, unguarded, whole
from tests.builders.shops import Shop
from tests.builders.stripe_orders import paid_online
from tests.builders.stripe_refunds import booked, counts, hundred, received, refund_of, reversals_of, send, transferred, with_receiver
from tests.builders.stripe_transfers import balance_there
from tests.builders.stripe_world import StripeWorld


@pytest.fixture
def shop(shop: Shop) -> Shop:
    return hundred(shop)


@pytest.fixture
def guides_account(stripe_app: Application, world: StripeWorld, shop: Shop) -> str:
    return with_receiver(stripe_app, world, shop, shop.lin.payee_id)


@pytest.fixture
def later(stripe_app: Application) -> datetime:
    """After every hold period."""
    return stripe_app.clock() + timedelta(days=40)


def paid_out(stripe_app: Application, world: StripeWorld, shop: Shop, later: datetime) -> PlacedOrder:
    placed = received(stripe_app, world, shop, (shop.case, 1))
    transferred(stripe_app, shop, later)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235}
    return placed


def test_a_third_is_taken_back_from_the_guide_before_the_shopper_gets_it(
        stripe_app: Application, world: StripeWorld, shop: Shop, guides_account: str, later: datetime) -> None:
    """33.33 takes 4.12 of her 12.35: 0.74 of the 2.22 SGD leave her account, her available stands at nothing."""
    placed = paid_out(stripe_app, world, shop, later)
    assert balance_there(world, guides_account) == 222
    refund_id = booked(shop, placed, 3333, later)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235, "available": -412}
    row = send(stripe_app, shop, refund_id, now=later)
    [back] = reversals_of(shop, refund_id)
    assert (row.state, back.state, back.amount_minor, back.settled_minor) == ("succeeded", "done", 412, 74)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235 - 412}
    assert balance_there(world, guides_account) == 222 - 74
    transfer = shop.session.scalars(select(Transfer).where(Transfer.payee_id == shop.lin.payee_id).execution_options(populate_existing=True)).one()
    assert (transfer.reversed_minor, transfer.reversed_settled_minor) == (412, 74)
    assert counts(world) == {"refund": 1, "transfer": 1, "transfer_reversal": 1}
    asked = [call["path"] for call in world.sees("calls")["calls"] if call["method"] == "POST" and ("refunds" in call["path"] or "reversals" in call["path"])]
    assert asked == [f"/v1/transfers/{transfer.provider_ref}/reversals", "/v1/refunds"], "what can be undone comes first"
    whole(shop)


def test_three_thirds_take_back_all_that_was_sent_and_not_a_cent_more(
        stripe_app: Application, world: StripeWorld, shop: Shop, guides_account: str, later: datetime) -> None:
    """4.12, 4.11 and 4.12 of 12.35; 0.74, 0.74 and 0.74 of 2.22."""
    placed = paid_out(stripe_app, world, shop, later)
    paid_online(stripe_app, world, shop, (shop.case, 1))
    taken = []
    for place, amount in enumerate((3333, 3333, 3334), 1):
        at = later + timedelta(days=place)
        refund_id = booked(shop, placed, amount, at)
        assert send(stripe_app, shop, refund_id, now=at).state == "succeeded"
        taken += [(one.amount_minor, one.settled_minor) for one in reversals_of(shop, refund_id)]
    assert taken == [(412, 74), (411, 74), (412, 74)]
    assert due_to(shop, shop.lin.payee_id) == {"pending": 1235}, "of the other sale"
    assert balance_there(world, guides_account) == 0
    whole(shop)


def test_who_has_too_little_there_owes_it_and_the_shopper_is_refunded_all_the_same(
        stripe_app: Application, world: StripeWorld, shop: Shop, guides_account: str, later: datetime) -> None:
    """The guide's account was emptied: −4.12 stands, and the 12.35 of her next sale pay out as 8.23."""
    placed = paid_out(stripe_app, world, shop, later)
    world.does("debit", account=guides_account, amount=222, currency="sgd")
    refund_id = booked(shop, placed, 3333, later)
    row = send(stripe_app, shop, refund_id, now=later)
    [back] = reversals_of(shop, refund_id)
    assert (row.state, back.state, back.problem) == ("succeeded", "short", "balance_insufficient")
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235, "available": -412}
    owing, owed = owing_page(shop.session, brand_id=shop.brand_id)
    assert owed >= 412 and 412 in [one.owed_minor for one in owing.items]
    assert send(stripe_app, shop, refund_id, now=later).state == "succeeded" and counts(world)["transfer_reversal"] == 0
    whole(shop)
    received(stripe_app, world, shop, (shop.case, 1))
    transferred(stripe_app, shop, later + timedelta(days=40))
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235 + 823}
    newest = shop.session.scalars(select(Transfer).where(Transfer.payee_id == shop.lin.payee_id).order_by(Transfer.created_at.desc())).first()
    assert newest is not None and newest.amount_minor == 823


def test_before_the_payout_there_is_nothing_to_take_back(
        stripe_app: Application, world: StripeWorld, shop: Shop, guides_account: str, later: datetime) -> None:
    """Refunded before it is released: 8.23 are sent. A job that comes after the payout does not take a transfer that is less already."""
    placed = received(stripe_app, world, shop, (shop.case, 1))
    refund_id = booked(shop, placed, 3333, stripe_app.clock())
    transferred(stripe_app, shop, later)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 823}
    assert send(stripe_app, shop, refund_id, now=later).state == "succeeded"
    assert reversals_of(shop, refund_id) == [] and due_to(shop, shop.lin.payee_id) == {"paid": 823}


def test_a_refund_of_released_money_that_is_sent_late_takes_nothing_twice(
        stripe_app: Application, world: StripeWorld, shop: Shop, guides_account: str, later: datetime) -> None:
    """Released, refunded, paid out as 8.23, and only then the job: the debit is netted already."""
    placed = received(stripe_app, world, shop, (shop.case, 1))
    settled(shop, later)
    refund_id = booked(shop, placed, 3333, later)
    assert due_to(shop, shop.lin.payee_id) == {"available": 823}
    transferred(stripe_app, shop, later + timedelta(days=1))
    assert due_to(shop, shop.lin.payee_id) == {"paid": 823}
    send(stripe_app, shop, refund_id, now=later + timedelta(days=1))
    assert reversals_of(shop, refund_id) == [] and due_to(shop, shop.lin.payee_id) == {"paid": 823}


def test_what_still_waits_of_the_order_covers_it_first(
        stripe_app: Application, world: StripeWorld, shop: Shop, guides_account: str, later: datetime) -> None:
    """100.00 was paid out, the cover of the same order was released since: refunded whole, its 4.79 (8 % of 59.90) are taken where they stand,
    and nothing is taken from the 12.35. A refund of the first line after that takes its 4.12 back."""
    placed = received(stripe_app, world, shop, (shop.case, 1), (shop.cover, 1))
    [first, second] = lines_of(shop, placed)
    second.hold_until = later + timedelta(days=5)
    shop.session.commit()
    transferred(stripe_app, shop, later)
    assert due_to(shop, shop.lin.payee_id) == {"held": 479, "paid": 1235}
    settled(shop, later + timedelta(days=6))
    assert due_to(shop, shop.lin.payee_id) == {"available": 479, "paid": 1235}
    whole_line = booked(shop, placed, 5990, later + timedelta(days=6), line=1)
    assert send(stripe_app, shop, whole_line, now=later + timedelta(days=6)).state == "succeeded"
    assert reversals_of(shop, whole_line) == [] and due_to(shop, shop.lin.payee_id) == {"paid": 1235}
    third = booked(shop, placed, 3333, later + timedelta(days=7))
    send(stripe_app, shop, third, now=later + timedelta(days=7))
    assert [one.amount_minor for one in reversals_of(shop, third)] == [412] and due_to(shop, shop.lin.payee_id) == {"paid": 823}
    assert first.paid_minor == 10000
    whole(shop)


def test_who_is_paid_by_file_has_nothing_to_take_back(stripe_app: Application, world: StripeWorld, shop: Shop, later: datetime) -> None:
    """The guide has no account there: R14 as ever."""
    placed = paid_out(stripe_app, world, shop, later)
    refund_id = booked(shop, placed, 3333, later)
    assert send(stripe_app, shop, refund_id, now=later).state == "succeeded"
    assert reversals_of(shop, refund_id) == [] and due_to(shop, shop.lin.payee_id) == {"paid": 1235, "available": -412}


def test_a_bank_that_takes_the_payment_takes_the_transfers_with_it(
        stripe_app: Application, world: StripeWorld, shop: Shop, guides_account: str, later: datetime) -> None:
    """Lost in whole: 12.35 comes back from the guide, and nothing is refunded, as her bank has paid the shopper."""
    placed = paid_out(stripe_app, world, shop, later)
    row = open_chargeback(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, provider_ref="CB-1", amount_minor=10000, now=later)
    done = lose_chargeback(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=later)
    shop.session.commit()
    assert done.refund_id
    for _ in range(2):
        queue_reversals(shop.session, refund=refund_of(shop, done.refund_id), now=later)
        shop.session.commit()
        send_refund(stripe_app.database, brand_id=shop.brand_id, refund_id=done.refund_id, provider=stripe_app.gateways.online, now=later)
    [back] = reversals_of(shop, done.refund_id)
    assert (back.state, back.amount_minor, back.settled_minor) == ("done", 1235, 222)
    assert due_to(shop, shop.lin.payee_id) == {} and counts(world)["refund"] == 0
    whole(shop)


def test_books_hold_while_money_is_on_its_way(stripe_app: Application, world: StripeWorld, shop: Shop, guides_account: str, later: datetime) -> None:
    """Pending, taken back, arrived, come back: the check and the four ways find nothing but the refund that somebody has to see to."""
    placed = paid_out(stripe_app, world, shop, later)
    span = {"brand_id": shop.brand_id, "from_": later - timedelta(days=60), "to": later + timedelta(days=2), "now": later + timedelta(days=1)}
    refund_id = booked(shop, placed, 3333, later)
    assert reconcile(shop.session, **span).exception_count == 0
    shop.session.commit()
    ref = send(stripe_app, shop, refund_id, now=later).provider_ref
    assert reconcile(shop.session, **span).exception_count == 0
    shop.session.commit()
    world.does(f"refunds/{ref}/fail", reason="lost_or_stolen_card")
    apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=later)
    run = reconcile(shop.session, **span)
    assert kind_counts(shop.session, brand_id=shop.brand_id, run_id=run.id) == {"refund_stuck": 1}
    whole(shop)


def test_a_reversal_nobody_posted_is_found(stripe_app: Application, world: StripeWorld, shop: Shop, guides_account: str, later: datetime) -> None:
    """The twin of the check: a reversal that is done without its posting breaks the claim about what was paid."""
    placed = paid_out(stripe_app, world, shop, later)
    refund_id = booked(shop, placed, 3333, later)
    send(stripe_app, shop, refund_id, now=later)
    with unguarded(stripe_app.settings, shop.brand_id) as session:
        [back] = session.scalars(select(TransferReversal)).all()
        back.state = "short"
        session.flush()
        assert [one.rule for one in check_ledger(session, brand_id=shop.brand_id)] == ["each paid entry is in exactly one payout"]


def test_a_refund_takes_back_of_a_transfer_once(stripe_app: Application, world: StripeWorld, shop: Shop, guides_account: str, later: datetime) -> None:
    """The schema has one row for the two. The twin: without that key a second row has a key of its own at the provider, and 4.12 is taken twice."""
    placed = paid_out(stripe_app, world, shop, later)
    refund_id = booked(shop, placed, 3333, later)
    send(stripe_app, shop, refund_id, now=later)
    [first] = reversals_of(shop, refund_id)
    transfer = shop.session.scalars(select(Transfer).where(Transfer.id == first.transfer_id)).one()
    names = {"transfer_id": first.transfer_id, "refund_id": refund_id, "amount_minor": 412, "settled_minor": 74, "state": "due", "created_at": later}
    shop.session.add(TransferReversal(brand_id=shop.brand_id, **names))
    with pytest.raises(IntegrityError):
        shop.session.flush()
    shop.session.rollback()
    with unguarded(stripe_app.settings, shop.brand_id) as session:
        session.execute(text("ALTER TABLE transfer_reversals DROP CONSTRAINT uq_transfer_reversals_brand_id_refund_id_transfer_id"))
        again = TransferReversal(brand_id=shop.brand_id, id=new_id(), **names)
        session.add(again)
        session.flush()
        online = stripe_app.gateways.online
        assert online is not None
        online.reverse(transfer.provider_ref, amount_minor=again.settled_minor, marks={}, key=f"reverse:{again.id}:1")
    assert balance_there(world, guides_account) == 222 - 2 * 74
