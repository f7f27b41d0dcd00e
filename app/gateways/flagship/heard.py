"""What a shop's webhook said. It is only a knock on the door: what is true is read from the shop."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Heard:
    """A delivery whose signature is right. `delivery` is unique per delivery of a shop (the inbox's key).

    `changed`: read what changed since the last reading. `removed_groups`: products that are gone with all their variants.
    """

    delivery: str
    topic: str
    changed: bool = False
    removed_groups: tuple[str, ...] = ()


class Hear(Protocol):
    """None when the signature is wrong or missing: such a delivery is refused and nothing of it is used.

    Header names are in lower case; `body` is exactly what was received.
    """

    def __call__(self, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str]) -> Heard | None: ...


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether `signature` is base64(HMAC-SHA256(body, secret)), compared in constant time. A blank secret signs nothing."""
    right = base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))
    return bool(secret) and hmac.compare_digest(right, signature.strip().encode("utf-8", "replace"))
