"""The carrier of text messages: one POST with phone and text to the address the operator named (SMS_URL)."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from app.domain.customers.ports import NotSent
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

    def send(self, *, phone: str, text: str) -> None:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        try:
            self.deliver(self.url, body=orjson.dumps({"phone": phone, "text": text}).decode(), headers=headers)
        except NotDelivered as error:
            raise NotSent(error.reason) from None
