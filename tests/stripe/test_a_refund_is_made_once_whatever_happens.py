"""R18: one refund and one reversal each, whatever the wire, the worker or the clock does in between; and what happens without the guards."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.provider.ports import Later, OnlineProvider, ProviderProblem, Unsure
from app.extensions import Database
from app.flows.follow_refunds import apply_refund, retry_refund
from app.flows.place_order import PlacedOrder
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.send_refunds import send_refund
from app.gateways.stripe.calling import RETRIES
from app.web.shared.application import Application
from tests.builders.money import due_to, lines_of, order_of, whole
from tests.builders.races import Race
from tests.builders.shops import Shop
from tests.builders.stripe_between import Around, killed_at, under_random_keys
from tests.builders.stripe_orders import charge_of, paid_online
from tests.builders.stripe_refunds import booked, counts, fault, hundred, received, refund_of, reversals_of, send, transferred, with_receiver
from tests.builders.stripe_transfers import brand_payee
from tests.builders.stripe_world import StripeWorld

REFUNDS, REVERSALS = "^/v1/refunds$", "^/v1/transfers/[^/]+/reversals$"
ALL = 1 + RETRIES
"""As often as the library tries before it says that nobody knows."""
FAULTS: list[dict[str, Any]] = [
    {"status": 500, "phase": "before", "count": ALL}, {"status": 500, "phase": "after", "count": ALL}, {"status": "drop", "phase": "after", "count": ALL},
    {"status": "timeout", "phase": "after", "seconds": 0.8, "count": ALL}, {"status": 429, "count": 4}, {"status": 409, "count": 4 * ALL}]


@pytest.fixture
def later(stripe_app: Application) -> datetime:
    return stripe_app.clock() + timedelta(days=40)


@pytest.fixture
def placed(stripe_app: Application, world: StripeWorld, shop: Shop, later: datetime) -> PlacedOrder:
    """100.00 of which the guide was sent her 12.35; another sale is in the balance."""
    hundred(shop)
    with_receiver(stripe_app, world, shop, shop.lin.payee_id)
    made = received(stripe_app, world, shop, (shop.case, 1))
    transferred(stripe_app, shop, later)
    paid_online(stripe_app, world, shop, (shop.case, 1))
    return made


def once(world: StripeWorld, refunds: int = 1) -> bool:
    there = counts(world)
    return (there["refund"], there["transfer_reversal"]) == (refunds, refunds)


@pytest.mark.parametrize("path", [REFUNDS, REVERSALS], ids=["refund", "reversal"])
@pytest.mark.parametrize("wrong", FAULTS, ids=lambda one: f"{one['status']}-{one.get('phase', 'before')}")
def test_a_fault_on_the_way(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, later: datetime, wrong: dict[str, Any], path: str) -> None:
    """The job fails and is tried again: the same keys."""
    refund_id, online = booked(shop, placed, 3333, later), world.provider(seconds=(1, 0.5))
    fault(world, path, **wrong)
    with pytest.raises((Unsure, Later)):
        send(stripe_app, shop, refund_id, provider=online, now=later)
    assert refund_of(shop, refund_id).state == "pending"
    assert send(stripe_app, shop, refund_id, provider=online, now=later + timedelta(seconds=30)).state == "succeeded"
    assert once(world)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235 - 412, "pending": 1235}
    whole(shop)


@pytest.mark.parametrize("path", [REFUNDS, REVERSALS], ids=["refund", "reversal"])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_an_answer_lost_for_more_than_a_day_is_looked_up(
        stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, later: datetime, path: str, phase: str) -> None:
    """The key is forgotten there: what was done is found by its marks, what was not is asked for under the next attempt."""
    refund_id = booked(shop, placed, 3333, later)
    fault(world, path, 500, phase=phase, count=ALL)
    with pytest.raises(Unsure):
        send(stripe_app, shop, refund_id, now=later)
    world.does("clock", advance=25 * 3600)
    row = send(stripe_app, shop, refund_id, now=later + timedelta(hours=25))
    [back] = reversals_of(shop, refund_id)
    assert (row.state, back.state) == ("succeeded", "done") and once(world)
    asked_twice = row if path == REFUNDS else back
    assert asked_twice.attempt == (1 if phase == "after" else 2)
    whole(shop)


def test_random_keys_refund_twice(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, later: datetime) -> None:
    """The twin: the same lost answer, asked for again as if it were new."""
    refund_id, online = booked(shop, placed, 3333, later), stripe_app.gateways.online
    assert online is not None
    fault(world, REFUNDS, 500, phase="after", count=ALL)
    for _ in range(2):
        with_problem(lambda: send(stripe_app, shop, refund_id, provider=under_random_keys(online), now=later))
    assert counts(world)["refund"] == 2
    world.does("reset")


def test_random_keys_take_a_share_back_twice(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, later: datetime) -> None:
    refund_id, online = booked(shop, placed, 3333, later), stripe_app.gateways.online
    assert online is not None
    fault(world, REVERSALS, 500, phase="after", count=ALL)
    for _ in range(2):
        with_problem(lambda: send(stripe_app, shop, refund_id, provider=under_random_keys(online), now=later))
    assert counts(world)["transfer_reversal"] == 2
    world.does("reset")


def with_problem(work: Any) -> None:
    with suppress(ProviderProblem):
        work()


def test_word_of_it_comes_before_the_answer(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, later: datetime) -> None:
    """The event is worked while the call is still on its way back: succeeded once; failed meanwhile, it stays failed."""
    online = stripe_app.gateways.online
    assert online is not None

    def told(name: str, facts: Any) -> None:
        if name == "refund":
            apply_refund(stripe_app.database, provider=online, ref=facts.ref, now=later)

    def failed(name: str, facts: Any) -> None:
        if name == "refund":
            world.does(f"refunds/{facts.ref}/fail", reason="lost_or_stolen_card")
            told(name, facts)

    first = booked(shop, placed, 1000, later)
    assert send(stripe_app, shop, first, provider=Around(online, after=told), now=later).state == "succeeded"  # type: ignore[arg-type]
    second = booked(shop, placed, 1000, later)
    row = send(stripe_app, shop, second, provider=Around(online, after=failed), now=later)  # type: ignore[arg-type]
    assert (row.state, row.problem) == ("failed", "lost_or_stolen_card")
    whole(shop)


def test_an_answer_that_comes_after_the_next_attempt_is_old(
        stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, later: datetime) -> None:
    """It says succeeded; meanwhile that refund came back and headquarters has sent it again: the second attempt is still to leave."""
    online, refund_id = stripe_app.gateways.online, booked(shop, placed, 1000, later)
    assert online is not None

    def meanwhile(name: str, facts: Any) -> None:
        if name == "refund":
            world.does(f"refunds/{facts.ref}/fail", reason="declined")
            apply_refund(stripe_app.database, provider=online, ref=facts.ref, now=later)
            retry_refund(shop.session, brand_id=shop.brand_id, refund_id=refund_id)
            shop.session.commit()

    row = send(stripe_app, shop, refund_id, provider=Around(online, after=meanwhile), now=later)  # type: ignore[arg-type]
    assert (row.state, row.attempt, row.provider_ref) == ("pending", 2, "")
    row = send(stripe_app, shop, refund_id, now=later)
    assert row.state == "succeeded" and counts(world)["refund"] == 2 and counts(world)["transfer_reversal"] == 1
    whole(shop)


def test_two_workers_with_the_same_refund(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, later: datetime) -> None:
    """Also when both find the last key lost: they take the same next attempt."""
    refund_id = booked(shop, placed, 3333, later)
    at_once(stripe_app, shop, [refund_id] * 3, later)
    assert send(stripe_app, shop, refund_id, now=later).state == "succeeded" and once(world)
    second = booked(shop, placed, 3333, later)
    fault(world, REFUNDS, 500, phase="before", count=ALL)
    with pytest.raises(Unsure):
        send(stripe_app, shop, second, now=later)
    at_once(stripe_app, shop, [second] * 3, later + timedelta(hours=2))
    row = send(stripe_app, shop, second, now=later + timedelta(hours=2))
    assert (row.state, row.attempt) == ("succeeded", 2) and once(world, 2)
    whole(shop)


def at_once(stripe_app: Application, shop: Shop, refunds: list[Any], now: datetime) -> None:
    brand_id = shop.brand_id

    def one(refund_id: Any) -> None:
        with_problem(lambda: send_refund(stripe_app.database, brand_id=brand_id, refund_id=refund_id, provider=stripe_app.gateways.online, now=now))

    with ThreadPoolExecutor(len(refunds)) as pool:
        list(pool.map(one, refunds))


def test_two_refunds_of_one_order_at_once(
        stripe_app: Application, database: Database, world: StripeWorld, shop: Shop, placed: PlacedOrder, later: datetime) -> None:
    """60.00 is asked for twice at once: one is refused, as only 40.00 are left. 20.00 twice: both, and both take their part back."""
    line_id, brand_id = lines_of(shop, placed)[0].id, shop.brand_id
    shop.session.rollback()

    def ask(amount: int) -> Any:
        return lambda session: refund_order(session, brand_id=brand_id, order_id=placed.order_id, lines=[RefundAsk(line_id, amount_minor=amount)], now=later).id

    race = Race(database, shop.brand_id)
    first = race.run(ask(6000), ask(6000))
    assert first.count("amount_invalid") == 1
    second = race.run(ask(2000), ask(2000))
    refunds = [one for one in first + second if one != "amount_invalid"]
    assert len(refunds) == 3
    at_once(stripe_app, shop, refunds * 2, later)
    at_once(stripe_app, shop, refunds, later)
    assert [refund_of(shop, one).state for one in refunds] == ["succeeded"] * 3 and once(world, 3)
    assert sum(back.amount_minor for one in refunds for back in reversals_of(shop, one)) == 1235
    assert sum(back.settled_minor for one in refunds for back in reversals_of(shop, one)) == 222
    assert due_to(shop, shop.lin.payee_id) == {"pending": 1235} and order_of(shop, placed).state in ("completed", "refunded")
    whole(shop)


def test_killed_between_any_two_steps(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, later: datetime) -> None:
    """A worker dies by -9 after each commit, before each call and after it; the next one ends what it began, once."""
    for step in itertools.count(1):
        refund_id = booked(shop, placed, 300, later)
        shop.session.rollback()
        killed = killed_at(stripe_app.settings, world, step, lambda database, online, of=refund_id: send_refund(
            database, brand_id=shop.brand_id, refund_id=of, provider=online, now=later))
        row = send(stripe_app, shop, refund_id, now=later)
        assert (row.state, row.attempt) == ("succeeded", 1) and once(world, step), step
        assert [one.state for one in reversals_of(shop, refund_id)] == ["done"]
        whole(shop)
        if not killed:
            break
    assert step == 11, "ten steps to die at, and then one that ends well"


def test_taking_back_first_lets_the_shopper_have_her_money(stripe_app: Application, world: StripeWorld, shop: Shop, later: datetime) -> None:
    """Everything was paid out, so the balance is nearly nothing: what comes back from guide and brand is what she is refunded from."""
    placed = all_paid_out(stripe_app, world, shop, later)
    refund_id = booked(shop, placed, 3333, later)
    assert send(stripe_app, shop, refund_id, now=later).state == "succeeded"
    assert {one.state for one in reversals_of(shop, refund_id)} == {"done"}
    whole(shop)


def test_refunding_first_leaves_her_waiting_and_the_money_gone(stripe_app: Application, world: StripeWorld, shop: Shop, later: datetime) -> None:
    """The twin: the same calls the other way round. The refund waits for funds, and while it does the receivers empty their accounts."""
    placed = all_paid_out(stripe_app, world, shop, later)
    online = stripe_app.gateways.online
    assert online is not None
    refund = online.refund(intent_ref=charge_of(shop, placed).intent_ref, amount_minor=3333, marks={}, key="refund:first:1")
    assert (refund.state, refund.problem) == ("pending", "insufficient_funds")
    for ref, rest in emptied(world, online, placed):
        with pytest.raises(ProviderProblem) as short:
            online.reverse(ref, amount_minor=rest, marks={}, key=f"reverse:{ref}:1")
        assert short.value.code == "balance_insufficient"
    assert online.read_refund(refund.ref).state == "pending"


def all_paid_out(stripe_app: Application, world: StripeWorld, shop: Shop, later: datetime) -> PlacedOrder:
    hundred(shop)
    for payee_id in (shop.lin.payee_id, brand_payee(shop)):
        with_receiver(stripe_app, world, shop, payee_id)
    placed = received(stripe_app, world, shop, (shop.case, 1))
    transferred(stripe_app, shop, later)
    return placed


def emptied(world: StripeWorld, online: OnlineProvider, placed: PlacedOrder) -> list[tuple[str, int]]:
    """Every receiver takes what was sent to its bank; (transfer, a third of it)."""
    found = []
    for one in list(online.transfers_of(f"order_{placed.order_id}")):
        world.does("debit", account=one.account_ref, amount=one.amount_minor, currency=one.currency.lower())
        found.append((one.ref, one.amount_minor // 3))
    assert len(found) == 2
    return found
