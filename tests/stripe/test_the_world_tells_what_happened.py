"""What the tests of webhooks stand on: the world signs what it tells, tells it again until it is heard, and goes wrong exactly as it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.gateways.stripe.provider import StripeProvider
from tests.builders.stripe_changes import asked_account, asked_session
from tests.builders.stripe_world import CONNECT_SECRET, PLATFORM_SECRET, StripeWorld, contract_world, double_world
from tests.stripe.conftest import REFEREES, WORLDS

PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


@dataclass
class Inbox:
    """Two doors, /platform and /connect. `refuse` answers so many with 500."""

    url: str = ""
    heard: list[str] = field(default_factory=list)
    unheard: int = 0
    refuse: int = 0


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    found = Inbox()
    listener = StripeProvider("sk_test_x", secrets={"platform": PLATFORM_SECRET, "connect": CONNECT_SECRET})

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            event = listener.hear(source=self.path.strip("/"), body=body, signature=self.headers["Stripe-Signature"])
            status = 400 if event is None else 500 if found.refuse else 200
            found.refuse = max(found.refuse - 1, 0)
            if event is None:
                found.unheard += 1
            elif status == 200:
                found.heard.append(event.type)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(params=WORLDS)
def telling(request: pytest.FixtureRequest, inbox: Inbox) -> Iterator[StripeWorld]:
    """A world of its own: endpoints stay until it ends."""
    options = {"webhook_url": f"{inbox.url}/platform", "connect_webhook_url": f"{inbox.url}/connect", "webhook_backoff": "0.02", "webhook_retries": "2"}
    with double_world(**options) if request.param == "double" else contract_world(REFEREES, **options) as world:
        yield world


def pays(world: StripeWorld, number: str = "Y1") -> None:
    session = world.provider().open_checkout(asked_session(number), key=f"pay:{number}:1")
    world.does(f"complete_session/{session.ref}", method="alipay")
    world.does("wait")


@pytest.mark.parametrize(("fault", "heard", "unheard"), [
    ({}, PAID, 0), ({"duplicate": 2}, [PAID[0], PAID[0], PAID[1], PAID[1], *PAID[2:]], 0), ({"reorder": 4}, PAID[::-1], 0),
    ({"reorder": 3}, [*PAID[2::-1], PAID[3]], 0), ({"drop": 1}, PAID[1:], 0), ({"bad_signature": 1}, PAID[1:], 3), ({"stale": 2}, PAID[2:], 6),
    ({"delay_ms": 10}, PAID, 0)], ids=str)
def test_as_it_is_told_to(telling: StripeWorld, inbox: Inbox, fault: dict[str, int], heard: list[str], unheard: int) -> None:
    """What is badly signed or old is sent three times and heard never."""
    telling.does("faults", webhooks=fault)
    pays(telling)
    assert (inbox.heard, inbox.unheard) == (heard, unheard)


def test_until_it_is_heard(telling: StripeWorld, inbox: Inbox) -> None:
    inbox.refuse = 2
    pays(telling)
    assert inbox.heard == PAID
    assert [(one["type"], one["attempt"], one["status"]) for one in telling.sees("deliveries")["deliveries"]][:4] == [
        (PAID[0], 1, 500), (PAID[0], 2, 500), (PAID[0], 3, 200), (PAID[1], 1, 200)]


def test_each_side_to_its_own_door(telling: StripeWorld, inbox: Inbox) -> None:
    account = telling.provider().open_account(asked_account(), key="acct:1:v1")
    telling.does(f"accounts/{account.ref}/complete")
    telling.does("wait")
    assert inbox.heard == ["capability.updated", "account.updated"]
    assert {one["url"] for one in telling.sees("deliveries")["deliveries"]} == {f"{inbox.url}/connect"}


def test_once_more_when_asked(telling: StripeWorld, inbox: Inbox) -> None:
    pays(telling)
    last = telling.sees("deliveries")["deliveries"][-1]["event"]
    telling.does(f"resend/{last}")
    telling.does("wait")
    assert inbox.heard == [*PAID, PAID[-1]]


def test_a_door_may_be_named_later(inbox: Inbox) -> None:
    with double_world() as world:
        pays(world)
        assert inbox.heard == []
        world.tells(f"{inbox.url}/platform")
        world.tells(f"{inbox.url}/connect", connect=True)
        world.tells(f"{inbox.url}/platform")
        world.does("reset")
        pays(world)
        assert inbox.heard == PAID
