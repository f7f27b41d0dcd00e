"""R12, R15: a withdrawal or payout moves a sum; which lines it took is told from the entries, the oldest first."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.settlement.whereabouts import Fate, Line, Move, by_name, gone


def line(number: int) -> Line:
    return UUID(int=number), "guide"


def told(*moves: tuple[int, int] | tuple[int, int, str]) -> dict[int, dict[str, int]]:
    """(line or 0, signed minor units[, state of the withdrawal or payout])."""
    found = gone(Move(line(one) if one else None, amount, *state) for one, amount, *state in moves)
    return {key.int: by_name(parts) for (key, _), parts in found.items()}


def test_a_withdrawal_takes_the_oldest_lines() -> None:
    """20.00 and 15.88 earned, 30.00 asked for: all of the first, 10.00 of the second, of which 5.88 stay."""
    moves = ((1, 2000), (2, 1588), (0, -3000, "requested"))
    assert told(*moves) == {1: {"requested": 2000}, 2: {"requested": 1000}}
    assert told((1, 2000), (2, 1588), (0, -3000, "paid")) == {1: {"paid": 2000}, 2: {"paid": 1000}}


def test_a_payout_takes_the_rest() -> None:
    assert told((1, 2000), (2, 1588), (0, -3000, "paid"), (3, 100), (0, -688, "sent")) == {
        1: {"paid": 2000}, 2: {"paid": 1000, "in_payout": 588}, 3: {"in_payout": 100}}


def test_on_its_way_until_it_is_paid() -> None:
    for state, fate in (("requested", "requested"), ("paying", "in_payout"), ("draft", "in_payout"), ("approved", "in_payout"), ("sent", "in_payout"), ("paid", "paid")):
        assert told((1, 500), (0, -500, state)) == {1: {fate: 500}}


def test_what_is_taken_back_of_a_line_that_is_there_is_its_own() -> None:
    """10.00 and 5.00; 2.00 of the second reversed: nothing has gone anywhere, a withdrawal then takes the first and 1.00 of the second."""
    assert told((1, 1000), (2, 500), (2, -200)) == {}
    assert told((1, 1000), (2, 500), (2, -200), (0, -1100, "requested")) == {1: {"requested": 1000}, 2: {"requested": 100}}


def test_a_clawback_after_payment_is_netted_from_the_next_line() -> None:
    """10.00 paid out, then reversed; the next 12.00 covers it, 2.00 are left and asked for."""
    assert told((1, 1000), (0, -1000, "paid"), (1, -1000), (2, 1200), (0, -200, "requested")) == {
        1: {"paid": 1000}, 2: {"netted": 1000, "requested": 200}}


def test_money_that_belongs_to_no_line_goes_in_its_turn() -> None:
    assert told((0, 300), (1, 400), (0, -500, "paid")) == {1: {"paid": 200}}


def test_a_payout_takes_what_it_claims() -> None:
    """The run passed over the first line (its payment is asked back) and claimed the second; the oldest first alone would say otherwise."""
    run, later = UUID(int=900), UUID(int=901)
    moves = [Move(line(1), 1000), Move(line(2), 500, claim=run), Move(None, -500, "paid", claim=run, payout_id=run)]
    assert gone(moves) == {line(2): {Fate("paid", run): 500}}
    moves += [Move(line(3), 200, claim=later), Move(None, -200, "sent", claim=later, payout_id=later)]
    assert gone(moves) == {line(2): {Fate("paid", run): 500}, line(3): {Fate("in_payout", later): 200}}
    assert gone(Move(one.line, one.amount_minor, one.state, payout_id=one.payout_id) for one in moves) == {
        line(1): {Fate("paid", run): 500, Fate("in_payout", later): 200}}, "without the claims"


def test_what_a_claim_could_not_cover_is_covered_by_what_another_left() -> None:
    """12.00 and a withdrawal of 10.00 were claimed together, 2.00 paid; the withdrawal failed, and the next run paid the 10.00 it gave back."""
    run, later = UUID(int=900), UUID(int=901)
    moves = [Move(line(1), 1200, claim=run), Move(None, -200, "paid", claim=run, payout_id=run), Move(None, -1000, "paid", claim=later, payout_id=later)]
    assert gone(moves) == {line(1): {Fate("paid", run): 200, Fate("paid", later): 1000}}


MOVE = st.one_of(st.tuples(st.integers(1, 6), st.integers(1, 900)), st.tuples(st.just(0), st.integers(-900, -1), st.sampled_from(["requested", "sent", "paid"])),
                 st.tuples(st.integers(1, 6), st.integers(-900, -1)))


@given(st.lists(MOVE, max_size=30))
def test_no_more_goes_than_was_earned_or_taken(moves: list[tuple[int, int]]) -> None:
    found = told(*moves)
    for number, parts in found.items():
        assert 0 < sum(parts.values()) <= sum(amount for one, amount, *_ in moves if one == number and amount > 0)
    assert sum(sum(parts.values()) for parts in found.values()) <= -sum(amount for _, amount, *_ in moves if amount < 0)
