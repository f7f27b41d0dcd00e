"""R22, R28: the plan that began last holds, its first days may be free, and an order keeps what held when it was placed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.brands.fees import add_fee_plan, as_fee_plan, fee_plan_at, fee_plans
from app.domain.commission.models import CommissionLine
from app.domain.orders.models import Order
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)


def fee_of(shop: Shop, *, days: int, share_code: str | None = "") -> tuple[int, int, str]:
    """(rate, amount, channel) frozen on one cover of 59.90 bought that many days from now."""
    more = {} if share_code == "" else {"share_code": share_code}
    placed = shop.order((shop.cover, 1), now=NOON + days * DAY, **more)
    order = shop.session.scalars(select(Order).where(Order.id == placed.order_id)).one()
    amount = shop.session.scalars(select(CommissionLine.amount_minor).where(
        CommissionLine.role == "platform", CommissionLine.order_line_id.in_([line.id for line in order.lines]))).one()
    return order.platform_fee_bp, amount, order.channel


def test_the_first_plan_is_one_per_cent(session: BrandSession) -> None:
    assert fee_of(a_shop(session), days=0) == (100, 60, "guide_link"), "59.90 × 1 % = 0.599"


def test_a_later_plan_holds_from_its_moment_on_and_only_for_new_orders(session: BrandSession) -> None:
    shop = a_shop(session)
    add_fee_plan(session, brand_id=shop.brand_id, rate_bp=250, storefront_bp=400, effective_from=NOON + DAY, now=NOON)
    assert fee_of(shop, days=0)[:2] == (100, 60)
    assert fee_of(shop, days=1)[:2] == (250, 150), "59.90 × 2.5 % = 1.4975"
    assert fee_of(shop, days=1, share_code=None) == (400, 240, "storefront"), "59.90 × 4 % = 2.396"


def test_free_days_cost_nothing_and_end_on_time(session: BrandSession) -> None:
    shop = a_shop(session)
    add_fee_plan(session, brand_id=shop.brand_id, rate_bp=300, free_days=10, now=NOON)
    assert [fee_of(shop, days=days)[1] for days in (0, 9, 10)] == [0, 0, 180], "59.90 × 3 % = 1.797, from the tenth day on"


def test_one_plan_at_a_moment(session: BrandSession) -> None:
    brand_id = session.info["brand_id"]
    for start, rate in ((NOON + DAY, 10), (NOON + 2 * DAY, 20), (NOON + 2 * DAY, 30)):
        add_fee_plan(session, brand_id=brand_id, rate_bp=rate, effective_from=start, now=NOON)
    plans = fee_plans(session, brand_id=brand_id)
    found = [fee_plan_at(plans, NOON + days * DAY) for days in (-1, 0, 1, 2, 9)]
    assert [plan and as_fee_plan(plan).rate_bp for plan in found] == [None, 100, 10, 30, 30]


@pytest.mark.parametrize("bad", [{"rate_bp": -1}, {"rate_bp": 3001}, {"rate_bp": 1, "storefront_bp": 3001}, {"rate_bp": 1, "free_days": -1}])
def test_what_no_plan_may_be_is_refused_at_its_field(session: BrandSession, bad: dict[str, int]) -> None:
    with pytest.raises(Refused) as refused:
        add_fee_plan(session, brand_id=session.info["brand_id"], now=NOON, **bad)
    assert refused.value.field == list(bad)[-1]
