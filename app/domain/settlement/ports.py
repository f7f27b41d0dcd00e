"""What the house asks of whoever moves the money out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PayoutOrder:
    """One payout as a provider sees it; amounts in minor units, net = gross − tax. Holds account numbers in the clear."""

    id: UUID
    run_id: UUID
    run_number: int
    method: str
    payee: str
    employee_no: str
    holder: str
    bank: str
    account: str
    gross_minor: int
    tax_minor: int
    currency: str

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.tax_minor

    @property
    def key(self) -> str:
        """The same however often it is sent: the provider pays one key once (R18)."""
        return f"payout:{self.id}"


@dataclass(frozen=True, slots=True)
class PayoutAnswer:
    """`state` is paid, sent (under way, the answer comes later) or failed, with the reason."""

    id: UUID
    state: str
    provider_ref: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """`answers` has one for each order handed over; `file_key` is where the run's file lies, '' if there is none. `provider`: who took it,
    where that is not the provider's own name."""

    answers: Iterable[PayoutAnswer]
    file_key: str = ""
    provider: str = ""


class PayoutProvider(Protocol):
    """`name` is kept with the run.

    `take` is called while the run is being booked, so nothing in it may wait for a network: it writes a file, or answers
    'sent' and lets the job deliver. What it takes twice it must take as once.
    `deliver` is called by that job, outside of any transaction, for every payout still 'sent' without a reference.
    """

    @property
    def name(self) -> str: ...

    def take(self, orders: Iterable[PayoutOrder], *, brand_id: int, run_id: UUID) -> Handover: ...
    def deliver(self, order: PayoutOrder) -> PayoutAnswer: ...
