"""A message that came back (RFC 3464, multipart/report; report-type=delivery-status): whose it was and why. Anybody may have written it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from uuid import UUID

from .smtp import NO_SUCH_BOX

OURS = re.compile(r"<(\d{1,9})\.([0-9a-f]{32})@")
"""The Message-ID a notice leaves with: brand and notice."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """`gone`: the address takes no mail; other failures (a full box, a policy) may pass."""

    brand_id: int
    notice_id: UUID
    address: str
    status: str

    @property
    def gone(self) -> bool:
        return self.status in NO_SUCH_BOX


def read_bounce(raw: bytes) -> Bounce | None:
    """None for what is no report of a failure of ours: a delay, a reply, an out-of-office."""
    message = message_from_bytes(raw)
    if message.get_content_type() != "multipart/report":
        return None
    parts = list(message.walk())
    failed = next((one for one in _groups(parts) if str(one.get("Action", "")).strip().lower() == "failed"), None)
    ours = next((found for part in parts for found in [OURS.search(_original_id(part))] if found), None)
    if failed is None or ours is None:
        return None
    address = str(failed.get("Original-Recipient") or failed.get("Final-Recipient") or "").partition(";")[2].strip()
    return Bounce(int(ours[1]), UUID(ours[2]), address[:200], str(failed.get("Status", "")).split("(")[0].strip()[:12])


def _groups(parts: list[Message]) -> Iterator[Message]:
    """The fields about each recipient."""
    for part in parts:
        payload = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(payload, list):
            yield from (one for one in payload if isinstance(one, Message))


def _original_id(part: Message) -> str:
    """The Message-ID of the message that came back, whole or as its headers alone."""
    if part.get_content_type() == "text/rfc822-headers":
        headers = part.get_payload(decode=True)
        return str(message_from_bytes(headers).get("Message-ID", "")) if isinstance(headers, bytes) else ""
    payload = part.get_payload()
    inner = payload[0] if part.get_content_type() == "message/rfc822" and isinstance(payload, list) and payload else None
    return str(inner.get("Message-ID", "")) if isinstance(inner, Message) else ""
