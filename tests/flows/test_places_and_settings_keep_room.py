"""R22: who sells where, the brand's margin and cap and the platform's fee change only where every order still fits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.domain.brands.models import BrandSettings
from app.domain.catalog.models import Variant
from app.domain.commission.actions import add_rule
from app.domain.guides import actions as guide_actions
from app.domain.orgs import actions as unit_actions
from app.domain.orgs.models import OrgUnit
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.splits.actions import add_plan
from app.flows.change_terms import change_terms
from app.flows.guard_margin import guard_margin, guarded, overruns
from app.flows.import_roster import import_roster
from app.flows.move_guide import move_guide
from app.flows.place_unit import add_unit, move_unit, reopen_unit
from app.flows.quote_order import quote_order
from app.flows.set_fee import set_fee
from app.gateways.tables import read_table
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_unit
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """Lin takes 60 % of what she sells; the dealer's stores give him 50 %; platform 1 %."""
    shop = a_shop(session, rates=False)
    dealer = a_unit(session, "dealer", "宏远", code="D1")
    a_unit(session, "store", "宏远一店", dealer, code="D1S1")
    add_rule(session, brand_id=shop.brand_id, scope={"guide_id": shop.lin.id}, rate_bp=6000, now=NOON)
    add_plan(session, brand_id=shop.brand_id, org_unit_id=dealer.id, shares=[{"role": "dealer", "rate_bp": 5000}], now=NOON)
    guard_margin(session, brand_id=shop.brand_id, now=NOON)
    session.commit()
    return shop


def unit(shop: Shop, code: str) -> OrgUnit:
    return shop.session.scalars(select(OrgUnit).where(OrgUnit.code == code)).one()


def refused(shop: Shop, work: Any, field: str | None) -> Refused:
    with pytest.raises(Refused) as said:
        work()
    shop.session.rollback()
    assert (said.value.code, said.value.field) == ("exceeds_base", field)
    return said.value


def dealers_share(shop: Shop) -> Any:
    quote = quote_order(shop.session, brand_id=shop.brand_id, basket=shop.basket((shop.case, 1), guide_id=shop.lin.id), now=NOON)
    return next(share for share in quote.lines[0].allocations if share.role == "dealer")


def test_a_guide_is_not_moved_where_her_own_rate_does_not_fit(shop: Shop) -> None:
    said = refused(shop, lambda: move_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, store_id=unit(shop, "D1S1").id, now=NOON), "store_id")
    assert (said.data["store"], said.data["rule"], said.data["over_minor"]) == ("宏远一店", 1, 659), "60 + 50 + 1 % of 59.90 is 11 % too much"
    move_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.he.id, store_id=unit(shop, "D1S1").id, now=NOON)


def test_without_the_guard_the_dealer_is_cut(shop: Shop) -> None:
    """The twin: moved past the guard, the next order of 299.00 has 116.61 left for a dealer who was promised 149.50."""
    guide_actions.move_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, store_id=unit(shop, "D1S1").id)
    shop.session.flush()
    share = dealers_share(shop)
    assert (share.amount_minor, share.trace["cut_from_minor"]) == (29900 - 17940 - 299, 14950)


def test_a_roster_does_not_move_her_there_either(shop: Shop) -> None:
    rows = read_table("姓名,手机号,门店编码\n林晓芸,13900000001,D1S1\n".encode())
    refused(shop, lambda: import_roster(shop.session, brand_id=shop.brand_id, rows=rows, now=NOON), "file")
    assert import_roster(shop.session, brand_id=shop.brand_id, rows=rows, now=NOON, dry_run=True).updated == 1


def test_a_store_is_not_put_below_a_unit_that_takes_too_much(shop: Shop) -> None:
    refused(shop, lambda: move_unit(shop.session, brand_id=shop.brand_id, unit_id=shop.store.id, parent_id=unit(shop, "D1").id, now=NOON), "parent_id")
    unit_actions.move_org_unit(shop.session, brand_id=shop.brand_id, unit_id=shop.store.id, parent_id=unit(shop, "D1").id)
    shop.session.expire_all()
    assert "cut_from_minor" in dealers_share(shop).trace, "the twin"


def test_a_new_or_reopened_store_fits_too(shop: Shop) -> None:
    """A rule for everybody of 45 % fits the dealer's stores; raised to 60 % while none is open, none can be opened."""
    dealer, store = unit(shop, "D1"), unit(shop, "D1S1")
    add_unit(shop.session, brand_id=shop.brand_id, kind="store", name="宏远二店", code="D1S2", parent_id=dealer.id, now=NOON)
    shop.session.rollback()
    unit_actions.close_org_unit(shop.session, brand_id=shop.brand_id, unit_id=store.id)
    add_rule(shop.session, brand_id=shop.brand_id, scope={}, rate_bp=6000, now=NOON)
    guard_margin(shop.session, brand_id=shop.brand_id, now=NOON)
    shop.session.commit()
    refused(shop, lambda: reopen_unit(shop.session, brand_id=shop.brand_id, unit_id=store.id, now=NOON), None)
    refused(shop, lambda: add_unit(shop.session, brand_id=shop.brand_id, kind="store", name="宏远三店", code="D1S3", parent_id=dealer.id, now=NOON), "parent_id")


@pytest.mark.parametrize(("before", "change", "field", "code"), [
    ({}, {"guard_bp": 4001}, "guard_bp", "exceeds_base"), ({}, {"commission_cap_bp": 5999}, "commission_cap_bp", "exceeds_cap"),
    ({"guard_bp": 3900}, {"two_levels": True}, "two_levels", "exceeds_base")])
def test_margin_cap_and_levels_leave_room(shop: Shop, before: dict[str, Any], change: dict[str, Any], field: str, code: str) -> None:
    """60 % and 1 % leave 39 %; a referrer of 0.01 % does not fit beside them."""
    add_rule(shop.session, brand_id=shop.brand_id, scope={"guide_id": shop.lin.id}, rate_bp=6000, referrer_bp=1, now=NOON)
    change_terms(shop.session, brand_id=shop.brand_id, now=NOON, **before)
    shop.session.commit()
    with pytest.raises(Refused) as said:
        change_terms(shop.session, brand_id=shop.brand_id, acknowledged=True, now=NOON, **change)
    assert (said.value.code, said.value.field) == (code, field)
    shop.session.rollback()
    assert change_terms(shop.session, brand_id=shop.brand_id, now=NOON, slogan="轻").slogan == "轻", "what bounds no money is not in the way"


def test_a_fee_plan_leaves_room_and_says_who_made_it(shop: Shop) -> None:
    change_terms(shop.session, brand_id=shop.brand_id, guard_bp=3900, now=NOON)
    shop.session.commit()
    refused(shop, lambda: set_fee(shop.session, brand_id=shop.brand_id, rate_bp=101, storefront_bp=101, now=NOON), "rate_bp")
    act_as(shop.session, command("平台运营"))
    plan = set_fee(shop.session, brand_id=shop.brand_id, rate_bp=50, storefront_bp=100, free_days=30, note="首月免收", now=NOON)
    assert (plan.number, plan.created_by, plan.note) == (2, "平台运营", "首月免收")


def test_goods_that_become_cheaper_are_let_through_and_told(shop: Shop) -> None:
    """5.00 a piece on A and 60 % of Lin's: at 4.00 the fixed amount has no room any more."""
    fixed, _ = add_rule(shop.session, brand_id=shop.brand_id, scope={"product_id": shop.case_product}, amount_minor=500, now=NOON)
    guard_margin(shop.session, brand_id=shop.brand_id, now=NOON)
    shop.session.commit()
    shop.session.execute(update(Variant).where(Variant.id == shop.case).values(price_minor=400))
    shop.session.commit()
    told = list(overruns(shop.session, brand_id=shop.brand_id, now=NOON))
    assert {(one.rule_id, one.variant_id, one.base_minor, one.over_minor) for one in told if one.store == "静安嘉里店"} == {(fixed.id, shop.case, 400, 104)}


def test_what_exceeds_already_stands_in_nobodys_way_but_its_own(shop: Shop) -> None:
    """A and B became cheaper than their 5.00 a piece; each is mended alone, others go on, and neither may get worse."""
    def fixed(product: Any, amount: int, replaces: Any = None) -> Any:
        with guarded(shop.session, brand_id=shop.brand_id, now=NOON + len(made) * timedelta(minutes=1)):
            made.append(add_rule(shop.session, brand_id=shop.brand_id, scope={"product_id": product}, amount_minor=amount, replaces=replaces,
                                 now=NOON + len(made) * timedelta(minutes=1))[0])
        shop.session.commit()
        return made[-1]

    made: list[Any] = []
    case, cover = fixed(shop.case_product, 500), fixed(shop.cover_product, 500)
    shop.session.execute(update(Variant).where(Variant.id.in_([shop.case, shop.cover])).values(price_minor=400))
    shop.session.commit()
    move_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.he.id, store_id=unit(shop, "D1S1").id, now=NOON)
    change_terms(shop.session, brand_id=shop.brand_id, guard_bp=0, slogan="轻", now=NOON)
    shop.session.commit()
    with pytest.raises(Refused) as said:
        fixed(shop.case_product, 450, case.id)
    assert said.value.data["rule"] == case.number, "another version has to fit, though it is better than the last"
    shop.session.rollback()
    with pytest.raises(Refused):
        change_terms(shop.session, brand_id=shop.brand_id, guard_bp=1, now=NOON)
    shop.session.rollback()
    fixed(shop.case_product, 150, case.id)
    fixed(shop.cover_product, 150, cover.id)
    guard_margin(shop.session, brand_id=shop.brand_id, now=NOON + timedelta(hours=1))


def test_settings_are_read_where_they_are_written(shop: Shop) -> None:
    assert change_terms(shop.session, brand_id=shop.brand_id, commission_cap_bp=6000, now=NOON).commission_cap_bp == 6000
    assert shop.session.scalars(select(BrandSettings.commission_cap_bp)).one() == 6000
    with pytest.raises(Refused) as said:
        change_terms(shop.session, brand_id=shop.brand_id, commission_cap_bp=10_001, now=NOON)
    assert said.value.field == "commission_cap_bp"
