"""R3: the indexed ladder gives every sale the rate and trace that asking each rule in turn gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.commission.ladder import Ladder
from app.domain.commission.rules import Rule, Sale, resolve

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
IDS = st.sampled_from([UUID(int=n) for n in range(1, 4)])
NARROWED = st.none() | IDS
CATEGORIES = st.sampled_from(["箱包", "箱包 > 登机箱", "配件"])


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    def one(number: int) -> Rule:
        return Rule(
            UUID(int=100 + number), number, 1, AT + timedelta(days=draw(st.integers(-3, 1))), rate_bp=number, variant_id=draw(NARROWED),
            product_id=draw(NARROWED), category=draw(st.none() | CATEGORIES), guide_id=draw(NARROWED), store_id=draw(NARROWED),
            activity_id=draw(NARROWED), guide_level=draw(st.none() | st.just("金牌")))
    return [one(number) for number in range(draw(st.integers(0, 12)))]


@settings(max_examples=300)
@given(rules(), st.lists(st.builds(
    Sale, IDS, IDS, CATEGORIES, st.booleans(), st.just(AT), guide_id=st.none() | IDS, guide_level=st.sampled_from(["", "金牌"]),
    store_id=st.none() | IDS, activity_id=st.none() | IDS), min_size=1, max_size=8))
def test_the_same_answer(drawn: list[Rule], sales: list[Any]) -> None:
    ladder = Ladder(drawn)
    assert [ladder.resolve(sale) for sale in sales] == [resolve(drawn, sale) for sale in sales]
