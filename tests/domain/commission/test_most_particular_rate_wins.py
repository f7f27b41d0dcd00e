"""R3: an ordered list, first match wins; among equals the narrower, then the later, then the newer version."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.commission.rules import RUNGS, Rule, Sale, resolve, rung_of

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
VARIANT, PRODUCT, GUIDE, STORE, DEALER, ACTIVITY = (UUID(int=n) for n in range(1, 7))
SALE = Sale(VARIANT, PRODUCT, "箱包 > 登机箱 > 18 寸", True, AT, GUIDE, "金牌", STORE, DEALER, ACTIVITY)
_numbers = itertools.count(1)


def rule(rate_bp: int = 100, since: datetime = AT - DAY, **fields: Any) -> Rule:
    number = next(_numbers)
    return Rule(**{"id": UUID(int=1000 + number), "number": number, "version": 1, "effective_from": since, "rate_bp": rate_bp, **fields})


UNDER: list[dict[str, Any]] = [
    {"guide_id": GUIDE, "variant_id": VARIANT},
    {"guide_id": GUIDE, "product_id": PRODUCT},
    {"variant_id": VARIANT},
    {"product_id": PRODUCT},
    {"guide_id": GUIDE, "category": "箱包 > 登机箱 > 18 寸"},
    {"guide_id": GUIDE, "category": "箱包"},
    {"category": "箱包 > 登机箱 > 18 寸"},
    {"category": "箱包 > 登机箱"},
    {"category": "箱包"},
    {"guide_id": GUIDE},
    {"store_id": STORE},
    {"dealer_id": DEALER},
    {"guide_level": "金牌"},
    {},
]
LADDER = [*({"activity_id": ACTIVITY, **scope} for scope in UNDER), *UNDER]
"""From the top down, an activity's rules among themselves as all others; every pair of it is tried."""


@pytest.mark.parametrize(("higher", "lower"), list(itertools.combinations(range(len(LADDER)), 2)))
def test_the_higher_of_any_two_wins(higher: int, lower: int) -> None:
    upper, under = rule(1100, AT - 9 * DAY, **LADDER[higher]), rule(2200, AT - DAY, **LADDER[lower])
    for order in ((upper, under), (under, upper)):
        assert resolve(order, SALE).rule_id == upper.id, "however young the other rule is"


@pytest.mark.parametrize("step", range(len(LADDER)))
def test_the_trace_names_the_rung(step: int) -> None:
    found = resolve([rule(700, **LADDER[step])], SALE)
    assert found.trace["rung"] in RUNGS
    assert (found.rate_bp, found.trace["rate_bp"], found.trace["version"]) == (700, 700, 1)


@pytest.mark.parametrize("other", [
    {"variant_id": UUID(int=99)}, {"product_id": UUID(int=99)}, {"guide_id": UUID(int=99)}, {"store_id": UUID(int=99)}, {"dealer_id": UUID(int=99)},
    {"activity_id": UUID(int=99)}, {"guide_level": "银牌"}, {"category": "箱包 > 登机箱 > 18 寸 > 限定"}, {"category": "箱"}, {"category": "箱包 > 登机"}])
def test_what_is_not_for_this_sale_does_not_apply(other: dict[str, Any]) -> None:
    default = rule(300)
    assert resolve([rule(9000, **other), default], SALE).rule_id == default.id
    nobody = replace(SALE, guide_id=None, guide_level="", store_id=None, dealer_id=None, activity_id=None)
    assert resolve([rule(9000, **{**other, "guide_id": GUIDE}), default], nobody).rule_id == default.id


def test_a_product_without_commission_comes_first() -> None:
    found = resolve([rule(5000, **LADDER[0])], replace(SALE, commissionable=False))
    assert (found.rate_bp, found.amount_minor, found.rule_id, found.trace) == (0, None, None, {"rung": "no_commission"})


def test_no_rule_pays_nothing() -> None:
    assert resolve([], SALE).trace == {"rung": "none"}


@pytest.mark.parametrize(("since", "until", "applies"), [
    (AT, None, True), (AT + timedelta(microseconds=1), None, False), (AT - DAY, AT, False), (AT - DAY, AT + timedelta(microseconds=1), True)])
def test_dates_are_half_open(since: datetime, until: datetime | None, applies: bool) -> None:
    assert (resolve([rule(500, since, effective_to=until)], SALE).rate_bp == 500) is applies


def test_of_the_same_scope_the_later_wins_then_the_newer_version() -> None:
    old, young = rule(100, AT - 5 * DAY), rule(200, AT - DAY)
    assert resolve([young, old], SALE).rule_id == young.id
    first = rule(300, AT - DAY, number=7)
    second = replace(first, id=UUID(int=77), version=2, rate_bp=400)
    assert resolve([first, second], SALE).rate_bp == 400


def test_what_bounds_a_rate_is_told_per_unit() -> None:
    found = resolve([rule(1200, min_minor=500, max_minor=5000)], SALE)
    assert (found.min_minor, found.max_minor, found.trace["unit_min_minor"], found.trace["unit_max_minor"]) == (500, 5000, 500, 5000)
    assert "unit_min_minor" not in resolve([rule(1200)], SALE).trace


def test_a_fixed_amount_is_told_per_unit() -> None:
    found = resolve([rule(rate_bp=None, amount_minor=1500)], SALE)  # type: ignore[arg-type]
    assert (found.rate_bp, found.amount_minor, found.trace["unit_minor"]) == (None, 1500, 1500)
    assert rung_of(rule()) == "default"
