"""How much a refund takes back of transfers that were sent (pure, R18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.kernel.money import half_up


@dataclass(frozen=True, slots=True)
class Sent:
    """A transfer in both currencies, and what of it is taken back already or about to be."""

    amount_minor: int
    settled_minor: int
    back_minor: int
    back_settled_minor: int


def taken_back(due_minor: int, sent: Sequence[Sent]) -> list[tuple[int, int]]:
    """(order's currency, settled) to take of each, in their order, until `due_minor` is reached or nothing is left.

    Settled follows the sum taken so far, so that parts never take more than was sent and the last takes the rest. 4.12 of
    12.35 that were sent as 2.22 is 0.74.
    """
    takes: list[tuple[int, int]] = []
    for one in sent:
        amount = min(due_minor, one.amount_minor - one.back_minor)
        so_far = half_up(one.settled_minor * (one.back_minor + amount), one.amount_minor)
        takes.append((amount, min(max(so_far - one.back_settled_minor, 0), one.settled_minor - one.back_settled_minor)))
        due_minor -= amount
    return takes
