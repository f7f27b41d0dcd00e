"""Whatever goes wrong on the way, a change that is asked for again under its key happens once; under random keys it happens twice."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from app.domain.provider.ports import Unsure
from app.gateways.stripe.calling import RETRIES
from tests.builders.stripe_changes import changes
from tests.builders.stripe_world import StripeWorld

CHANGES = ["open_checkout", "refund", "open_account", "transfer", "reverse", "answer_dispute"]
FAULTS = [
    ({"status": 500, "phase": "before"}, 0),
    ({"status": 500, "phase": "after"}, 1),
    ({"status": "drop", "phase": "after"}, 1),
    ({"status": "timeout", "phase": "after", "seconds": 0.8}, 1),
]
"""The fault, and how often the change has happened when the caller is told that nobody knows."""


@pytest.mark.parametrize(("fault", "by_then"), FAULTS, ids=lambda value: f"{value['status']}-{value['phase']}" if isinstance(value, dict) else "")
@pytest.mark.parametrize("name", CHANGES)
def test_asked_again_it_happens_once(world: StripeWorld, name: str, fault: dict[str, Any], by_then: int) -> None:
    change, hasty, online = changes(world)[name], world.provider(seconds=(1, 0.5)), world.provider()
    world.does("faults", api=[{**fault, "path": change.path, "method": "POST", "count": 1 + RETRIES}])
    with pytest.raises(Unsure):
        change.make(hasty, "one:1")
    assert change.times() == by_then
    first = change.make(online, "one:1")
    assert change.times() == 1
    assert change.make(online, "one:1") == first and change.times() == 1


@pytest.mark.parametrize("name", CHANGES)
def test_a_single_fault_is_not_even_noticed(world: StripeWorld, name: str) -> None:
    """One hidden success, then one refusal of a crowd: the library repeats the first, we wait for the second."""
    change, online = changes(world)[name], world.provider()
    world.does("faults", api=[{"status": 500, "phase": "after", "path": change.path}, {"status": 429, "path": change.path}])
    change.make(online, "one:1")
    assert change.times() == 1


def test_random_keys_pay_a_guide_twice(world: StripeWorld) -> None:
    """The twin: the same transfer, its answer lost, asked for again as if it were new."""
    change, online = changes(world)["transfer"], world.provider()
    world.does("faults", api=[{"status": 500, "phase": "after", "path": change.path, "count": 1 + RETRIES}])
    with pytest.raises(Unsure):
        change.make(online, str(uuid4()))
    change.make(online, str(uuid4()))
    assert change.times() == 2 and {one["kind"] for one in world.wrongs()} == {"idempotency"}
    world.does("reset")


def test_a_key_is_forgotten_after_a_day(world: StripeWorld) -> None:
    """Why a key older than 20 hours is looked up before it is used again."""
    change, online = changes(world)["transfer"], world.provider()
    change.make(online, "one:1")
    world.does("clock", advance=23 * 3600)
    change.make(online, "one:1")
    assert change.times() == 1
    world.does("clock", advance=2 * 3600)
    change.make(online, "one:1")
    assert change.times() == 2
