"""A line is asked for within its after-sale window, as much as is left of it; an exchange is for goods of the same price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.aftersales.rules import Swap, askable, at_risk, came_back, require_same_price, worth
from app.kernel.errors import Refused
from tests.conftest import NOON


@dataclass
class Line:
    quantity: int = 2
    paid_minor: int = 11980
    refunded_minor: int = 0
    refunded_quantity: int = 0
    shipped_quantity: int = 2
    hold_until: datetime | None = NOON + timedelta(days=7)


def test_the_window_is_half_open() -> None:
    line, ends = Line(), NOON + timedelta(days=7)
    assert askable(line, "return_refund", ends - timedelta(seconds=1)) is None
    assert askable(line, "return_refund", ends) == "window_over"
    assert askable(line, "return_refund", None) is None, "headquarters may be kind for ever"
    assert askable(Line(hold_until=None), "refund_only", ends) is None, "not received: the window has not begun"


def test_goods_that_were_not_sent_cannot_come_back() -> None:
    for shipped in (0, 1):
        assert askable(Line(shipped_quantity=shipped), "return_refund", None) == "not_sent"
        assert askable(Line(shipped_quantity=shipped), "refund_only", None) is None
    assert askable(Line(shipped_quantity=1, refunded_quantity=1, refunded_minor=5990), "exchange", None) is None, "the other was refunded unsent"


def test_what_was_refunded_whole_is_over() -> None:
    assert askable(Line(refunded_quantity=2, refunded_minor=11980), "refund_only", None) == "nothing_left"
    assert askable(Line(refunded_minor=11980), "refund_only", None) == "nothing_left"
    assert askable(Line(refunded_minor=11980), "exchange", None) is None, "kept with the money back, and still faulty"
    assert askable(Line(paid_minor=0), "return_refund", None) is None, "paid by coupons alone: the pieces come back"


@pytest.mark.parametrize(("pieces", "amount", "minor"), [(1, None, 5990), (2, None, 11980), (0, 100, 100), (1, 300, 300), (0, None, 0)])
def test_pieces_are_worth_their_part(pieces: int, amount: int | None, minor: int) -> None:
    assert worth(Line(), pieces, amount) == minor


def test_the_last_piece_takes_the_odd_fen() -> None:
    """100.00 for three: 33.33, 33.33 and 33.34."""
    first = Line(quantity=3, paid_minor=10000)
    third = Line(quantity=3, paid_minor=10000, refunded_minor=6666, refunded_quantity=2)
    assert (worth(first, 1, None), worth(third, 1, None)) == (3333, 3334)


def test_what_a_case_may_cost_a_share() -> None:
    """8 % of 119.80 is 9.58. One cover of 59.90 asked back: 4.79; with 10.00 refunded before (0.80), the rest of it: 4.79 more."""
    assert at_risk(958, 958, Line(), amount_minor=5990, pieces=1) == 479
    assert at_risk(958, 878, Line(refunded_minor=1000), amount_minor=5990, pieces=1) == 479
    assert at_risk(958, 958, Line(), amount_minor=0, pieces=0) == 0
    assert at_risk(958, 958, Line(paid_minor=0), amount_minor=0, pieces=1) == 479, "paid by coupons alone: by pieces"


def test_another_price_is_no_exchange() -> None:
    require_same_price(of_line=29900, of_variant=29900, field="x")
    for price in (29899, 29901):
        with pytest.raises(Refused, match="同价"):
            require_same_price(of_line=29900, of_variant=price, field="x")


BLUE, GREY, RED = (UUID(int=number) for number in (1, 2, 3))


def test_what_came_last_goes_back_first() -> None:
    """Three blue; one was exchanged for grey: two come back, the grey one and a blue one."""
    assert came_back(BLUE, 3, [Swap(1, GREY)], 2) == {BLUE: 1, GREY: 1}
    assert came_back(BLUE, 1, [Swap(1, GREY), Swap(1, RED)], 1) == {RED: 1}
    assert came_back(BLUE, 2, [Swap(1, None)], 1) == {BLUE: 1}
    assert came_back(BLUE, 2, [], 2) == {BLUE: 2}


@given(st.integers(1, 9), st.lists(st.tuples(st.integers(1, 9), st.sampled_from([None, GREY, RED])), max_size=6), st.integers(1, 9))
def test_never_more_comes_back_than_she_has(quantity: int, swaps: list[tuple[int, UUID | None]], pieces: int) -> None:
    held, before = quantity, []
    for asked, replacement in swaps:
        taken = min(asked, held)
        before.append(Swap(taken, replacement))
        held -= 0 if replacement else taken
    assert sum(came_back(BLUE, quantity, before, pieces).values()) == min(pieces, held)
