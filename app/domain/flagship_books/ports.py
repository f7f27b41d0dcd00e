"""What the books ask of the outside: a flagship's doors, opened with a source's settings and secrets."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Protocol

from app.domain.catalog.ports import Alone, Secrets
from app.domain.fulfilment.ports import FlagshipOrders, FlagshipShop


class FlagshipDoors(Protocol):
    """Both open without calling anybody, and raise Refused where the kind has no such door or the settings do not reach."""

    def takes(self, kind: str) -> frozenset[str]:
        """Which doors a kind has: orders, stock."""
        ...

    def open_orders(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> FlagshipOrders: ...

    def open_shop(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> FlagshipShop: ...
