"""R22: platform + commissions + split ≤ base less the guarded margin, or the terms are refused when they are saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.domain.brands.models import BrandSettings
from app.domain.catalog.models import Variant
from app.domain.commission.actions import add_rule, end_rule
from app.domain.orgs.actions import add_org_unit
from app.domain.promotions.models import Activity, ActivityPrice
from app.domain.splits.actions import add_plan
from app.flows.guard_margin import guard_margin
from app.flows.quote_order import quote_order
from app.flows.set_fee import set_fee
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """299.00 and 59.90; platform 1 %; no rates yet."""
    return a_shop(session, rates=False)


def rate(shop: Shop, scope: dict[str, Any] | None = None, **terms: Any) -> Any:
    rule, _ = add_rule(shop.session, brand_id=shop.brand_id, scope=scope or {}, **{"now": NOON, **terms})
    guard_margin(shop.session, brand_id=shop.brand_id, now=NOON)
    return rule


def split(shop: Shop, *shares: dict[str, Any], unit: Any = None, **terms: Any) -> Any:
    plan = add_plan(shop.session, brand_id=shop.brand_id, org_unit_id=unit, shares=shares, **{"now": NOON, **terms})
    guard_margin(shop.session, brand_id=shop.brand_id, now=NOON)
    return plan


def settings(shop: Shop, **terms: Any) -> None:
    for name, value in terms.items():
        setattr(shop.session.scalars(select(BrandSettings)).one(), name, value)
    guard_margin(shop.session, brand_id=shop.brand_id, now=NOON)


def fee(shop: Shop, rate_bp: int, **more: Any) -> Any:
    return set_fee(shop.session, brand_id=shop.brand_id, rate_bp=rate_bp, now=NOON, **{"storefront_bp": rate_bp, **more})


def refused(shop: Shop, save: Any, *terms: Any, code: str = "exceeds_base", **more: Any) -> dict[str, Any]:
    with pytest.raises(Refused) as said:
        save(shop, *terms, **more)
    assert said.value.code == code
    shop.session.rollback()
    return said.value.data


def test_exactly_all_of_it_fits_and_a_basis_point_more_does_not(shop: Shop) -> None:
    split(shop, {"role": "store", "rate_bp": 500})
    rate(shop, rate_bp=9400)
    data = refused(shop, rate, rate_bp=9401, now=NOON + DAY)
    assert data["over_minor"] == 1, "0.01 % of 59.90 is 0.6 fen: told as one"


def test_the_guarded_margin_counts(shop: Shop) -> None:
    settings(shop, guard_bp=3000)
    rate(shop, rate_bp=6900)
    refused(shop, rate, rate_bp=6901, now=NOON + DAY)


def test_the_referrer_counts_while_there_are_two_levels(shop: Shop) -> None:
    rate(shop, rate_bp=9000, referrer_bp=1000)
    refused(shop, settings, two_levels=True)


def test_a_fee_or_a_margin_that_no_longer_fits(shop: Shop) -> None:
    rate(shop, rate_bp=9800)
    shop.session.commit()
    assert fee(shop, 200).rate_bp == 200
    shop.session.commit()
    refused(shop, fee, 201)


def test_a_fee_counts_from_the_day_it_is_taken(shop: Shop) -> None:
    """97 % and 3 % fit, 98 % does not: not even while the fee is still free, as that ends."""
    fee(shop, 300, free_days=30)
    rate(shop, rate_bp=9700)
    shop.session.commit()
    refused(shop, rate, rate_bp=9701, now=NOON + DAY)
    data = refused(shop, fee, 400, effective_from=NOON + 60 * DAY)
    assert data["rule"] == 1


def test_the_storefront_fee_counts_where_nobody_sells(shop: Shop) -> None:
    """A guide's order never pays it: 95 % beside a storefront fee of 30 % fits, a split of 71 % does not."""
    rate(shop, rate_bp=2000)
    fee(shop, 100, storefront_bp=3000)
    shop.session.commit()
    split(shop, {"role": "store", "rate_bp": 7000})
    shop.session.rollback()
    assert refused(shop, split, {"role": "store", "rate_bp": 7001})["rule"] == 0


def test_guide_and_referrer_stay_under_the_cap(shop: Shop) -> None:
    """20 % together: 18 % and 2 % fit on the dearest and the cheapest, 18.01 % does not; a floor of 12.00 on 59.90 is more than 20 %."""
    settings(shop, commission_cap_bp=2000, two_levels=True)
    rate(shop, rate_bp=1800, referrer_bp=200)
    shop.session.commit()
    data = refused(shop, rate, code="exceeds_cap", rate_bp=1801, referrer_bp=200, now=NOON + DAY)
    assert (data["rule"], data["store"], data["base_minor"], data["asked_minor"]) == (2, "静安嘉里店", 5990, 1079 + 120)
    refused(shop, rate, code="exceeds_cap", rate_bp=500, min_minor=1200, now=NOON + DAY)
    refused(shop, settings, code="exceeds_cap", commission_cap_bp=1999)


def test_a_floor_per_piece_must_fit_the_cheapest_and_a_ceiling_makes_room(shop: Shop) -> None:
    """59.90 less 1 % is 59.30."""
    rate(shop, rate_bp=100, min_minor=5930)
    shop.session.rollback()
    refused(shop, rate, rate_bp=100, min_minor=5931)
    rate(shop, rate_bp=9900, max_minor=1000)
    split(shop, {"role": "store", "rate_bp": 8000})


def test_whoever_ships_counts_at_every_store(shop: Shop) -> None:
    rate(shop, rate_bp=9000)
    shop.session.commit()
    split(shop, {"role": "fulfilling_store", "rate_bp": 900})
    shop.session.rollback()
    refused(shop, split, {"role": "fulfilling_store", "rate_bp": 901})


def test_the_price_of_an_activity_counts_while_it_is_on(shop: Shop) -> None:
    """20.00 a piece fits 59.90 and 299.00; at 19.90 it does not, unless the activity has its own rate."""
    activity = Activity(id=new_id(), brand_id=shop.brand_id, number=1, name="清仓", starts_at=NOON + DAY, ends_at=NOON + 3 * DAY)
    shop.session.add(activity)
    shop.session.flush()
    shop.session.add(ActivityPrice(brand_id=shop.brand_id, activity_id=activity.id, variant_id=shop.case, price_minor=1990))
    shop.session.commit()
    assert refused(shop, rate, amount_minor=2000)["base_minor"] == 1990
    rate(shop, {"activity_id": activity.id}, rate_bp=3000)
    rate(shop, amount_minor=2000)
    shop.session.commit()
    refused(shop, rate, {"activity_id": activity.id}, rate_bp=9901, now=NOON + DAY)


def test_the_refusal_names_rule_store_and_amounts(shop: Shop) -> None:
    with pytest.raises(Refused) as said:
        rate(shop, amount_minor=6000)
    assert str(said.value) == "规则 R-1 超出可分金额：静安嘉里店 卖 CNY 59.90 的商品时，各方合计要 CNY 60.60，多出 CNY 0.70"


def test_a_plan_that_does_not_fit_the_rates(shop: Shop) -> None:
    rate(shop, rate_bp=9000)
    shop.session.commit()
    refused(shop, split, {"role": "store", "rate_bp": 901})
    split(shop, {"role": "store", "rate_bp": 900})


def test_a_share_of_a_unit_the_stores_do_not_have_takes_nothing(shop: Shop) -> None:
    rate(shop, rate_bp=9000)
    split(shop, {"role": "dealer", "rate_bp": 5000}, {"role": "mall", "rate_bp": 5000})


def test_a_store_under_a_dealer_is_tried_too(shop: Shop) -> None:
    dealer = add_org_unit(shop.session, brand_id=shop.brand_id, kind="dealer", name="宏远", code="D1")
    add_org_unit(shop.session, brand_id=shop.brand_id, kind="store", name="宏远一店", code="D1S1", parent_id=dealer.id)
    rate(shop, rate_bp=9000)
    shop.session.commit()
    assert refused(shop, split, {"role": "dealer", "rate_bp": 5000})["store"] == "宏远一店"
    split(shop, {"role": "dealer", "rate_bp": 900}, unit=dealer.id)
    refused(shop, rate, {"dealer_id": dealer.id}, rate_bp=9200, now=NOON + DAY)


def test_what_begins_later_is_tried_when_it_begins(shop: Shop) -> None:
    rate(shop, rate_bp=5000)
    split(shop, {"role": "store", "rate_bp": 4000})
    shop.session.commit()
    refused(shop, rate, rate_bp=7000, effective_from=NOON + 5 * DAY)
    split(shop, {"role": "store", "rate_bp": 1000}, effective_from=NOON + 3 * DAY)
    rate(shop, rate_bp=7000, effective_from=NOON + 5 * DAY)


def test_a_rule_of_the_store_stands_before_the_default_there(shop: Shop) -> None:
    rate(shop, rate_bp=9000)
    low = rate(shop, {"store_id": shop.store.id}, rate_bp=500)
    split(shop, {"role": "store", "rate_bp": 5000}, unit=shop.store.id)
    shop.session.commit()
    end_rule(shop.session, brand_id=shop.brand_id, rule_id=low.id, now=NOON + DAY)
    refused(shop, lambda shop: guard_margin(shop.session, brand_id=shop.brand_id, now=NOON))


def test_a_default_that_decides_nothing_yet_may_be_high_until_it_would_decide(shop: Shop) -> None:
    rate(shop, {"category": "箱包"}, rate_bp=500)
    rate(shop, {"category": "配件"}, rate_bp=500)
    split(shop, {"role": "store", "rate_bp": 5000})
    data = refused(shop, rate, rate_bp=6000)
    assert data["base_minor"] == 100_000, "tried on a sample price: the next product would fall under it"

def test_a_fixed_amount_must_fit_the_cheapest_it_decides(shop: Shop) -> None:
    rate(shop, amount_minor=5930)  # 59.90 less 1 % platform fee
    shop.session.rollback()
    refused(shop, rate, amount_minor=5931)
    rate(shop, {"category": "箱包"}, amount_minor=20000)
    rate(shop, {"category": "配件"}, rate_bp=1000)
    refused(shop, rate, {"category": "配件"}, amount_minor=20000, now=NOON + DAY)


def test_a_dear_fixed_amount_is_fine_where_the_cheap_things_have_their_own_rule(shop: Shop) -> None:
    rate(shop, {"product_id": shop.cover_product}, rate_bp=1000)
    rate(shop, amount_minor=20000)
    quote = quote_order(shop.session, brand_id=shop.brand_id, basket=shop.basket((shop.case, 1)), now=NOON)
    assert [share.amount_minor for share in quote.lines[0].allocations if share.role == "guide"] == [20000]


def test_a_floor_must_fit_the_cheapest_thing_even_one_without_commission(shop: Shop) -> None:
    split(shop, {"role": "store", "rate_bp": 100, "min": 5930})
    shop.session.rollback()
    refused(shop, split, {"role": "store", "rate_bp": 100, "min": 5931})
    shop.session.execute(update(Variant).where(Variant.id == shop.cover).values(commissionable=False))
    refused(shop, split, {"role": "store", "rate_bp": 100, "min": 5931})


def test_a_ceiling_makes_room(shop: Shop) -> None:
    split(shop, {"role": "store", "rate_bp": 9000, "max": 1000})
    rate(shop, rate_bp=8000)
    refused(shop, rate, rate_bp=8300, now=NOON + DAY)  # 59.90: 0.60 + 10.00 + 49.72


def test_an_older_rule_of_the_same_scope_is_idle_once_a_newer_one_holds(shop: Shop) -> None:
    rate(shop, rate_bp=9000)
    rate(shop, rate_bp=1000, effective_from=NOON + DAY, now=NOON + DAY)
    with pytest.raises(Refused):
        split(shop, {"role": "store", "rate_bp": 5000}, effective_from=NOON)
    split_at = NOON + 2 * DAY
    shop.session.rollback()
    rate(shop, rate_bp=9000)
    rate(shop, rate_bp=1000, effective_from=NOON + DAY, now=NOON + DAY)
    split(shop, {"role": "store", "rate_bp": 5000}, effective_from=split_at)


@pytest.mark.parametrize(("share", "code"), [
    ({"role": "emperor", "rate_bp": 1}, "role_unknown"), ({"role": "store", "rate_bp": 10001}, "rate_invalid"),
    ({"role": "store", "rate_bp": -1}, "rate_invalid"),
    ({"role": "store", "rate_bp": 1, "min": -1}, "amount_out_of_range"), ({"role": "store", "rate_bp": 1, "min": 5, "max": 4}, "max_below_min")])
def test_what_is_no_share_is_refused(shop: Shop, share: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as said:
        split(shop, share)
    assert (said.value.code, str(said.value.field).startswith("shares.0.")) == (code, True)


def test_one_role_goes_to_the_own_unit_or_to_named_payees(shop: Shop) -> None:
    """Both could meet in one payee, and no order of that store could be placed."""
    own, named = {"role": "store", "rate_bp": 100}, {"role": "store", "rate_bp": 100, "payee_id": shop.store.payee_id}
    for shares in ((own, own), (own, named), (named, own), (named, named)):
        with pytest.raises(Refused) as said:
            split(shop, *shares)
        assert (said.value.code, said.value.field) == ("share_twice", "shares.1.role")
