"""Each payout its own way: by transfer to whoever has an account at the provider, by file to the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.domain.settlement.ports import Handover, PayoutAnswer, PayoutOrder, PayoutProvider
from app.domain.settlement.rules import BY_TRANSFER


@dataclass(frozen=True, slots=True)
class PayoutsByMethod:
    """Payouts by transfer are only taken note of ('sent'): flows/send_transfers.py sends them. `rest` gets the others, if there are any."""

    rest: PayoutProvider

    @property
    def name(self) -> str:
        return self.rest.name

    def take(self, orders: Iterable[PayoutOrder], *, brand_id: int, run_id: UUID) -> Handover:
        known = list(orders)
        noted = [PayoutAnswer(order.id, "sent") for order in known if order.method == BY_TRANSFER]
        others = [order for order in known if order.method != BY_TRANSFER]
        if not noted:
            return self.rest.take(others, brand_id=brand_id, run_id=run_id)
        if not others:
            return Handover(noted, provider=BY_TRANSFER)
        handed = self.rest.take(others, brand_id=brand_id, run_id=run_id)
        return Handover([*noted, *handed.answers], handed.file_key, f"{BY_TRANSFER}, {self.rest.name}")

    def deliver(self, order: PayoutOrder) -> PayoutAnswer:
        return self.rest.deliver(order)
