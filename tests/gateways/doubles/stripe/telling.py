"""Webhooks: signed, in order, tried again; and what can go wrong with them."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from .refusals import Json, Refusal

FAULTS = ("duplicate", "reorder", "drop", "bad_signature", "stale", "delay_ms")


def signature(body: str, secret: str, at: int) -> str:
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.{body}'.encode(), hashlib.sha256).hexdigest()}"


class Webhooks:
    """One thread delivers. `faults` count down with each event they spoil; `reorder: n` holds n back and sends the newest first."""

    def __init__(self, *, retries: int = 3, backoff: float = 0.2) -> None:
        self.retries, self.backoff = retries, backoff
        self.endpoints: list[Json] = []
        self._waiting: queue.Queue[tuple[Json, Json, bool, bool]] = queue.Queue()
        self.begin()
        threading.Thread(target=self._work, daemon=True).start()

    def begin(self) -> None:
        self.faults: dict[str, int] = {}
        self.deliveries: list[Json] = []
        self._held: list[tuple[Json, Json, bool, bool]] = []

    def add(self, url: str, secret: str, *, connect: bool = False, events: list[str] | None = None) -> None:
        """One endpoint an address: a second one replaces the first."""
        self.endpoints = [one for one in self.endpoints if one["url"] != url]
        self.endpoints.append({"url": url, "secret": secret, "connect": connect, "events": events or ["*"]})

    def set_faults(self, faults: dict[str, int]) -> None:
        if unknown := set(faults) - set(FAULTS):
            raise Refusal(f"unknown webhook faults {sorted(unknown)}")
        self.faults.update(faults)

    def tell(self, event: Json) -> None:
        for endpoint in self.endpoints:
            heard = "*" in endpoint["events"] or event["type"] in endpoint["events"]
            if not heard or endpoint["connect"] != ("account" in event) or self._due("drop"):
                continue
            copies = 2 if self._due("duplicate") else 1
            jobs = [(endpoint, event, self._due("bad_signature"), self._due("stale"))] * copies
            if not self._due("reorder"):
                for job in jobs:
                    self._waiting.put(job)
                continue
            self._held += jobs
            if not self.faults["reorder"]:
                self._let_out()

    def wait(self, seconds: float = 10.0) -> bool:
        """Until nothing is under way."""
        self._let_out()
        end = time.monotonic() + seconds
        while self._waiting.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.01)
        return not self._waiting.unfinished_tasks

    def _let_out(self) -> None:
        held, self._held = self._held, []
        for job in reversed(held):
            self._waiting.put(job)

    def _due(self, fault: str) -> bool:
        left = self.faults.get(fault, 0)
        self.faults[fault] = max(left - 1, 0)
        return left > 0

    def _work(self) -> None:
        while True:
            job = self._waiting.get()
            try:
                self._deliver(*job)
            finally:
                self._waiting.task_done()

    def _deliver(self, endpoint: Json, event: Json, bad_signature: bool, stale: bool) -> None:
        body = json.dumps(event)
        for attempt in range(1, self.retries + 2):
            time.sleep(self.faults.get("delay_ms", 0) / 1000 + (self.backoff * 2 ** (attempt - 2) if attempt > 1 else 0))
            signed = signature(body, "whsec_another" if bad_signature else endpoint["secret"], int(time.time()) - 3600 * stale)
            status = _post(endpoint["url"], body, signed)
            self.deliveries.append({"event": event["id"], "type": event["type"], "url": endpoint["url"], "attempt": attempt, "status": status})
            if isinstance(status, int) and 200 <= status < 300:
                return


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


def _post(url: str, body: str, signed: str) -> int | str:
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect).open(
                urllib.request.Request(url, body.encode(), headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        return type(error).__name__
