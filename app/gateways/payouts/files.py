"""The offline provider: a file for all, one for payroll and one for the bank; what is in them counts as paid at once.

Whether it arrived is told afterwards, payout by payout or by the bank's own result file (flows/reconcile_payouts.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.domain.settlement.payout_files import HEADERS, file_key, payout_csv
from app.domain.settlement.ports import Handover, PayoutAnswer, PayoutOrder
from app.kernel.files import Files

NAME = "files"


@dataclass(frozen=True, slots=True)
class FilePayouts:
    """Taking the same run twice writes the same files again: nobody is in them twice."""

    files: Files
    name: str = NAME

    def take(self, orders: Iterable[PayoutOrder], *, brand_id: int, run_id: UUID) -> Handover:
        known = list(orders)
        for part in HEADERS:
            self.files.put(file_key(brand_id, run_id, part), payout_csv(known, part=part))
        return Handover([PayoutAnswer(order.id, "paid", order.key) for order in known], file_key(brand_id, run_id))

    def deliver(self, order: PayoutOrder) -> PayoutAnswer:
        """Nothing is ever under way: the file was all."""
        return PayoutAnswer(order.id, "paid", order.key)
