"""R1, R2: half up away from zero, shares that sum to the whole, largest remainder with ties by order."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.money import apportion, half_up, reverse_now, share_of

AMOUNTS = st.integers(0, 10**13)


@pytest.mark.parametrize(("numerator", "denominator", "rounded"), [
    (1, 2, 1), (-1, 2, -1), (3, 2, 2), (5, 2, 3), (1, 3, 0), (2, 3, 1), (0, 7, 0), (-3, 2, -2), (10**30 + 1, 2, (10**30 + 2) // 2)])
def test_halves_go_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**12))
def test_it_is_the_exact_fraction_rounded(numerator: int, denominator: int) -> None:
    size = abs(Fraction(numerator, denominator))
    assert abs(half_up(numerator, denominator)) == floor(size + Fraction(1, 2))


@pytest.mark.parametrize("denominator", [0, -1])
def test_there_is_nothing_to_divide_by(denominator: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        half_up(1, denominator)


def test_the_rest_is_what_the_named_share_leaves() -> None:
    assert (share_of(645, 3000), 645 - share_of(645, 3000)) == (194, 451)


@pytest.mark.parametrize(("total", "weights", "parts"), [
    (100, [1, 1, 1], [34, 33, 33]), (12501, [3334, 3333, 3333], [4168, 4167, 4166]), (101, [30, 35, 35], [30, 36, 35]),
    (3000, [29900, 11980], [2142, 858]), (2000, [27758, 11122], [1428, 572]), (0, [5, 5], [0, 0]), (1, [0, 1], [0, 1]),
    (-100, [1, 1, 1], [-34, -33, -33]), (7, [0, 0], [7, 0]), (5, [], [])])
def test_equals_are_split_by_largest_remainder(total: int, weights: list[int], parts: list[int]) -> None:
    assert apportion(total, weights) == parts


@given(AMOUNTS, st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_parts_sum_and_none_is_a_fen_from_fair(total: int, weights: list[int]) -> None:
    parts = apportion(total, weights)
    assert sum(parts) == total
    if sum(weights):
        assert all(abs(part - Fraction(total * weight, sum(weights))) < 1 for part, weight in zip(parts, weights, strict=True))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=10), st.integers(0, 10**8))
def test_a_part_of_a_discount_is_never_more_than_what_it_is_off(eligible: list[int], discount: int) -> None:
    parts = apportion(min(discount, sum(eligible)), eligible)
    assert all(0 <= part <= amount for part, amount in zip(parts, eligible, strict=True)) or not sum(eligible)


def test_three_refunds_reverse_what_the_whole_is_worth() -> None:
    reversed_before, parts = 0, []
    for refunded in (3333, 6666, 10000):
        parts.append(reverse_now(1235, paid=10000, refunded=refunded, reversed_before=reversed_before))
        reversed_before += parts[-1]
    assert parts == [412, 411, 412]


@given(AMOUNTS, st.integers(1, 10**13), st.lists(st.integers(1, 10**12), max_size=12))
def test_refunds_up_to_the_whole_reverse_the_whole(original: int, paid: int, amounts: list[int]) -> None:
    refunded = reversed_so_far = 0
    for amount in [*amounts, paid]:
        refunded = min(refunded + amount, paid)
        now = reverse_now(original, paid=paid, refunded=refunded, reversed_before=reversed_so_far)
        assert now >= 0
        reversed_so_far += now
    assert reversed_so_far == original
