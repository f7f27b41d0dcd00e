"""A crowd is waited out for seconds, silence is waited for once more: a page that asks has its answer within half a minute."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import stripe

from app.domain.provider.ports import Later, Unsure
from app.gateways.stripe.calling import PATIENCE, PAUSE, SECONDS, WAITS, ask, open_client, page_through
from app.gateways.stripe.circuit import Circuit
from app.gateways.stripe.provider import StripeProvider
from tests.builders.stripe_world import KEY, StripeWorld

GUNICORN = 60
A_SHOPPERS_PATIENCE = 35


@contextmanager
def silent() -> Iterator[StripeProvider]:
    """Of something that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield StripeProvider(KEY, address=f"http://127.0.0.1:{door.getsockname()[1]}", secrets={}, seconds=(0.3, 0.3))


def refunds(world: StripeWorld) -> stripe.ListObject[stripe.Refund]:
    return open_client(KEY, world.url).v1.refunds.list({"limit": 1})


def test_a_crowd_is_waited_out(world: StripeWorld) -> None:
    waited: list[float] = []
    world.does("faults", api=[{"status": 429, "count": 3}])
    assert ask(Circuit(), lambda: refunds(world), lambda found: found["object"], sleep=waited.append) == "list"
    assert waited == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(("status", "waits", "code", "seconds"), [
    (429, [0.5, 1.0, 2.0], "rate_limit", 30.0), (409, [0.5, 0.5, 0.5, 1.0, 0.5, 2.0, 0.5], "key_in_use", 5.0)])
def test_a_crowd_that_stays_is_left(world: StripeWorld, status: int, waits: list[float], code: str, seconds: float) -> None:
    """A key in use is tried twice at a time. It was an answer: the circuit stays closed."""
    waited: list[float] = []
    circuit = Circuit()
    world.does("faults", api=[{"status": status, "count": 2 * (1 + len(waits))}])
    for _ in range(2):
        with pytest.raises(Later) as problem:
            ask(circuit, lambda: refunds(world), dict, sleep=waited.append)
        assert (problem.value.code, problem.value.seconds) == (code, seconds)
    assert waited == waits * 2 and len(world.sees("calls")["calls"]) == 2 * (1 + len(waits))
    circuit.enter()


@pytest.mark.parametrize("busy", [409, 429])
def test_after_a_silence_busy_is_unsure(world: StripeWorld, busy: int) -> None:
    """The first may have been carried out, or be under way still: nobody may say that it was not."""
    world.does("faults", api=[{"status": "drop", "phase": "after"}, {"status": busy, "count": 100}])
    waited: list[float] = []
    with pytest.raises(Unsure):
        ask(Circuit(), lambda: refunds(world), dict, sleep=waited.append)
    assert waited[:2] == [PAUSE, WAITS[0]] and WAITS[-1] in waited


def test_pages_wait_too(world: StripeWorld) -> None:
    waited: list[float] = []
    world.does("faults", api=[{"status": 429, "count": 2}])
    assert list(page_through(Circuit(), lambda: refunds(world), dict, sleep=waited.append)) == []
    assert waited == [0.5, 1.0]


def test_silence_ends_by_itself() -> None:
    """A server that takes the call and never answers: two tries of 0.3 seconds and the pause between them."""
    with silent() as online:
        began = time.monotonic()
        with pytest.raises(Unsure):
            online.read_refund("re_1")
        assert 2 * 0.3 + PAUSE <= time.monotonic() - began < 6, "a busy machine may take longer, silence may not"


def test_what_was_silent_for_long_is_not_waited_for_again() -> None:
    """The same silence, longer than PATIENCE: one try."""
    with silent() as online:
        tries: list[int] = []

        def call() -> None:
            tries.append(1)
            time.sleep(PATIENCE)
            online.read_refund("re_1")

        with pytest.raises(Unsure):
            ask(Circuit(), call, dict)
        assert len(tries) == 1


def test_the_worst_case_is_shorter_than_anybodys_patience() -> None:
    """Nothing is begun after PATIENCE and the longest pause; what was begun takes what SECONDS say."""
    assert SECONDS[1] > PATIENCE, "so a silent server is asked once: 13 seconds"
    assert PATIENCE + max(PAUSE, *WAITS) + sum(SECONDS) == 21 < A_SHOPPERS_PATIENCE < GUNICORN
