"""R14: what is taken back after it was paid is carried, and what is earned later covers the oldest debt first."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.settlement.netting import CLAWBACKS, Netted, netted


def key(number: int) -> UUID:
    return UUID(int=number)


def told(*entries: tuple[str, int]) -> tuple[list[tuple[int, int, int]], dict[int, int]]:
    """Entries are numbered from 1; pairs are (clawback, earning, minor units)."""
    pairs, owed = netted((key(number), kind, amount) for number, (kind, amount) in enumerate(entries, 1))
    return [(pair.debt.int, pair.credit.int, pair.amount_minor) for pair in pairs], {one.int: left for one, left in owed.items()}


def test_two_debts_are_covered_in_their_order() -> None:
    """30.00 earned and paid out; 20.66 and 5.00 taken back; 15.00 earned covers 15.00 of the first, 12.00 its last 5.66 and the second."""
    pairs, owed = told(("released", 3000), ("payout", -3000), ("reversed", -2066), ("reversed", -500), ("released", 1500), ("released", 1200))
    assert pairs == [(3, 5, 1500), (3, 6, 566), (4, 6, 500)]
    assert owed == {}


def test_what_is_still_owed_is_said_by_debt() -> None:
    pairs, owed = told(("released", 1000), ("payout", -1000), ("reversed", -700), ("chargeback", -900), ("released", 800))
    assert pairs == [(3, 5, 700), (4, 5, 100)]
    assert owed == {4: 800}


def test_money_that_is_there_pays_first_and_the_oldest_of_it() -> None:
    """10.00 and 5.00 wait to be paid out; a clawback of 12.00 takes all of the older and 2.00 of the younger."""
    pairs, owed = told(("released", 1000), ("released", 500), ("reversed", -1200), ("payout", -300))
    assert (pairs, owed) == ([(3, 1, 1000), (3, 2, 200)], {})


def test_a_payout_is_no_debt() -> None:
    assert told(("released", 1000), ("payout", -1000), ("released", 400), ("withdrawal", -400)) == ([], {})


def test_a_write_off_covers_what_was_owed() -> None:
    pairs, owed = told(("released", 1000), ("payout", -1000), ("reversed", -650), ("write_off", 600), ("released", 100))
    assert (pairs, owed) == ([(3, 4, 600), (3, 5, 50)], {})


def test_a_single_fen_is_netted_too() -> None:
    assert told(("reversed", -1), ("released", 1)) == ([(1, 2, 1)], {})


ENTRY = st.tuples(st.sampled_from(["released", "reversed", "chargeback", "write_off"]), st.integers(1, 5000))


@given(st.lists(ENTRY, max_size=40))
def test_whatever_happens_nothing_is_netted_twice(moves: list[tuple[str, int]]) -> None:
    signed = [(kind, -amount if kind in CLAWBACKS else amount) for kind, amount in moves]
    entries = [(key(number), kind, amount) for number, (kind, amount) in enumerate(signed, 1)]
    pairs, owed = netted(entries)
    amounts = {entry: amount for entry, _, amount in entries}
    for entry, amount in amounts.items():
        used = sum(pair.amount_minor for pair in pairs if entry in (pair.debt, pair.credit))
        assert used + owed.get(entry, 0) == -amount if amount < 0 else used <= amount
    balance = sum(amounts.values())
    assert sum(owed.values()) == max(-balance, 0), "what is owed is the negative balance, to the fen"
    order = [pair.debt for pair in pairs]
    assert order == sorted(order, key=lambda one: one.int), "oldest debt first"


def test_a_pair_says_who_and_how_much() -> None:
    assert netted([(key(1), "reversed", -5), (key(2), "released", 9)])[0] == [Netted(key(1), key(2), 5)]
