"""After five calls in a row without an answer the provider is left alone for half a minute; then one call tries for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from app.domain.provider.ports import Declined, Later, Misused, Unsure
from app.gateways.stripe.calling import ask
from app.gateways.stripe.circuit import MOST_FAILURES, REST_SECONDS, Circuit
from tests.builders.stripe_world import StripeWorld


class Watch:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened(watch: Watch) -> Circuit:
    circuit = Circuit(watch)
    for _ in range(MOST_FAILURES):
        circuit.enter()
        circuit.failed()
    return circuit


def test_it_opens_after_the_fifth_in_a_row() -> None:
    circuit = Circuit(Watch())
    for _ in range(MOST_FAILURES - 1):
        circuit.failed()
    circuit.enter()
    circuit.answered()
    for _ in range(MOST_FAILURES - 1):
        circuit.failed()
    circuit.enter()
    circuit.failed()
    with pytest.raises(Later) as problem:
        circuit.enter()
    assert (problem.value.code, problem.value.seconds) == ("circuit_open", REST_SECONDS)


def test_half_open_one_tries_for_all() -> None:
    watch = Watch()
    circuit = opened(watch)
    watch.now += REST_SECONDS - 0.5
    with pytest.raises(Later) as problem:
        circuit.enter()
    assert problem.value.seconds == 1.0
    watch.now += 0.5
    circuit.enter()
    with pytest.raises(Later):
        circuit.enter()
    circuit.answered()
    circuit.enter()
    circuit.enter()


def test_a_trial_that_fails_opens_it_again() -> None:
    watch = Watch()
    circuit = opened(watch)
    watch.now += REST_SECONDS
    circuit.enter()
    circuit.failed()
    with pytest.raises(Later) as problem:
        circuit.enter()
    assert problem.value.seconds == REST_SECONDS
    watch.now += REST_SECONDS
    circuit.enter()


def test_of_many_at_once_one_tries() -> None:
    watch = Watch()
    circuit = opened(watch)
    watch.now += REST_SECONDS
    let_in, gate = [], threading.Barrier(16)

    def comes() -> None:
        gate.wait()
        try:
            circuit.enter()
        except Later:
            return
        let_in.append(1)

    crowd = [threading.Thread(target=comes) for _ in range(16)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert let_in == [1]


@pytest.mark.parametrize("problem", [RuntimeError("not the library's"), ValueError("no answer of Stripe's"), KeyboardInterrupt(), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no")])
def test_a_trial_that_ends_oddly_does_not_keep_it_open_for_ever(problem: BaseException) -> None:
    watch = Watch()
    circuit = opened(watch)
    watch.now += REST_SECONDS

    def breaks() -> Any:
        raise problem

    with pytest.raises((type(problem), Unsure, Misused)):
        ask(circuit, breaks, dict)
    watch.now += REST_SECONDS
    circuit.enter()


@pytest.mark.parametrize(("problem", "told"), [
    (stripe.InvalidRequestError("no", None, http_status=400), Declined), (stripe.CardError("no", None, None, http_status=402), Declined),
    (stripe.AuthenticationError("no", http_status=401), Misused), (stripe.PermissionError("no", http_status=403), Misused)])
def test_a_refusal_is_an_answer(problem: stripe.StripeError, told: type[Exception]) -> None:
    circuit = Circuit(Watch())

    def refuses() -> Any:
        raise problem

    for _ in range(MOST_FAILURES + 1):
        with pytest.raises(told):
            ask(circuit, refuses, dict)
    circuit.enter()


def test_the_provider_is_really_left_alone(world: StripeWorld) -> None:
    """Five calls that end without an answer, then none goes out, of whatever kind; and it is said at once."""
    online = world.provider()
    reads: list[Callable[[], Any]] = [lambda: online.read_refund("re_1"), lambda: list(online.refunds_of("pi_1"))]
    world.does("faults", api=[{"status": "drop", "count": 1000}])
    for turn in range(MOST_FAILURES):
        with pytest.raises(Unsure):
            reads[turn % 2]()
    asked = world.sees("calls")["calls"]
    for read in reads:
        with pytest.raises(Later, match="circuit_open"):
            read()
    assert world.sees("calls")["calls"] == asked
