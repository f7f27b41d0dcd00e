"""Waits double to an hour; young orders are asked about often, old ones seldom; states say who may send."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.fulfilment.ports import Stage
from app.domain.fulfilment.rules import CLOSED, STATES, look_again, may_retry, may_withdraw, number_of, trouble_of, wait_after


def test_waits_double_to_an_hour_and_chance_takes_up_to_half_off() -> None:
    assert [wait_after(failures, 0.0).total_seconds() for failures in (0, 1, 2, 3, 7, 8, 9_999)] == [30, 30, 60, 120, 1920, 3600, 3600]
    assert wait_after(1, 1.0) == timedelta(seconds=15)


def test_the_younger_the_sooner() -> None:
    ages = (timedelta(minutes=1), timedelta(hours=2), timedelta(days=1), timedelta(days=7))
    assert [look_again(age, 0.0) for age in ages] == [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
    assert look_again(ages[0], 1.0) == timedelta(seconds=225)


def test_numbers_of_one_order_differ() -> None:
    assert [number_of("26112212345678", before) for before in (0, 1, 11)] == ["26112212345678", "26112212345678-2", "26112212345678-12"]


@pytest.mark.parametrize("state", STATES)
def test_what_is_closed_is_nobodys_to_withdraw(state: str) -> None:
    assert not (may_withdraw(state, sent=False) and state in CLOSED) and not may_withdraw(state, sent=True)
    assert may_retry(state) == (state not in ("shipped", "delivered"))


def test_only_what_cannot_go_on_by_itself_is_trouble() -> None:
    assert {stage for stage in Stage if trouble_of(stage)} == {Stage.REFUSED, Stage.LOCKED, Stage.UNKNOWN}
