"""One call of the library: its errors become the house's four, and a circuit stands before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import stripe

from app.domain.provider.ports import Declined, Later, Misused, Unsure

from .circuit import Circuit

SECONDS = (3, 15)
"""To connect, to answer."""
RETRIES = 2
"""By the library itself, with the same key: no answer, 409 and 5xx."""
WAITS = (0.5, 1.0, 2.0)
"""Ours, for 429, which the library does not repeat."""
Call = Callable[[], Any]


def open_client(key: str, address: str) -> stripe.StripeClient:
    more: dict[str, Any] = {"base_addresses": {"api": address}} if address else {}
    return stripe.StripeClient(key, max_network_retries=RETRIES, http_client=stripe.RequestsClient(timeout=SECONDS), **more)


def ask(circuit: Circuit, call: Call, *, sleep: Callable[[float], None] = time.sleep) -> dict[str, Any]:
    """The answer as plain JSON. Raises Unsure, Later, Declined or Misused."""
    circuit.enter()
    for wait in (*WAITS, None):
        try:
            answer = _told(circuit, call)
        except Later:
            if wait is None:
                raise
            sleep(wait)
        else:
            return dict(answer.to_dict())
    raise AssertionError("unreachable")


def page_through(circuit: Circuit, first: Callable[[], Any]) -> Iterator[dict[str, Any]]:
    """Every row of a list, over its pages."""
    circuit.enter()
    page = _told(circuit, first)
    while True:
        for row in page.data:
            yield dict(row.to_dict())
        if not page.has_more:
            return
        page = _told(circuit, page.next_page)


def _told(circuit: Circuit, call: Call) -> Any:
    try:
        answer = call()
    except (stripe.APIConnectionError, stripe.APIError) as error:
        circuit.failed()
        raise Unsure(error.code or "no_answer", str(error)) from error
    except stripe.StripeError as error:
        circuit.answered()
        raise _refused(error) from error
    circuit.answered()
    return answer


def _refused(error: stripe.StripeError) -> Later | Declined | Misused | Unsure:
    code, message = error.code or "", str(error)
    if isinstance(error, stripe.RateLimitError):
        return Later(code or "rate_limit", message)
    if isinstance(error, stripe.IdempotencyError):
        return Later("key_in_use", message, 5.0) if error.http_status == 409 else Misused(code or "idempotency_error", message)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return Misused(code or "not_permitted", message)
    if isinstance(error, stripe.CardError | stripe.InvalidRequestError):
        return Declined(code or "invalid_request", message)
    return Unsure(code or "unknown", message)
