"""R11: each share gives back its part of what was refunded so far; all of it with the last fen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.splits.rules import Claim, divide, reversal
from app.kernel.money import half_up


def walk(shares: list[int], brand: int, base: int, paid: int, refunds: list[int]) -> list[tuple[list[int], int]]:
    """What each refund takes back from (named, brand)."""
    before, brand_before, refunded, steps = [0] * len(shares), 0, 0, []
    for amount in refunds:
        refunded += amount
        named, kept = reversal(shares, brand, base=base, paid=paid, refunded=refunded, reversed_before=before, brand_before=brand_before)
        before = [old + now for old, now in zip(before, named, strict=True)]
        brand_before += kept
        steps.append((named, kept))
    return steps


def test_the_worked_numbers() -> None:
    """100.00 paid, 12.35 due; 33.33, 33.33 and 33.34 come back."""
    assert walk([1235], 8765, 10000, 10000, [3333, 3333, 3334]) == [([412], 2921), ([411], 2922), ([412], 2922)]


def test_a_brand_that_keeps_nothing_has_nothing_to_give() -> None:
    """0.03 shared 0.02 and 0.01: a refund of a fen takes 0.67 and 0.33 of a fen, together one."""
    steps = walk([2, 1], 0, 3, 3, [1, 1, 1])
    assert all(kept == 0 and sum(named) == 1 for named, kept in steps)
    assert [sum(step[0][i] for step in steps) for i in (0, 1)] == [2, 1]


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[int], int, int, int, list[int]]:
    base = draw(st.integers(1, 10**6) | st.integers(1, 40))
    rates = draw(st.lists(st.integers(0, 4000), max_size=6))
    shares, brand = divide(base, [Claim("guide", rate) for rate in rates], guard_bp=0)
    paid = draw(st.integers(1, base))
    cuts = sorted(set(draw(st.lists(st.integers(1, paid), max_size=12))) | {paid})
    return shares, brand, base, paid, [b - a for a, b in zip([0, *cuts], cuts, strict=False)]


@given(lines())
def test_named_shares_never_grow_back_and_all_return_in_full(line: tuple[list[int], int, int, int, list[int]]) -> None:
    shares, brand, base, paid, refunds = line
    named_so_far, brand_so_far, refunded = [0] * len(shares), 0, 0
    for amount, (named, kept) in zip(refunds, walk(shares, brand, base, paid, refunds), strict=True):
        refunded += amount
        assert all(now >= 0 for now in named)
        named_so_far = [old + now for old, now in zip(named_so_far, named, strict=True)]
        brand_so_far += kept
        assert all(0 <= back <= share for back, share in zip(named_so_far, shares, strict=True))
        assert 0 <= brand_so_far <= brand
        assert sum(named_so_far) + brand_so_far == half_up(base * refunded, paid), "the base's own reversal, to the fen"
    assert (named_so_far, brand_so_far) == (shares, brand)


@given(lines())
def test_with_a_brand_that_can_absorb_a_fen_each_share_follows_its_own_fraction(line: tuple[list[int], int, int, int, list[int]]) -> None:
    shares, brand, base, paid, refunds = line
    before, refunded = [0] * len(shares), 0
    for amount, (named, _) in zip(refunds, walk(shares, brand, base, paid, refunds), strict=True):
        refunded += amount
        before = [old + now for old, now in zip(before, named, strict=True)]
        slack = len(shares) + 1
        if slack <= half_up(brand * refunded, paid) <= brand - slack:
            assert all(abs(back - half_up(share * refunded, paid)) <= 1 for share, back in zip(shares, before, strict=True))
