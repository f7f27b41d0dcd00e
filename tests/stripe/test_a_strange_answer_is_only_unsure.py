"""Something else than Stripe answers — a proxy, half an answer, noise: nobody knows what happened, and nothing crashes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.provider.ports import Declined, Misused, ProviderProblem, Unsure
from app.gateways.stripe.provider import StripeProvider
from tests.builders.stripe_changes import MARKS, asked_account, asked_session
from tests.builders.stripe_world import KEY

NOW = datetime(2026, 11, 26, tzinfo=UTC)
CALLS: list[Callable[[StripeProvider], Any]] = [
    lambda online: online.open_checkout(asked_session(), key="a"), lambda online: online.read_checkout("cs_1"), lambda online: online.expire_checkout("cs_1"),
    lambda online: online.read_charge("ch_1"), lambda online: online.read_charge("pi_1"),
    lambda online: online.refund(intent_ref="pi_1", amount_minor=1, marks=MARKS, key="a"), lambda online: list(online.refunds_of("pi_1")),
    lambda online: online.open_account(asked_account(), key="a"), lambda online: online.read_account("acct_1"),
    lambda online: online.onboarding_url("acct_1", return_url="http://a", refresh_url="http://a"),
    lambda online: online.transfer(amount_minor=1, currency="SGD", account_ref="acct_1", charge_ref="", group="g", marks=MARKS, key="a"),
    lambda online: list(online.transfers_of("g")), lambda online: online.reverse("tr_1", amount_minor=1, marks=MARKS, key="a"),
    lambda online: online.read_dispute("du_1"), lambda online: online.answer_dispute("du_1", evidence={}, key="a"),
    lambda online: list(online.events_since(NOW)), lambda online: list(online.balance_lines(since=NOW, until=NOW))]


def http(status: str, body: str, kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body.encode())}\r\nConnection: close\r\n\r\n{body}".encode()


@contextmanager
def answering(raw: bytes) -> Iterator[StripeProvider]:
    """Whatever is asked, these bytes come back."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as door:
        def serve() -> None:
            while True:
                try:
                    caller, _ = door.accept()
                except OSError:
                    return
                with caller:
                    caller.settimeout(1)
                    try:
                        caller.recv(65536)
                        caller.sendall(raw)
                    except OSError:
                        pass

        threading.Thread(target=serve, daemon=True).start()
        yield StripeProvider(KEY, address=f"http://127.0.0.1:{door.getsockname()[1]}", secrets={}, seconds=(0.5, 0.5))
        door.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("body", ["null", "[]", "5", '"x"', "{}", '{"object": "list", "data": [{}], "has_more": false}', '{"object": "list", "data": 5}',
                                  '{"id": 5, "object": [], "metadata": 7, "latest_charge": 3, "amount": "x"}', "<html>ok</html>", "{", "\ufeff{}"])
def test_two_hundred_and_nonsense(body: str) -> None:
    with answering(http("200 OK", body)) as online:
        for call in CALLS:
            try:
                call(online)
            except ProviderProblem as problem:
                assert type(problem) is Unsure or problem.code == "circuit_open"


@pytest.mark.parametrize(("raw", "told"), [
    (http("502 Bad Gateway", "<html>nginx</html>", "text/html"), Unsure), (http("403 Forbidden", "<html>who are you</html>", "text/html"), Unsure),
    (http("400 Bad Request", "[]"), Unsure), (http("400 Bad Request", '{"error": "words"}'), Unsure), (http("400 Bad Request", '{"error": {}}'), Declined),
    (http("401 Unauthorized", '{"error": {"message": "Invalid API Key"}}'), Misused), (http("403 Forbidden", '{"error": {"type": "x"}}'), Misused),
    (http("402 Payment Required", '{"error": {"code": "card_declined"}}'), Declined), (http("418 Teapot", '{"error": {"code": "tea"}}'), Unsure),
    (http("302 Found\r\nLocation: http://127.0.0.1:9/", ""), Unsure), (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", Unsure), (b"\0\xff" * 200, Unsure),
    (b"", Unsure)])
def test_what_a_call_is_told(raw: bytes, told: type[ProviderProblem]) -> None:
    with answering(raw) as online, pytest.raises(ProviderProblem) as problem:
        online.refund(intent_ref="pi_1", amount_minor=1, marks=MARKS, key="refund:1:1")
    assert type(problem.value) is told


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(Unsure):
        StripeProvider(KEY, address=f"http://127.0.0.1:{port}", secrets={}).read_refund("re_1")
