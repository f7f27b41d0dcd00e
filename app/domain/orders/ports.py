"""What the house asks of a payment provider."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID


class PaymentProvider(Protocol):
    """`name` is kept with every payment; events of another provider do not apply to it."""

    @property
    def name(self) -> str: ...

    def pay_url(self, *, brand_slug: str, payment_id: UUID, order_secret: str) -> str:
        """Where the shopper goes to pay. `order_secret` lets her back to her own order page."""
        ...
