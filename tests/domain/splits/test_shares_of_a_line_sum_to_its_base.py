"""R2, R22: named parties are rounded, the brand keeps the rest and at least its guarded margin; nobody gets less than nothing."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.splits.rules import Claim, divide, exceeds, spread
from app.kernel.money import FULL_BP, share_of

BASES = st.integers(0, 10**9)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    if draw(st.integers(0, 4)) == 0:
        return Claim("guide", None, draw(st.integers(0, 10**6)))
    low = draw(st.none() | st.integers(0, 10**5))
    high = draw(st.none() | st.integers(low or 0, 10**6))
    return Claim("store", draw(st.integers(0, FULL_BP)), None, low, high)


ANY = st.lists(claims(), max_size=7)


def test_the_worked_line() -> None:
    """277.58 at 1 %, 12 %, 2 % and 5 %."""
    assert divide(27758, [Claim("platform", 100), Claim("guide", 1200), Claim("referrer", 200), Claim("store", 500)], guard_bp=0) == (
        [278, 3331, 555, 1388], 22206)


def test_floor_ceiling_and_fixed_amount() -> None:
    assert divide(10000, [Claim("store", 500, None, 800, None), Claim("mall", 3000, None, None, 1000), Claim("guide", None, 700)], guard_bp=0) == (
        [800, 1000, 700], 7500)


def test_what_does_not_fit_is_cut_from_the_last() -> None:
    """20.00 a piece of a line discounted to 15.00 that also pays 1 %, the brand guarding 10 %: 0.15 + 13.35."""
    assert divide(1500, [Claim("platform", 100), Claim("guide", None, 2000)], guard_bp=1000) == ([15, 1335], 150)


def test_rounding_alone_cuts_nobody_and_leaves_the_guard() -> None:
    """50.5 % and 49.5 % of 0.50 are 25.25 and 24.75; half up would be 25 + 25, of 0.30 15.15 and 14.85: 15 + 15."""
    assert divide(50, [Claim("guide", 5050), Claim("store", 4950)], guard_bp=0) == ([25, 25], 0)
    assert divide(1, [Claim("guide", 5000), Claim("store", 5000)], guard_bp=0) == ([1, 0], 0)


@given(BASES, ANY, st.integers(0, FULL_BP))
def test_shares_sum_and_none_is_negative(base: int, asked: list[Claim], guard_bp: int) -> None:
    amounts, brand = divide(base, asked, guard_bp=guard_bp)
    assert sum(amounts) + brand == base
    assert brand >= share_of(base, guard_bp)
    assert all(0 <= amount <= max(claim.of(base), 0) for amount, claim in zip(amounts, asked, strict=True))


@given(BASES, ANY, st.integers(0, FULL_BP))
def test_what_fits_is_paid_to_the_fen(base: int, asked: list[Claim], guard_bp: int) -> None:
    assume(exceeds(base, asked, guard_bp=guard_bp) == 0)
    amounts, _ = divide(base, asked, guard_bp=guard_bp)
    assert all(claim.rounded_down(base) <= amount <= claim.of(base) for amount, claim in zip(amounts, asked, strict=True))


@given(st.integers(1, 10**7), st.integers(0, 10**7), ANY, st.integers(0, FULL_BP))
def test_what_fits_on_a_base_fits_on_every_larger_one(base: int, more: int, asked: list[Claim], guard_bp: int) -> None:
    assume(exceeds(base, asked, guard_bp=guard_bp) == 0)
    assert exceeds(base + more, asked, guard_bp=guard_bp) == 0


@given(BASES, st.lists(st.integers(0, FULL_BP), max_size=6), st.integers(0, FULL_BP))
def test_rates_within_the_whole_never_exceed(base: int, rates: list[int], guard_bp: int) -> None:
    asked = [Claim("store", rate) for rate in rates]
    fits = sum(rates) + guard_bp <= FULL_BP
    assert (exceeds(base, asked, guard_bp=guard_bp) == 0) == (fits or base == 0)


def test_an_overrun_is_told_to_the_fen() -> None:
    """60 % + 45 % of 100.00 is 5.00 too much, and 5.00 + 10.00 of guard."""
    asked = [Claim("guide", 6000), Claim("store", 4500)]
    assert (exceeds(10000, asked, guard_bp=0), exceeds(10000, asked, guard_bp=1000)) == (500, 1500)


@given(BASES, st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
def test_a_coupon_is_spread_over_lines_within_each(discount: int, eligible: list[int]) -> None:
    parts = spread(discount, eligible)
    assert sum(parts) == min(discount, sum(eligible))
    assert all(0 <= part <= amount for part, amount in zip(parts, eligible, strict=True))
