"""R22: of goods that no rule tells apart the guard looks at the cheapest; one that a rule or an activity names is looked at by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from app.domain.catalog.models import Variant
from app.domain.commission.actions import add_rule
from app.domain.promotions.models import Activity, ActivityPrice
from app.flows.guard_margin import overruns
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.after_sales import another
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """20.00 a piece for anything among the cases, which cost 299.00."""
    shop = a_shop(session, rates=False)
    add_rule(session, brand_id=shop.brand_id, scope={"category": "箱包"}, amount_minor=2000, now=NOON)
    session.commit()
    return shop


def exceeding(shop: Shop, days: int = 0) -> set[tuple[UUID | None, int]]:
    """What exceeds, as (variant, price), from so many days after."""
    return {(one.variant_id, one.base_minor) for one in overruns(shop.session, brand_id=shop.brand_id, now=NOON + timedelta(days=days))}


def test_the_cheapest_of_many_decides(shop: Shop) -> None:
    assert exceeding(shop) == set()
    cheap = another(shop, shop.case, "A2", price_minor=1000)
    another(shop, shop.case, "A3", price_minor=1500)
    assert exceeding(shop) == {(cheap, 1000)}


def test_what_has_a_rule_of_its_own_is_left_out_of_the_rest(shop: Shop) -> None:
    cheap, next_one = another(shop, shop.case, "A2", price_minor=1000), another(shop, shop.case, "A3", price_minor=1500)
    add_rule(shop.session, brand_id=shop.brand_id, scope={"variant_id": cheap}, rate_bp=500, now=NOON)
    assert exceeding(shop) == {(next_one, 1500)}
    add_rule(shop.session, brand_id=shop.brand_id, scope={"product_id": shop.case_product}, rate_bp=500, now=NOON)
    assert exceeding(shop) == set()


def test_what_pays_no_commission_decides_nothing(shop: Shop) -> None:
    cheap = another(shop, shop.case, "A2", price_minor=1000)
    shop.session.execute(update(Variant).where(Variant.id == cheap).values(commissionable=False))
    assert exceeding(shop) == set()
    dearer = another(shop, shop.case, "A3", price_minor=1500)
    assert exceeding(shop) == {(dearer, 1500)}


def test_a_dear_thing_that_an_activity_makes_cheap_is_found(shop: Shop) -> None:
    """Its ordinary price is not the cheapest, so nothing but the activity names it."""
    another(shop, shop.case, "A2", price_minor=20000)
    activity = Activity(id=new_id(), brand_id=shop.brand_id, number=1, name="清仓", starts_at=NOON + timedelta(days=1), ends_at=NOON + timedelta(days=2))
    shop.session.add(activity)
    shop.session.flush()
    shop.session.add(ActivityPrice(brand_id=shop.brand_id, activity_id=activity.id, variant_id=shop.case, price_minor=1200))
    shop.session.commit()
    assert exceeding(shop) == {(shop.case, 1200)}
    assert exceeding(shop, days=2) == set()
