"""The sandbox provider: its cashier is a page of our own, its events are what the shopper presses there; no money moves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

NAME = "sandbox"


def event_id(payment_id: UUID, outcome: str) -> str:
    """The id a repeated press has in common, so that it counts once (R18)."""
    return f"{payment_id}:{outcome}"


def told(outcome: str, payer: str = "") -> dict[str, Any]:
    """What an event of it says: how it went and, if the shopper said so, the account it was paid from."""
    return {"outcome": outcome, **({"payer_ref": payer[:64]} if payer else {})}
