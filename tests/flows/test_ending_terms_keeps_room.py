"""R22: ending a rule or a plan lets what is below it hold; it is refused where an order would then exceed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.domain.commission import actions as rates
from app.domain.commission.actions import add_rule
from app.domain.splits import actions as splits
from app.domain.splits.actions import add_plan
from app.flows.end_terms import end_plan, end_rule
from app.flows.guard_margin import guard_margin
from app.flows.quote_order import quote_order
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

LATER = NOON + timedelta(days=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """299.00 and 59.90, platform 1 %. By default a guide gets 100.00 a piece; what costs 59.90 has a rule of its own, 10 %."""
    shop = a_shop(session, rates=False)
    add_rule(session, brand_id=shop.brand_id, scope={"product_id": shop.cover_product}, rate_bp=1000, now=NOON)
    add_rule(session, brand_id=shop.brand_id, scope={}, amount_minor=10000, now=NOON)
    guard_margin(session, brand_id=shop.brand_id, now=NOON)
    session.commit()
    return shop


def rule(shop: Shop, number: int) -> Any:
    return next(row for row in shop.session.query(rates.CommissionRule) if row.number == number)


def guides_share(shop: Shop) -> Any:
    quote = quote_order(shop.session, brand_id=shop.brand_id, basket=shop.basket((shop.cover, 1), guide_id=shop.lin.id), now=LATER)
    return next(share for share in quote.lines[0].allocations if share.role == "guide")


def test_a_rule_that_covers_for_one_below_is_not_ended(shop: Shop) -> None:
    """Without R-1 the default would pay 100.00 of 59.90: with the fee of 0.60 that is 40.70 too much."""
    with pytest.raises(Refused) as said:
        end_rule(shop.session, brand_id=shop.brand_id, rule_id=rule(shop, 1).id, now=LATER)
    assert (said.value.code, said.value.field, said.value.data["rule"], said.value.data["over_minor"]) == ("exceeds_base", None, 2, 4070)
    shop.session.rollback()
    assert guides_share(shop).amount_minor == 599, "R-1 still holds"


def test_without_the_guard_the_guide_is_cut(shop: Shop) -> None:
    """The twin: 59.90 less the fee is all there is, where 100.00 was promised."""
    rates.end_rule(shop.session, brand_id=shop.brand_id, rule_id=rule(shop, 1).id, now=NOON)
    shop.session.flush()
    assert (guides_share(shop).amount_minor, guides_share(shop).trace["cut_from_minor"]) == (5930, 10000)


def test_an_end_that_is_still_to_come_is_tried_too(shop: Shop) -> None:
    with pytest.raises(Refused):
        end_rule(shop.session, brand_id=shop.brand_id, rule_id=rule(shop, 1).id, at=NOON + timedelta(days=30), now=LATER)


def test_a_rule_nothing_rests_on_ends(shop: Shop) -> None:
    ended = end_rule(shop.session, brand_id=shop.brand_id, rule_id=rule(shop, 2).id, now=LATER)
    assert ended.effective_to == LATER
    assert end_rule(shop.session, brand_id=shop.brand_id, rule_id=rule(shop, 1).id, now=LATER).effective_to == LATER, "now the other may go as well"


def test_a_plan_is_not_ended_where_the_inherited_one_takes_too_much(shop: Shop) -> None:
    """The brand's plan gives stores 50 %; this store has its own of 5 % because its guides get 60 %: 60 + 50 + 1 is 11 % of 299.00 too much."""
    session, brand_id = shop.session, shop.brand_id
    own = add_plan(session, brand_id=brand_id, org_unit_id=shop.store.id, shares=[{"role": "store", "rate_bp": 500}], now=NOON)
    add_rule(session, brand_id=brand_id, scope={"store_id": shop.store.id, "product_id": shop.case_product}, rate_bp=6000, now=NOON)
    add_plan(session, brand_id=brand_id, org_unit_id=None, shares=[{"role": "store", "rate_bp": 5000}], now=NOON)
    guard_margin(session, brand_id=brand_id, now=NOON)
    session.commit()
    with pytest.raises(Refused) as said:
        end_plan(session, brand_id=brand_id, plan_id=own.id, now=LATER)
    assert (said.value.data["store"], said.value.data["over_minor"]) == ("静安嘉里店", 3289)
    session.rollback()
    splits.end_plan(session, brand_id=brand_id, plan_id=own.id, now=LATER)
    with pytest.raises(Refused):
        guard_margin(session, brand_id=brand_id, now=LATER)
