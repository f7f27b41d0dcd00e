"""A payout provider in memory: the same port as the real ones, answering as the test says."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.settlement.ports import Handover, PayoutAnswer, PayoutOrder


@dataclass(frozen=True)
class Answering:
    """Answers the first order with the first state, the second with the second, and so on round and round."""

    states: Sequence[str] = ("paid",)
    name: str = "memory"

    def take(self, orders: Iterable[PayoutOrder], *, brand_id: int, run_id: UUID) -> Handover:
        return Handover([PayoutAnswer(order.id, state, order.key, "账户已注销" if state == "failed" else "")
                         for order, state in zip(orders, itertools.cycle(self.states), strict=False)])

    def deliver(self, order: PayoutOrder) -> PayoutAnswer:
        return PayoutAnswer(order.id, "paid", order.key)
