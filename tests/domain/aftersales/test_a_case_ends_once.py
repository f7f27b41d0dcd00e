"""The life of a case is a small machine: every way ends, ends are final, money moves only where it is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.aftersales.rules import GOODS_BACK, KINDS, MONEY_ONLY, NEXT, OPEN, STATES, acts, next_state
from app.kernel.errors import Conflict

ENDS = ("refunded", "exchanged", "rejected", "cancelled")
ACTS = ("approve", "reject", "cancel", "receive", "refund", "send", "overrule")


@given(st.sampled_from(KINDS), st.lists(st.sampled_from(ACTS), max_size=12))
def test_any_sequence_of_acts_ends_at_most_once(kind: str, tried: list[str]) -> None:
    state, done = "requested", []
    for act in tried:
        try:
            state = next_state(kind, state, act)
            done.append(act)
        except Conflict:
            assert (kind, state, act) not in NEXT
    assert state in STATES
    assert len([act for act in done if act in ("refund", "send", "reject", "cancel", "overrule")]) == (state in ENDS)
    assert ("refund" in done) == (state == "refunded") and ("send" in done) == (state == "exchanged")
    if state in ("refunded", "exchanged"):
        assert done[0] == "approve" and ("receive" in done) == (kind in GOODS_BACK)


@pytest.mark.parametrize("kind", KINDS)
def test_every_open_state_has_a_way_on_and_no_end_has(kind: str) -> None:
    reached, waiting = {"requested"}, ["requested"]
    while waiting:
        state = waiting.pop()
        assert bool(acts(kind, state)) == (state in OPEN)
        for act in acts(kind, state):
            after = next_state(kind, state, act)
            if after not in reached:
                reached.add(after)
                waiting.append(after)
    assert reached >= {"rejected", "cancelled", "exchanged" if kind == "exchange" else "refunded"}
    assert ("returned" in reached) == (kind in GOODS_BACK)


@pytest.mark.parametrize("kind", GOODS_BACK)
def test_goods_that_are_back_are_not_refused(kind: str) -> None:
    for act in ("reject", "cancel", "approve"):
        with pytest.raises(Conflict):
            next_state(kind, "returned", act)


@pytest.mark.parametrize("kind", GOODS_BACK)
def test_no_money_before_the_goods(kind: str) -> None:
    with pytest.raises(Conflict):
        next_state(kind, "approved", "refund")


@pytest.mark.parametrize("kind", MONEY_ONLY)
def test_what_needs_no_goods_waits_for_none(kind: str) -> None:
    assert acts(kind, "approved") == ["reject", "cancel", "refund"]
