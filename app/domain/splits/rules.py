"""Who gets what of a line's base: named parties are rounded, the brand takes what remains (R2, R22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.kernel.money import FULL_BP, apportion, reverse_now, share_of


@dataclass(frozen=True, slots=True)
class Claim:
    """What one named party asks of a line: a rate with optional floor and ceiling, or a fixed amount."""

    role: str
    rate_bp: int | None = None
    fixed_minor: int | None = None
    min_minor: int | None = None
    max_minor: int | None = None

    def of(self, base_minor: int) -> int:
        amount = self.fixed_minor if self.rate_bp is None else share_of(base_minor, self.rate_bp)
        amount = max(amount or 0, self.min_minor or 0)
        return amount if self.max_minor is None else min(amount, self.max_minor)

    def rounded_down(self, base_minor: int) -> int:
        """The same without the fen that rounding may have added."""
        if self.rate_bp is None:
            return self.of(base_minor)
        exact = max(base_minor * self.rate_bp // FULL_BP, self.min_minor or 0)
        return exact if self.max_minor is None else min(exact, self.max_minor)

    def in_parts(self, base_minor: int) -> int:
        """What is asked before rounding, in ten-thousandths of a minor unit."""
        if self.rate_bp is None:
            return self.of(base_minor) * FULL_BP
        parts = max(base_minor * self.rate_bp, (self.min_minor or 0) * FULL_BP)
        return parts if self.max_minor is None else min(parts, self.max_minor * FULL_BP)


def divide(base_minor: int, claims: Sequence[Claim], *, guard_bp: int) -> tuple[list[int], int]:
    """(amounts of the claims in order, what the brand keeps); they sum to the base and no part is negative.

    Claims that fit before rounding always get their share to the fen: where rounding all of them up would reach into
    the brand's guarded margin, the last ones are rounded down instead. A saved plan fits (R22), but a fixed amount or a
    floor may not on a deeply discounted line: then the claims are served in order and what does not fit is cut.
    """
    room = base_minor - share_of(base_minor, guard_bp)
    amounts = [claim.of(base_minor) for claim in claims]
    least = [claim.rounded_down(base_minor) for claim in claims]
    for i in reversed(range(len(claims))):
        if sum(least) <= room < sum(amounts):
            amounts[i] = least[i]
    for i, amount in enumerate(amounts):
        amounts[i] = min(amount, max(room, 0))
        room -= amounts[i]
    return amounts, base_minor - sum(amounts)


def cap_together(claims: Sequence[Claim], base_minor: int, cap_bp: int) -> list[Claim]:
    """The claims, bounded so that together they ask at most `cap_bp` of the base; the last gives way first (R19).

    Claims that fit before rounding are left alone, as in `divide`.
    """
    if sum(claim.in_parts(base_minor) for claim in claims) <= base_minor * cap_bp:
        return list(claims)
    room, capped = base_minor * cap_bp // FULL_BP, []
    for claim in claims:
        asked = min(claim.of(base_minor), room)
        capped.append(claim if asked == claim.of(base_minor) else replace(claim, max_minor=asked))
        room -= asked
    return capped


def exceeds(base_minor: int, claims: Sequence[Claim], *, guard_bp: int) -> int:
    """By how much the claims on a base overrun what may be shared, rounded up; 0 when they fit. Told before rounding.

    What fits on a base fits on every larger one: rates grow with it, floors, ceilings and fixed amounts do not.
    """
    over = sum(claim.in_parts(base_minor) for claim in claims) - base_minor * (FULL_BP - guard_bp)
    return -(-over // FULL_BP) if over > 0 else 0


def spread(discount_minor: int, eligible: Sequence[int]) -> list[int]:
    """A whole-order coupon over lines by largest remainder on eligible amounts, never more than they are (R7)."""
    return apportion(min(discount_minor, sum(eligible)), eligible)


def given_back(surplus_minor: int, funded: Sequence[int], before: Sequence[int]) -> list[int]:
    """What each funder of a discount gets back when shares returned `surplus_minor` more than the shopper is given (R7).

    In the proportion of what each still has in it, to the fen; nobody gets back more than was given. `before` is what
    each got back already.
    """
    return apportion(surplus_minor, [gave - had for gave, had in zip(funded, before, strict=True)])


def reversal(shares: Sequence[int], brand_share: int, *, base: int, paid: int, refunded: int,
             reversed_before: Sequence[int], brand_before: int) -> tuple[list[int], int]:
    """What each share gives back now, after `refunded` of `paid` in all (R11): (named, brand).

    Named parties follow round(C × refunded / paid); the brand takes the rest of the base's own reversal. Where the
    brand's share is too small to absorb a fen of rounding, the largest share with room does. No named party is ever
    given back what it returned before.
    """
    now = [max(reverse_now(share, paid=paid, refunded=refunded, reversed_before=before), 0)
           for share, before in zip(shares, reversed_before, strict=True)]
    target = reverse_now(base, paid=paid, refunded=refunded, reversed_before=sum(reversed_before) + brand_before)
    brand_now = target - sum(now)
    kept = min(max(brand_before + brand_now, 0), brand_share) - brand_before
    odd = brand_now - kept
    for i in sorted(range(len(shares)), key=lambda i: (-shares[i], i)):
        step = min(max(now[i] + odd, 0), shares[i] - reversed_before[i]) - now[i]
        now[i] += step
        odd -= step
    return now, kept
