"""Every payment begins at one address of ours; whose cashier opens there depends on the provider."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CashierPayments:
    """`name` is the provider's: the sandbox, whose cashier is a page of our own, or one whose hosted page the shopper is sent on to.

    The order's secret in the address is what lets one pay.
    """

    public_url: str
    name: str

    def pay_url(self, *, brand_slug: str, payment_id: UUID, order_secret: str) -> str:
        return f"{self.public_url}/b/{brand_slug}/pay/{payment_id}?token={order_secret}"
