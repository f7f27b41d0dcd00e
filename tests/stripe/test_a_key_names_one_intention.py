"""One intention, one key: another intention under it is our mistake; what was refused under it stays refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.provider.ports import REPLAYED, Declined, Misused, Unsure
from tests.builders.stripe_changes import MARKS, asked_account, asked_session, changes
from tests.builders.stripe_world import StripeWorld, double_world


def test_two_things_under_one_key(world: StripeWorld) -> None:
    online = world.provider()
    online.open_checkout(asked_session(amount_minor=9900), key="pay:1:1")
    with pytest.raises(Misused) as problem:
        online.open_checkout(asked_session(amount_minor=9901), key="pay:1:1")
    assert problem.value.code == "idempotency_error"
    online.open_account(asked_account(), key="acct:1:v1")
    with pytest.raises(Misused):
        online.open_account(asked_account(name="王"), key="acct:1:v1")
    world.does("reset")


def test_a_refusal_is_kept_until_the_next_attempt(world: StripeWorld) -> None:
    """The platform has nothing available: balance_insufficient. Money comes, the old key still says no; the next attempt's says yes."""
    online = world.provider()
    account = online.open_account(asked_account(), key="acct:1:v1").ref
    world.does(f"accounts/{account}/complete")
    reward = {"amount_minor": 500, "currency": "SGD", "account_ref": account, "charge_ref": "", "group": "payout_1", "marks": MARKS}
    for key in ("transfer:1:1", "transfer:1:1"):
        with pytest.raises(Declined) as problem:
            online.transfer(**reward, key=key)
        assert problem.value.code == "balance_insufficient"
        world.does("debit", account="platform", amount=-1000, currency="sgd")
    assert online.transfer(**reward, key="transfer:1:2").amount_minor == 500


def test_our_own_mistakes_are_not_taken_for_refusals(world: StripeWorld) -> None:
    """Trying again with another key would not help: somebody has to look."""
    online = world.provider()
    with pytest.raises(Misused):
        online.open_checkout(asked_session(marks={"note": "x" * 501}, lines=[{"name": "a", "amount_minor": "many"}]), key="pay:1:1")
    with pytest.raises(Misused):
        online.open_checkout(asked_session(lines=[{"name": "\ud800", "amount_minor": 900}]), key="pay:2:1")
    world.does("reset")


def test_a_stored_failure_can_be_told_from_a_passing_one() -> None:
    """Stripe keeps a 500 too, once it began: the key is spent, and nothing happened. Of no use to ask again under it."""
    with double_world() as world:
        change, online = changes(world)["transfer"], world.provider()
        world.does("faults", api=[{"status": 500, "phase": "stored", "path": change.path}])
        for _ in range(7):
            with pytest.raises(Unsure) as problem:
                change.make(online, "transfer:1:1")
            assert problem.value.code == REPLAYED
        assert change.times() == 0, "and seven such answers are answers: the circuit stays closed"
        change.make(online, "transfer:1:2")
        assert change.times() == 1


def test_two_at_once_under_one_key_are_one() -> None:
    """She clicks twice: the first takes two seconds and a half, the second waits for it and gets the same answer."""
    with double_world() as world:
        change, online = changes(world)["open_checkout"], world.provider()
        world.does("faults", api=[{"status": 200, "phase": "during", "seconds": 2.5, "path": change.path}])
        with ThreadPoolExecutor(2) as two:
            one, other = two.map(lambda _: change.make(online, "pay:1:1"), range(2))
        assert one == other and change.times() == 1
        assert 409 in [call["status"] for call in world.sees("calls")["calls"]], "they did meet"
