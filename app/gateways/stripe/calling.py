"""One call of the library: its errors become the house's four, and a circuit stands before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import stripe

from app.domain.provider.ports import REPLAYED, Declined, Later, Misused, Unsure

from .circuit import Circuit

SECONDS = (3.0, 10.0)
"""To connect, to answer."""
RETRIES = 1
"""With the same key, after PAUSE: no answer, a key in use, 5xx. Ours and not the library's, which would wait for a silent server twice as long."""
PAUSE = 0.5
WAITS = (0.5, 1.0, 2.0)
"""For what stays busy: too many requests, a key in use."""
PATIENCE = 6.0
"""Seconds after which nothing is repeated any more: a call takes 21 at most, 13 where the server is silent. Her browser and gunicorn wait longer."""
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, OverflowError)
"""What becomes of an answer that is not Stripe's, in the library's hands or in ours."""
CROWD = "rate_limit"
Call = Callable[[], Any]
Facts = TypeVar("Facts")
Read = Callable[[Mapping[str, Any]], Facts]


def open_client(key: str, address: str, seconds: tuple[float, float] = SECONDS) -> stripe.StripeClient:
    more: dict[str, Any] = {"base_addresses": {"api": address}} if address else {}
    return stripe.StripeClient(key, max_network_retries=0, http_client=stripe.RequestsClient(timeout=seconds), **more)


def ask(circuit: Circuit, call: Call, read: Read[Facts], *, sleep: Callable[[float], None] = time.sleep) -> Facts:
    """What the answer says. Raises Unsure, Later, Declined or Misused."""
    circuit.enter()
    return _read(read, _patiently(circuit, call, sleep))


def page_through(circuit: Circuit, first: Call, read: Read[Facts], *, sleep: Callable[[float], None] = time.sleep) -> Iterator[Facts]:
    """Every row of a list, over its pages."""
    circuit.enter()
    ask_next: Call | None = first
    while ask_next is not None:
        rows, ask_next = _page(_patiently(circuit, ask_next, sleep))
        for row in rows:
            yield _read(read, row)


def _page(answer: Any) -> tuple[list[Any], Call | None]:
    """Its rows, and how the next one is asked for, None behind the last."""
    try:
        return list(answer.data), answer.next_page if answer.has_more else None
    except UNREADABLE as error:
        raise Unsure("unreadable", repr(error)) from error


def _patiently(circuit: Circuit, call: Call, sleep: Callable[[float], None]) -> Any:
    """The answer, asked for again while that may help; the circuit is told how it ended."""
    ends = time.monotonic() + PATIENCE
    try:
        answer = _asked(call, sleep, ends)
    except Unsure as silence:
        (circuit.answered if silence.code == REPLAYED else circuit.failed)()
        raise
    except (Later, Declined, Misused):
        circuit.answered()
        raise
    except BaseException:
        circuit.failed()
        raise
    circuit.answered()
    return answer


def _asked(call: Call, sleep: Callable[[float], None], ends: float) -> Any:
    """After a silence the word that it is busy is no comfort: the silent one may have done it."""
    doubt, left, waits = None, RETRIES, list(WAITS)
    while True:
        try:
            return _told(call)
        except (Unsure, Later) as problem:
            doubt = problem if isinstance(problem, Unsure) else doubt
            if left and problem.code not in (REPLAYED, CROWD) and time.monotonic() < ends:
                left, pause = left - 1, PAUSE
            elif waits and isinstance(problem, Later) and time.monotonic() < ends:
                left, pause = RETRIES, waits.pop(0)
            elif doubt in (None, problem):
                raise
            else:
                raise doubt from problem
        sleep(pause)


def _read(read: Read[Facts], answer: Any) -> Facts:
    """An answer that cannot be read says nothing: what was asked for may have been done."""
    try:
        return read(answer.to_dict())
    except UNREADABLE as error:
        raise Unsure("unreadable", repr(error)) from error


def _told(call: Call) -> Any:
    try:
        return call()
    except UnicodeEncodeError as error:
        raise Misused("unsendable", str(error)) from error
    except stripe.StripeError as error:
        raise _problem(error) from error
    except UNREADABLE as error:
        raise Unsure("unreadable", repr(error)) from error


def _problem(error: stripe.StripeError) -> Unsure | Later | Declined | Misused:
    code, message, status = error.code or "", str(error), error.http_status or 0
    if isinstance(error, stripe.RateLimitError):
        return Later(CROWD, message)
    if status == 409:
        return Later(code or "key_in_use", message, 5.0)
    if isinstance(error, stripe.IdempotencyError):
        return Misused(code or "idempotency_error", message)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError) or code.startswith("parameter_"):
        return Misused(code or "not_permitted", message)
    if 400 <= status < 500 and not isinstance(error, stripe.APIError):
        return Declined(code or "invalid_request", message)
    return Unsure(REPLAYED if (error.headers or {}).get("Idempotent-Replayed") == "true" else code or "no_answer", message)
