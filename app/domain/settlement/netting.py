"""Which earnings a clawback was netted from, oldest first (R14). Pure: told from the entries of one available balance.

Nothing of this is stored: the ledger carries one balance, and this says how it came about.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

CLAWBACKS = ("reversed", "chargeback")
"""Kinds of posting that take back what was earned; other debits are payouts and withdrawals."""


@dataclass(frozen=True, slots=True)
class Netted:
    """`amount_minor` of the clawback `debt` was covered by `credit`: an earning or a write-off. Both are entries."""

    debt: UUID
    credit: UUID
    amount_minor: int


@dataclass(slots=True)
class _Open:
    entry: UUID
    kind: str
    left: int


def netted(entries: Iterable[tuple[UUID, str, int]]) -> tuple[list[Netted], dict[UUID, int]]:
    """(entry, kind, signed minor units) as they were posted → (what covered what, what is still owed by clawback).

    A clawback takes from the oldest money that is there. What it does not find is owed, and each later earning covers the
    oldest debt first. A payout takes the oldest money too, but it is no debt.
    """
    there: deque[_Open] = deque()
    owed: deque[_Open] = deque()
    pairs: list[Netted] = []
    for entry, kind, amount in entries:
        this = _Open(entry, kind, abs(amount))
        waiting = owed if amount > 0 else there
        while this.left and waiting:
            other = waiting[0]
            part = min(this.left, other.left)
            debt, credit = (other, this) if amount > 0 else (this, other)
            if debt.kind in CLAWBACKS:
                pairs.append(Netted(debt.entry, credit.entry, part))
            this.left, other.left = this.left - part, other.left - part
            if not other.left:
                waiting.popleft()
        if this.left:
            (there if amount > 0 else owed).append(this)
    return pairs, {one.entry: one.left for one in owed if one.kind in CLAWBACKS}
