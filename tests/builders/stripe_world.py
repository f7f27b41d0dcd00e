"""The other side of the wire: a server that speaks Stripe's protocol, our own double or, where it is present, the contract server.

Both are driven by the same calls (`POST /_test/…`): shoppers pay, payees onboard, banks dispute, faults come and go, time passes.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.config import ROOT
from app.gateways.stripe.calling import SECONDS
from app.gateways.stripe.provider import StripeProvider

KEY, PLATFORM_SECRET, CONNECT_SECRET = "sk_test_yundian", "whsec_platform", "whsec_connect"
RATE = 0.18
"""One yuan in Singapore dollars, as the world settles."""


@dataclass(frozen=True, slots=True)
class StripeWorld:
    url: str

    def does(self, path: str, **body: Any) -> Any:
        """A `/_test/` call: `complete_session/cs_…`, `accounts/acct_…/complete`, `disputes`, `faults`, `clock`, `reset` …"""
        request = urllib.request.Request(f"{self.url}/_test/{path}", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def sees(self, what: str) -> Any:
        """`state`, `calls`, `violations`, `deliveries`."""
        with urllib.request.urlopen(f"{self.url}/_test/{what}", timeout=10) as answer:
            return json.load(answer)

    def tells(self, url: str, *, connect: bool = False) -> None:
        """From now on webhooks are sent there, signed with PLATFORM_SECRET or, for connected accounts, CONNECT_SECRET. Survives `reset`."""
        self.does("endpoints", url=url, secret=CONNECT_SECRET if connect else PLATFORM_SECRET, connect=connect)

    def wrongs(self) -> list[dict[str, Any]]:
        """What no caller should have done since the last reset: requests that Stripe refuses unread, and money calls without a key of ours.

        A browser asks for an icon by itself.
        """
        wrong = [one for one in self.sees("violations")["violations"] if one["level"] == "error" or one["kind"] == "idempotency"]
        return [one for one in wrong if one.get("path") != "/favicon.ico"]

    def provider(self, seconds: tuple[float, float] = SECONDS) -> StripeProvider:
        return StripeProvider(KEY, address=self.url, secrets={"platform": PLATFORM_SECRET, "connect": CONNECT_SECRET}, seconds=seconds)


@contextmanager
def contract_world(referees: str, **options: str) -> Iterator[StripeWorld]:
    """The contract server; `options` are its own, such as webhook_url."""
    folder = Path(referees).resolve() / "stripe"
    command = [str(folder / "stripe_contract.py"), "--spec", str(folder / "spec3.core.json"), "--log", os.devnull]
    with _server(command, options) as url:
        yield StripeWorld(url)


@contextmanager
def double_world(**options: str) -> Iterator[StripeWorld]:
    """Our own double (tests/gateways/doubles/stripe), with the same options."""
    with _server(["-m", "tests.gateways.doubles.stripe"], options) as url:
        yield StripeWorld(url)


@contextmanager
def _server(command: list[str], options: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"fx": f"cny:{RATE}:sgd", "settle_seconds": "0", "webhook_secret": PLATFORM_SECRET, "connect_webhook_secret": CONNECT_SECRET, **options}
    arguments = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", value)]
    process = subprocess.Popen([sys.executable, *command, "--port", str(port), *arguments], cwd=ROOT,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_test/state", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("the server did not come up")
