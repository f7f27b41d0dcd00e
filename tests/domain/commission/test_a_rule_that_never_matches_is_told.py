"""R3, R4: saving says why a rule can never match; a new version holds from its start on and never before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.domain.catalog.models import Variant
from app.domain.commission.actions import add_rule, end_rule
from app.domain.commission.models import CommissionRule
from app.domain.commission.rules import Reach, Rule, never_matches
from app.domain.insights.rules_at_rest import idle_rules
from app.domain.promotions.models import Activity, ActivityPrice
from app.flows.quote_order import quote_order
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session, rates=False)


def save(shop: Shop, scope: dict[str, Any] | None = None, **terms: Any) -> tuple[CommissionRule, list[str]]:
    if "amount_minor" not in terms:
        terms.setdefault("rate_bp", 500)
    return add_rule(shop.session, brand_id=shop.brand_id, scope=scope or {}, **{"now": NOON, **terms})


def rate(shop: Shop, at: Any = NOON) -> int | None:
    quote = quote_order(shop.session, brand_id=shop.brand_id, basket=shop.basket((shop.case, 1)), now=at)
    return next(share.rate_bp for share in quote.lines[0].allocations if share.role == "guide")


def test_a_rule_that_can_match_is_saved_in_silence(shop: Shop) -> None:
    assert save(shop)[1] == []
    assert save(shop, {"category": "箱包"})[1] == []
    assert save(shop, {"product_id": shop.case_product, "guide_id": shop.lin.id})[1] == []


def test_nothing_is_sold_there(shop: Shop) -> None:
    assert save(shop, {"category": "雨伞"})[1] == ["no_product"]


def test_nothing_there_pays_commission(shop: Shop) -> None:
    shop.session.execute(update(Variant).where(Variant.id == shop.case).values(commissionable=False))
    assert save(shop, {"category": "箱包"})[1] == ["no_commission"]


def test_hidden_by_a_rule_above_it(shop: Shop) -> None:
    save(shop, {"category": "箱包"}, effective_from=NOON)
    assert save(shop, {"category": "箱包 > 登机箱"}, now=NOON + DAY)[1] == [], "the nearer category stands above"
    save(shop, {"store_id": shop.store.id})
    assert save(shop, {"store_id": shop.store.id, "guide_level": "金牌"}, now=NOON + DAY)[1] == [], "narrower stands above"
    save(shop, {"guide_level": "金牌", "store_id": shop.store.id, "category": "配件"})
    assert save(shop, {"category": "配件 > 箱套", "product_id": shop.cover_product}, now=NOON + DAY)[1] == []


def test_hidden_and_past_by_the_rule_itself() -> None:
    above = Rule(new_id(), 1, 1, NOON, rate_bp=100, category="箱包")
    below = Rule(new_id(), 2, 1, NOON - DAY, rate_bp=100, category="箱包")
    lasting = Rule(new_id(), 3, 1, NOON, NOON + DAY, rate_bp=100, category="箱包")
    assert never_matches(below, [above], Reach(1, 1), now=NOON) is None, "it ruled before the other began"
    assert never_matches(Rule(new_id(), 0, 1, NOON, rate_bp=1, category="箱包"), [above], Reach(1, 1), now=NOON) == "hidden"
    assert never_matches(Rule(new_id(), 0, 1, NOON, rate_bp=1, category="箱包"), [lasting], Reach(1, 1), now=NOON) is None
    assert never_matches(Rule(new_id(), 9, 1, NOON - DAY, NOON, rate_bp=1), [], Reach(1, 1), now=NOON) == "past"


def test_bounds_do_not_hide_nor_save_from_hiding() -> None:
    above = Rule(new_id(), 2, 1, NOON, rate_bp=100, min_minor=5, max_minor=6)
    below = Rule(new_id(), 1, 1, NOON, rate_bp=9000, min_minor=1)
    assert never_matches(below, [above], Reach(1, 1), now=NOON) == "hidden"


def an_activity(shop: Shop, *variants: Any, starts: Any = NOON, ends: Any = NOON + 7 * DAY) -> Activity:
    activity = Activity(id=new_id(), brand_id=shop.brand_id, number=1, name="清仓周", starts_at=starts, ends_at=ends)
    shop.session.add(activity)
    shop.session.flush()
    shop.session.add_all(ActivityPrice(brand_id=shop.brand_id, activity_id=activity.id, variant_id=variant, price_minor=4990) for variant in variants)
    shop.session.flush()
    return activity


def test_a_rule_of_an_activity_can_match_while_the_activity_is_on_or_to_come(shop: Shop) -> None:
    activity = an_activity(shop, shop.case, starts=NOON + DAY)
    assert save(shop, {"activity_id": activity.id})[1] == []
    assert save(shop, {"activity_id": activity.id, "category": "箱包"})[1] == []
    assert save(shop, {"activity_id": activity.id}, effective_from=NOON + 3 * DAY)[1] == []
    assert idle_rules(shop.session, brand_id=shop.brand_id, now=NOON) == []


@pytest.mark.parametrize(("scope", "terms", "ends", "why"), [
    ({"category": "配件"}, {}, 7, "activity_goods"), ({}, {"effective_from": NOON + 7 * DAY}, 7, "activity_apart"),
    ({}, {"effective_to": NOON + DAY}, 7, "activity_apart"), ({}, {}, 0, "activity_over")])
def test_an_activity_that_is_over_elsewhere_or_without_the_goods(shop: Shop, scope: dict[str, Any], terms: dict[str, Any], ends: int, why: str) -> None:
    starts = NOON - DAY if ends == 0 else NOON + DAY
    activity = an_activity(shop, shop.case, starts=starts, ends=NOON + ends * DAY)
    rule, warnings = save(shop, {"activity_id": activity.id, **scope}, **terms)
    assert warnings == [why]
    assert [(row.id, said) for row, said in idle_rules(shop.session, brand_id=shop.brand_id, now=NOON)] == [(rule.id, why)], "and the list says the same"


def test_goods_of_an_activity_that_pay_no_commission(shop: Shop) -> None:
    activity = an_activity(shop, shop.case)
    shop.session.execute(update(Variant).where(Variant.id == shop.case).values(commissionable=False))
    assert save(shop, {"activity_id": activity.id})[1] == ["no_commission"]


def test_a_period_that_is_over_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        save(shop, effective_from=NOON - 2 * DAY, effective_to=NOON - DAY)
    assert refused.value.field == "effective_to"


def test_edits_are_prospective(shop: Shop) -> None:
    first, _ = save(shop, rate_bp=1000)
    second, _ = save(shop, rate_bp=2000, replaces=first.id, effective_from=NOON + 2 * DAY, now=NOON + DAY)
    assert (second.number, second.version) == (first.number, 2)
    shop.session.flush()
    assert (rate(shop, NOON + DAY), rate(shop, NOON + 2 * DAY - timedelta(microseconds=1)), rate(shop, NOON + 2 * DAY)) == (1000, 1000, 2000)
    backdated, _ = save(shop, {"category": "箱包"}, effective_from=NOON - 30 * DAY, now=NOON + 3 * DAY)
    assert backdated.effective_from == NOON + 3 * DAY, "a start that has passed is now"


def test_a_version_is_replaced_once(shop: Shop) -> None:
    first, _ = save(shop)
    save(shop, replaces=first.id, now=NOON + DAY)
    with pytest.raises(Conflict):
        save(shop, replaces=first.id, now=NOON + 2 * DAY)


def test_an_ended_rule_gives_way_to_what_is_below(shop: Shop) -> None:
    save(shop, rate_bp=300)
    upper, _ = save(shop, {"category": "箱包"}, rate_bp=900)
    shop.session.flush()
    assert rate(shop) == 900
    end_rule(shop.session, brand_id=shop.brand_id, rule_id=upper.id, now=NOON + DAY)
    assert (rate(shop, NOON + DAY - timedelta(seconds=1)), rate(shop, NOON + DAY)) == (900, 300)
    with pytest.raises(Conflict):
        end_rule(shop.session, brand_id=shop.brand_id, rule_id=upper.id, now=NOON + 2 * DAY)


@pytest.mark.parametrize(("scope", "terms", "error"), [
    ({}, {"rate_bp": None}, "one_measure"), ({}, {"rate_bp": 5, "amount_minor": 5}, "one_measure"), ({}, {"rate_bp": 10001}, "rate_invalid"),
    ({}, {"rate_bp": -1}, "rate_invalid"), ({}, {"amount_minor": 10**13}, "amount_out_of_range"), ({}, {"referrer_bp": 10001}, "rate_invalid"),
    ({}, {"min_minor": -1}, "amount_out_of_range"), ({}, {"max_minor": 10**13}, "amount_out_of_range"),
    ({}, {"min_minor": 5, "max_minor": 4}, "max_below_min"), ({}, {"amount_minor": 5, "max_minor": 9}, "limit_of_a_rate"),
    ({"planet": 1}, {}, "scope_unknown"), ({"category": "x" * 201}, {}, "scope_invalid"), ({"category": "\x00"}, {}, "scope_invalid")])
def test_what_cannot_be_a_rule_is_refused(shop: Shop, scope: dict[str, Any], terms: dict[str, Any], error: str) -> None:
    with pytest.raises(Refused) as refused:
        save(shop, scope, **terms)
    assert refused.value.code == error


@pytest.mark.parametrize("scope", [{"guide_id": new_id()}, {"variant_id": "no id"}, {"store_id": new_id()}, {"dealer_id": "\x00"}, {"activity_id": new_id()}])
def test_what_is_not_there_is_not_found(shop: Shop, scope: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        save(shop, scope)
    assert shop.session.scalars(select(CommissionRule)).all() == []
