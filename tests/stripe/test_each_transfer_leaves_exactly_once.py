"""R18: whatever happens to the call, the answer or the worker, each transfer leaves once; a key that came to nothing is given up only when
the provider shows nothing under it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.ledger.checking import check_ledger
from app.domain.provider.models import ProviderAccount, ProviderHealth
from app.domain.provider.ports import Declined, Marks, TransferFacts, Unsure
from app.domain.settlement.transfer_rooms import ROOMS, rooms_of
from app.flows.charge_back import open_chargeback, win_chargeback
from app.flows.prepare_transfers import prepare_transfers
from app.flows.send_transfers import LOST, WAIT, apply_transfer, send_transfers
from app.gateways.stripe.provider import StripeProvider
from app.kernel.db import gather
from app.kernel.errors import Conflict
from app.web.shared.application import Application
from tests.builders.money import due_to, unguarded, whole
from tests.builders.payouts import credit
from tests.builders.shops import Shop
from tests.builders.stripe_accounts import a_ready_account, filled_in
from tests.builders.stripe_orders import charge_of
from tests.builders.stripe_transfers import (
    LATER,
    balance_there,
    brand_payee,
    executed_run,
    fault,
    payout_of,
    r23_online,
    released_through_stripe,
    transferred,
    transfers,
    transfers_there,
)
from tests.builders.stripe_world import StripeWorld

SHORT = (1.0, 0.4)
"""Seconds to connect and to answer: a time-out need not last."""
ALL_TRIES = 3
"""The library's own, with one key."""


@pytest.fixture
def shop(stripe_app: Application, shop: Shop) -> Shop:
    return r23_online(shop, stripe_app.clock())


@pytest.fixture
def order(stripe_app: Application, world: StripeWorld, shop: Shop) -> Any:
    """Lin's 42.21 are under way to her account; He and the store are paid by file."""
    placed = released_through_stripe(stripe_app, world, shop)
    a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    executed_run(stripe_app, shop)
    return placed


def the_one(shop: Shop) -> Any:
    [row] = transfers(shop, shop.lin.payee_id)
    return row


def left_once(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    """One transfer there, of 7.59; ours says so, the payout is paid, the books balance."""
    [there] = transfers_there(world.provider(), order)
    row = the_one(shop)
    assert (row.state, row.provider_ref, row.settled_minor, row.problem) == ("sent", there.ref, there.amount_minor, "") and there.amount_minor == 759
    assert payout_of(shop, shop.lin.payee_id).state == "paid" and due_to(shop, shop.lin.payee_id) == {"paid": 4221}
    assert balance_there(world, there.account_ref) == 759
    whole(shop)


@pytest.mark.parametrize("count", [1, ALL_TRIES])
@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("status", [500, 409, "drop", "timeout"])
def test_a_call_without_a_good_answer(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any, status: int | str, phase: str, count: int) -> None:
    """Once, the library asks again with the same key; three times, we do: a key in use at once, the others when the job comes round."""
    provider = world.provider(SHORT)
    fault(world, status, phase=phase, count=count, seconds=0.8 if status == "timeout" else 0)
    first = transferred(stripe_app, shop, provider=provider)
    if count == ALL_TRIES and status != 409:
        assert first == 0 and the_one(shop).state == "sending" and payout_of(shop, shop.lin.payee_id).state == "sent"
        assert transferred(stripe_app, shop, provider=world.provider(), later=timedelta(minutes=5)) == 1
    left_once(stripe_app, world, shop, order)
    assert the_one(shop).attempt == 1


@pytest.mark.parametrize("count", [1, 4])
def test_too_many_requests(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any, count: int) -> None:
    """We wait a little and ask again; when that does not help the rest of the run waits for the next job, with the same key."""
    fault(world, 429, count=count)
    transferred(stripe_app, shop)
    transferred(stripe_app, shop, later=timedelta(minutes=5))
    left_once(stripe_app, world, shop, order)
    assert the_one(shop).attempt == 1


class Forgetful(StripeProvider):
    """The twin: another key for every call, and it never looks."""

    numbers: Iterator[int] = itertools.count()

    def transfer(self, *, amount_minor: int, currency: str, account_ref: str, charge_ref: str, group: str, marks: Marks, key: str) -> TransferFacts:
        return super().transfer(amount_minor=amount_minor, currency=currency, account_ref=account_ref, charge_ref=charge_ref, group=group, marks=marks,
                                key=f"{key}:{next(Forgetful.numbers)}")

    def transfers_of(self, group: str) -> Iterator[TransferFacts]:
        return iter(())


def test_without_key_and_look_it_pays_twice(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    careless = world.provider()
    careless.__class__ = Forgetful
    fault(world, 500, phase="after", count=ALL_TRIES)
    assert transferred(stripe_app, shop, provider=careless) == 0
    assert transferred(stripe_app, shop, provider=careless) == 1
    assert [one.amount_minor for one in transfers_there(world.provider(), order)] == [759, 759]


def test_a_key_without_an_answer_is_given_up_only_after_a_look(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    """For an hour the same key is asked again; then, as the provider shows no such transfer, the next attempt goes."""
    for minutes in (0, 30):
        assert transferred(stripe_app, shop, provider=silent(world), later=timedelta(minutes=minutes)) == 0
        assert (the_one(shop).state, the_one(shop).attempt) == ("sending", 1)
    assert transferred(stripe_app, shop, later=LOST) == 1
    assert the_one(shop).attempt == 2
    left_once(stripe_app, world, shop, order)


def test_what_left_under_an_old_key_is_found(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    """Two days later the key is forgotten there: asked again it would be a second transfer. The look finds the first."""
    fault(world, 500, phase="after", count=ALL_TRIES)
    assert transferred(stripe_app, shop) == 0
    world.does("clock", advance=2 * 86400)
    assert transferred(stripe_app, shop, later=timedelta(days=2)) == 1
    left_once(stripe_app, world, shop, order)
    assert the_one(shop).attempt == 1


def test_too_little_there_waits_and_takes_the_next_attempt(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    """Of a reward of 10.00 He's open 7.77 of the charge pay a part, 2.23 need available money. The refusal is stored under its key: the twin
    asks with it for ever."""
    credit(shop.session, shop.he.payee_id, 1000, now=stripe_app.clock())
    shop.session.commit()
    a_ready_account(stripe_app, world, shop.brand_id, shop.he.payee_id)
    executed_run(stripe_app, shop)
    world.does("debit", account="platform", amount=100000, currency="sgd")
    transferred(stripe_app, shop)
    earned, row = transfers(shop, shop.he.payee_id)
    assert (earned.state, earned.amount_minor, row.amount_minor, row.settled_minor) == ("sent", 777, 223, 40)
    assert (row.state, row.attempt, row.problem, payout_of(shop, shop.he.payee_id).state) == ("waiting", 1, "balance_insufficient", "sent")
    assert transferred(stripe_app, shop, later=timedelta(minutes=5)) == 0 and transfers(shop, shop.he.payee_id)[1].attempt == 1, "not yet"
    world.does("debit", account="platform", amount=-100000, currency="sgd")
    send: dict[str, Any] = {"amount_minor": row.settled_minor, "currency": "SGD", "charge_ref": "", "group": f"payout_{row.payout_id}",
            "account_ref": shop.session.scalars(select(ProviderAccount.provider_ref).where(ProviderAccount.id == row.account_id)).one(),
            "marks": {"brand_id": str(shop.brand_id), "transfer_id": str(row.id)}}
    with pytest.raises(Declined, match="balance_insufficient"):
        world.provider().transfer(**send, key=f"transfer:{row.id}:1")
    assert transferred(stripe_app, shop, later=WAIT) == 1
    _, row = transfers(shop, shop.he.payee_id)
    assert (row.state, row.attempt, row.problem, payout_of(shop, shop.he.payee_id).state) == ("sent", 2, "", "paid")
    whole(shop)


def test_an_account_that_may_not_be_sent_to_any_more(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    """Nothing has left: the payout fails, the money is due again, and the next run leaves her out until she is ready."""
    ref = shop.session.scalars(select(ProviderAccount.provider_ref)).one()
    shop.session.rollback()
    world.does(f"accounts/{ref}/restrict")
    assert transferred(stripe_app, shop) == 0
    hers = payout_of(shop, shop.lin.payee_id)
    assert (hers.state, hers.reason, due_to(shop, shop.lin.payee_id)) == ("failed", "account_restricted", {"available": 4221})
    assert the_one(shop).state == "refused" and transfers_there(world.provider(), order) == []
    assert shop.session.scalars(select(ProviderAccount.state)).one() == "restricted"
    whole(shop)
    credit(shop.session, shop.he.payee_id, 100, now=stripe_app.clock())
    shop.session.commit()
    executed_run(stripe_app, shop)
    assert payout_of(shop, shop.lin.payee_id).reason == "account_restricted"
    filled_in(stripe_app, world, shop.session.scalars(select(ProviderAccount)).one())
    shop.session.rollback()
    executed_run(stripe_app, shop)
    assert transferred(stripe_app, shop) == 1
    assert [one.amount_minor for one in transfers_there(world.provider(), order)] == [759]
    whole(shop)


def test_restricted_after_a_part_has_left_waits(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Two charges: one transfer left, then the account is closed to us. What is left waits and goes when she is ready again."""
    orders = [released_through_stripe(stripe_app, world, shop) for _ in range(2)]
    account = a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    executed_run(stripe_app, shop)

    class Closing(StripeProvider):
        def transfer(self, **asked: Any) -> TransferFacts:
            facts = super().transfer(**asked)
            world.does(f"accounts/{account.provider_ref}/restrict")
            return facts

    provider = world.provider()
    provider.__class__ = Closing
    assert transferred(stripe_app, shop, provider=provider) == 1
    assert [(one.state, one.problem) for one in transfers(shop)] == [("sent", ""), ("waiting", "account_restricted")]
    assert payout_of(shop, shop.lin.payee_id).state == "sent" and due_to(shop, shop.lin.payee_id) == {"in_payout": 8442}
    whole(shop)
    assert transferred(stripe_app, shop, later=timedelta(hours=2)) == 0
    filled_in(stripe_app, world, account)
    assert transferred(stripe_app, shop, later=timedelta(hours=2)) == 1
    assert payout_of(shop, shop.lin.payee_id).state == "paid" and balance_there(world, account.provider_ref) == 2 * 759
    assert len(transfers_there(world.provider(), *orders)) == 2
    whole(shop)


def test_a_disputed_charge_sends_nothing(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    """Asked back between the run and the sending: it waits for the bank, nothing else does."""
    opened = open_chargeback(shop.session, brand_id=shop.brand_id, order_id=order.order_id, provider_ref="CB-1", amount_minor=38880, now=stripe_app.clock())
    shop.session.commit()
    assert transferred(stripe_app, shop) == 0
    assert (the_one(shop).state, the_one(shop).problem, transfers_there(world.provider(), order)) == ("waiting", "disputed", [])
    win_chargeback(shop.session, brand_id=shop.brand_id, chargeback_id=opened.id, now=stripe_app.clock())
    shop.session.commit()
    assert transferred(stripe_app, shop, later=timedelta(minutes=5)) == 1
    left_once(stripe_app, world, shop, order)


def test_a_dispute_while_the_answer_is_unknown(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    """It may have left: it is looked for, and not asked for again."""
    fault(world, 500, phase="after", count=ALL_TRIES)
    assert transferred(stripe_app, shop) == 0
    charge = charge_of(shop, order)
    charge.disputed = True
    shop.session.commit()
    assert transferred(stripe_app, shop, later=timedelta(minutes=5)) == 1
    left_once(stripe_app, world, shop, order)


def test_a_dispute_while_it_surely_came_to_nothing(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    assert transferred(stripe_app, shop, provider=silent(world)) == 0
    charge = charge_of(shop, order)
    charge.disputed = True
    shop.session.commit()
    assert transferred(stripe_app, shop, later=timedelta(minutes=5)) == 0 and the_one(shop).state == "sending"
    assert transferred(stripe_app, shop, later=LOST) == 0 and (the_one(shop).state, the_one(shop).problem) == ("waiting", "disputed")
    charge = charge_of(shop, order)
    charge.disputed = False
    shop.session.commit()
    assert transferred(stripe_app, shop, later=2 * LOST) == 1
    left_once(stripe_app, world, shop, order)


def test_the_provider_tells_before_we_know(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    """transfer.created heals an answer that was lost; told twice it changes nothing."""
    fault(world, 500, phase="after", count=ALL_TRIES)
    assert transferred(stripe_app, shop) == 0
    [there] = transfers_there(world.provider(), order)
    for _ in range(2):
        told = apply_transfer(stripe_app.database, provider=world.provider(), ref=there.ref, now=stripe_app.clock())
        assert told is not None and (told.brand_id, told.payment_id) == (shop.brand_id, charge_of(shop, order).payment_id)
        left_once(stripe_app, world, shop, order)
    assert transferred(stripe_app, shop) == 0


def test_a_strangers_transfer_is_nobodys(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    assert transferred(stripe_app, shop) == 1
    [there] = transfers_there(world.provider(), order)
    for marks in ({}, {"brand_id": "no"}, {"brand_id": str(shop.brand_id)}, {"brand_id": str(shop.brand_id), "transfer_id": str(shop.lin.id)},
                  {"brand_id": "999999", "transfer_id": str(the_one(shop).id)}):

        class Strange(StripeProvider):
            def read_transfer(self, ref: str) -> TransferFacts:
                return replace(super().read_transfer(ref), marks=marks)  # noqa: B023 (called here and now)

        provider = world.provider()
        provider.__class__ = Strange
        assert apply_transfer(stripe_app.database, provider=provider, ref=there.ref, now=stripe_app.clock()) is None


def test_taken_back_at_the_provider_is_a_problem_to_look_at(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    """Somebody reversed 2.00 in the dashboard: no book moves by itself, the row says so."""
    assert transferred(stripe_app, shop) == 1
    row = the_one(shop)
    world.provider().reverse(row.provider_ref, amount_minor=200, marks={}, key="by hand")
    apply_transfer(stripe_app.database, provider=world.provider(), ref=row.provider_ref, now=stripe_app.clock())
    row = the_one(shop)
    assert (row.state, row.problem, row.reversed_settled_minor) == ("sent", "reversed_outside", 0)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 4221}
    whole(shop)


def test_a_key_used_for_something_else_is_for_somebody_to_look_at(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any) -> None:
    """Never a second transfer with another key: the row keeps its state and says why, and the house is told."""
    transferred(stripe_app, shop, provider=silent(world))
    row = the_one(shop)
    account = shop.session.scalars(select(ProviderAccount.provider_ref).where(ProviderAccount.id == row.account_id)).one()
    world.provider().transfer(amount_minor=1, currency="SGD", account_ref=account, charge_ref=charge_of(shop, order).charge_ref, group="x", marks={},
                              key=f"transfer:{row.id}:1")
    assert transferred(stripe_app, shop) == 0
    row = the_one(shop)
    assert row.state == "sending" and row.attempt == 1 and row.problem == "idempotency_error"
    assert shop.session.scalars(select(ProviderHealth.problem).where(ProviderHealth.provider == "stripe")).one() == "idempotency_error"
    whole(shop)
    world.does("reset")


def silent(world: StripeWorld) -> StripeProvider:
    """Nobody answers."""
    class Silent(StripeProvider):
        def transfer(self, **asked: Any) -> TransferFacts:
            raise Unsure("no_answer")

    provider = world.provider()
    provider.__class__ = Silent
    return provider


@pytest.mark.parametrize("round_", range(3))
def test_two_workers_send_the_same_run(stripe_app: Application, world: StripeWorld, shop: Shop, round_: int) -> None:
    """Each sends what the other has not yet: the same keys, so once there."""
    orders = [released_through_stripe(stripe_app, world, shop) for _ in range(3)]
    payees = (shop.lin.payee_id, shop.he.payee_id, shop.store.payee_id)
    for payee in payees:
        a_ready_account(stripe_app, world, shop.brand_id, payee)
    executed_run(stripe_app, shop)
    gate = threading.Barrier(3)

    def work(_: int) -> int:
        gate.wait(10)
        return send_transfers(stripe_app.database, brand_id=shop.brand_id, provider=world.provider(), now=stripe_app.clock() + LATER)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    transferred(stripe_app, shop)
    rows, there = transfers(shop), transfers_there(world.provider(), *orders)
    assert sorted(one.provider_ref for one in rows) == sorted(one.ref for one in there) and len(rows) == 9
    assert {payout_of(shop, payee).state for payee in payees} == {"paid"}
    assert sum(one.settled_minor for one in rows) == 3 * (759 + 139 + 349) == sum(one.amount_minor for one in there)
    whole(shop)


@pytest.mark.parametrize("round_", range(2))
def test_several_prepare_what_one_charge_cannot_cover(stripe_app: Application, world: StripeWorld, shop: Shop, round_: int) -> None:
    """With the platform's 20.00 the shares of 388.80 come to more than the 368.80 that came in: whoever is last gets the rest from what is
    available, and nobody takes the same room twice."""
    released_through_stripe(stripe_app, world, shop, codes=())
    placed = released_through_stripe(stripe_app, world, shop, codes=("BRAND30", "PLAT20"))
    payees = (shop.lin.payee_id, shop.he.payee_id, shop.store.payee_id, brand_payee(shop))
    for payee in payees:
        a_ready_account(stripe_app, world, shop.brand_id, payee)
    executed_run(stripe_app, shop)
    gate = threading.Barrier(3)

    def prepare(_: int) -> None:
        gate.wait(10)
        prepare_transfers(stripe_app.database, brand_id=shop.brand_id, now=stripe_app.clock() + LATER)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(prepare, range(3)))
    of_charge = [one for one in transfers(shop) if one.payment_id == placed.payment_id]
    charge = charge_of(shop, placed)
    assert charge.amount_minor == 36880 and sum(one.amount_minor for one in of_charge) == 36880
    assert sum(one.settled_minor for one in of_charge) <= (charge.settled_minor or 0)
    world.does("debit", account="platform", amount=-1000, currency="sgd")
    assert transferred(stripe_app, shop) == len(transfers(shop)), "the platform tops up what its coupon costs"
    assert {payout_of(shop, payee).state for payee in payees} == {"paid"}
    whole(shop)


def test_a_charges_room_is_seen_by_one_at_a_time(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """While Lin's payout takes its part of a charge He's waits. The twin reads without the lock and counts the same money as open."""
    released_through_stripe(stripe_app, world, shop)
    database, brand_id = stripe_app.database, shop.brand_id
    with database.session(brand_id) as first, database.session(brand_id) as second:
        [hers], _ = rooms_of(first, brand_id=brand_id, payee_id=shop.lin.payee_id)
        second.execute(text("SET LOCAL lock_timeout = '200ms'"))
        with pytest.raises(Conflict, match="正在处理"):
            rooms_of(second, brand_id=brand_id, payee_id=shop.he.payee_id)
        second.rollback()
        unlocked = ROOMS.replace("FOR NO KEY UPDATE OF c", "")
        assert unlocked != ROOMS
        [his] = gather(second, (unlocked, {"brand_id": brand_id, "payee_id": shop.he.payee_id}))[0]
        assert his[6] == hers.left_minor == 38880


def test_a_charge_gives_once_to_a_payout(stripe_app: Application, world: StripeWorld, shop: Shop, order: Any, settings: Settings) -> None:
    """The database refuses a second row; the twin takes the key away, and `ledger check` finds 84.42 transferred for 42.21."""
    transferred(stripe_app, shop)
    again = text("""INSERT INTO transfers SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid()))).* FROM transfers t WHERE t.brand_id = :brand""")
    with pytest.raises(IntegrityError), stripe_app.database.transaction(shop.brand_id) as session:
        session.execute(again, {"brand": shop.brand_id})
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("ALTER TABLE transfers DROP CONSTRAINT uq_transfers_brand_id_payout_id_payment_id"))
        bare.execute(again, {"brand": shop.brand_id})
        assert [one.rule for one in check_ledger(bare, brand_id=shop.brand_id)] == ["a payout by transfer is what was transferred"]


def test_the_worlds_balances_are_our_ledgers(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Lin 42.21 → 7.59, He 7.77 → 1.39, the store 19.44 → 3.49 of each of two orders; at Stripe stays what was not transferred, less the fees."""
    for _ in range(2):
        released_through_stripe(stripe_app, world, shop)
    accounts = {payee: a_ready_account(stripe_app, world, shop.brand_id, payee).provider_ref
                for payee in (shop.lin.payee_id, shop.he.payee_id, shop.store.payee_id)}
    executed_run(stripe_app, shop)
    transferred(stripe_app, shop)
    for payee, settled, paid in ((shop.lin.payee_id, 759, 4221), (shop.he.payee_id, 139, 777), (shop.store.payee_id, 349, 1944)):
        assert balance_there(world, accounts[payee]) == 2 * settled == sum(one.settled_minor for one in transfers(shop, payee))
        assert due_to(shop, payee) == {"paid": 2 * paid}
    assert balance_there(world, "platform") == 2 * (6998 - 233 - 759 - 139 - 349)
    whole(shop)
