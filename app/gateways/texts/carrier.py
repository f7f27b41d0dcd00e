"""The carrier of text messages: one POST with phone and text to the address the operator named (SMS_URL)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from app.domain.customers.ports import Fate, NotSent
from app.domain.webhooks.ports import Deliver, NotDelivered


@dataclass(frozen=True, slots=True)
class HttpTexts:
    """Without an address nothing can be sent, and nobody is offered a code."""

    deliver: Deliver
    url: str
    token: str

    @property
    def ready(self) -> bool:
        return bool(self.url)

    def send(self, *, phone: str, text: str, template: str, parts: Mapping[str, str], key: str) -> None:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        try:
            self.deliver(self.url, body=orjson.dumps({"phone": phone, "text": text}).decode(), headers=headers)
        except NotDelivered as error:
            raise NotSent(f"http_{error.status}" if error.status else error.reason, _fate(error)) from None


def _fate(error: NotDelivered) -> Fate:
    """429 and 503 say that it was not taken; other 5xx, and no answer, do not say."""
    if error.status is None:
        return "later" if error.reason in ("host_unknown", "ConnectError") else "never" if error.reason == "address_refused" else "unsure"
    if error.status in (429, 503):
        return "later"
    return "unsure" if error.status >= 500 else "never"
