"""The sandbox provider: its cashier is a page of our own, its events are what the shopper presses there."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

NAME = "sandbox"


@dataclass(frozen=True, slots=True)
class SandboxPayments:
    """Plays a payment provider; no money moves. The order's secret in the address is what lets one pay."""

    public_url: str
    name: str = NAME

    def pay_url(self, *, brand_slug: str, payment_id: UUID, order_secret: str) -> str:
        return f"{self.public_url}/b/{brand_slug}/pay/{payment_id}?token={order_secret}"


def event_id(payment_id: UUID, outcome: str) -> str:
    """The id a repeated press has in common, so that it counts once (R18)."""
    return f"{payment_id}:{outcome}"
