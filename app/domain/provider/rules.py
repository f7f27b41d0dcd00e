"""What a payout becomes in the currency its charges settled in: which charge pays how much, and what it is worth there. Pure.

Amounts are minor units: of the order's currency, or `settled` ones of the currency the provider settles in. A charge of 388.80 that
settled as 69.98 is worth floor(n × 69.98 ÷ 388.80) to whom n of it is owed; what the floors leave over is the brand's (R2).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

Party = TypeVar("Party", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Room:
    """What a charge has for one payee. `owed_minor` is all she has of it, `given_*` what she got, `left_*` what nobody got yet.

    `others` are the shares of everybody else; only for the brand, who takes what their floors leave over once it has all of its own.
    """

    payment_id: UUID
    amount_minor: int
    settled_minor: int
    owed_minor: int
    given_minor: int = 0
    given_settled_minor: int = 0
    left_minor: int = 0
    left_settled_minor: int = 0
    others: tuple[int, ...] | None = None

    @property
    def open_minor(self) -> int:
        """What may still be given to her; what was taken back since may make it nothing."""
        return max(0, min(self.owed_minor - self.given_minor, self.left_minor))


@dataclass(frozen=True, slots=True)
class Part:
    """Of a payout, from one charge."""

    payment_id: UUID
    amount_minor: int
    settled_minor: int


def worth(minor: int, *, amount_minor: int, settled_minor: int) -> int:
    """Floor(minor × settled ÷ amount): so much of what a charge settled as, never too much."""
    return minor * settled_minor // amount_minor


def conversions(shares: Mapping[Party, int], *, amount_minor: int, settled_minor: int, brand: Party) -> dict[Party, int]:
    """Every share of a charge in the other currency; together exactly what the sum of the shares is worth, the brand takes the remainder."""
    named = {party: worth(minor, amount_minor=amount_minor, settled_minor=settled_minor) for party, minor in shares.items() if party != brand}
    whole = worth(sum(shares.values()), amount_minor=amount_minor, settled_minor=settled_minor)
    return {**named, brand: whole - sum(named.values())}


def worth_so_far(room: Room, minor: int) -> int:
    """What she has to have got in all, once she was given `minor` of the charge."""
    if room.others is None or minor < room.owed_minor:
        return worth(minor, amount_minor=room.amount_minor, settled_minor=room.settled_minor)
    shares = {**dict(enumerate(room.others)), -1: room.owed_minor}
    return conversions(shares, amount_minor=room.amount_minor, settled_minor=room.settled_minor, brand=-1)[-1]


def spread(net_minor: int, rooms: Iterable[Room]) -> tuple[list[Part], int]:
    """A payout over the charges that are owed to her, in the order given (oldest first), and what none of them covers.

    A charge that would give less than one minor unit of its currency is passed by.
    """
    parts: list[Part] = []
    for room in rooms:
        part = _part(room, min(net_minor, room.open_minor))
        if part:
            parts.append(part)
            net_minor -= part.amount_minor
    return parts, net_minor


def uncovered(minor: int, *, amount_minor: int, settled_minor: int) -> int:
    """What no charge covers (a reward) at the rate of another charge: at least one unit, no payout is left with a crumb."""
    return max(1, worth(minor, amount_minor=amount_minor, settled_minor=settled_minor))


def _part(room: Room, minor: int) -> Part | None:
    if minor <= 0:
        return None
    settled = min(worth_so_far(room, room.given_minor + minor) - room.given_settled_minor, room.left_settled_minor)
    return Part(room.payment_id, minor, settled) if settled > 0 else None
