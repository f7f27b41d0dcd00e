"""The sandbox provider: its cashier is a page of our own, its events are what the shopper presses there; no money moves."""

from __future__ import annotations

from uuid import UUID

NAME = "sandbox"


def event_id(payment_id: UUID, outcome: str) -> str:
    """The id a repeated press has in common, so that it counts once (R18)."""
    return f"{payment_id}:{outcome}"
