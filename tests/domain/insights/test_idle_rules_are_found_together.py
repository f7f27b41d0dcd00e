"""All rules are judged at once as each is judged when it is saved (R3)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from app.domain.catalog.models import Variant
from app.domain.commission.actions import add_rule, why_never
from app.domain.commission.queries import current_rules
from app.domain.insights.rules_at_rest import idle_rules, no_commission_count
from app.kernel.tenancy import BrandSession
from tests.builders.sales import an_r23_shop
from tests.conftest import NOON


def test_each_verdict_is_the_one_of_saving(session: BrandSession) -> None:
    shop = an_r23_shop(session)
    brand_id, later = shop.brand_id, NOON + timedelta(hours=1)
    for scope in ({"category": "箱包"}, {"category": "没有"}, {"product_id": shop.case_product}, {"variant_id": shop.cover}, {"guide_id": shop.lin.id}, {}, {"category": "配件 > 箱套"}):
        add_rule(session, brand_id=brand_id, scope=scope, rate_bp=500, now=later)
    session.execute(update(Variant).where(Variant.id == shop.cover).values(commissionable=False))
    session.expire_all()
    found = {row.id: why for row, why in idle_rules(session, brand_id=brand_id, now=later)}
    rules = current_rules(session, brand_id=brand_id, now=later)
    expected = {row.id: why for row in rules if (why := why_never(session, brand_id=brand_id, rule=row, now=later))}
    assert found == expected and set(found.values()) >= {"no_product", "no_commission"}
    assert no_commission_count(session, brand_id=brand_id) == 1
