"""How a delivery leaves the house."""

from __future__ import annotations

from typing import Protocol


class NotDelivered(Exception):
    """The endpoint did not take it; `status` is its HTTP answer, None when there was none."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason, status)
        self.reason = reason
        self.status = status


class Deliver(Protocol):
    """POSTs one body; answers the 2xx status or raises NotDelivered."""

    def __call__(self, url: str, *, body: str, headers: dict[str, str]) -> int: ...
