"""R22, R28: the operator adds fee plans, never edits one; new orders pay the plan that began last, the brand sees it, and it must fit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.fees import fee_plans
from app.domain.brands.models import Brand, PlatformFeePlan
from app.domain.commission.actions import add_rule
from app.domain.orders.models import Order
from app.domain.people.models import AuditEvent
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.callers import Caller, a_token
from tests.builders.shops import Shop, a_shop
from tests.builders.signed_in import console, platform
from tests.conftest import NOON, TestClock


@pytest.fixture
def shop(session: BrandSession, clock: TestClock) -> Shop:
    """299.00 and 59.90 at 12 % and 8 %; platform 1 %."""
    return a_shop(session)


@pytest.fixture
def operator(app: Application, database: Database, shop: Shop) -> FlaskClient:
    client = platform(app, database)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


def path(shop: Shop) -> str:
    return f"/platform/brands/{shop.brand_id}/fees"


def order_fee(shop: Shop, now: object, **more: object) -> tuple[int, str]:
    placed = shop.order((shop.case, 1), now=now, **more)  # type: ignore[arg-type]
    row = shop.session.scalars(select(Order).where(Order.id == placed.order_id)).one()
    return row.platform_fee_bp, row.channel


def test_free_days_then_by_link_and_by_storefront(operator: FlaskClient, shop: Shop, app: Application) -> None:
    """10 days free, then 2 % of what guides bring and 0.5 % of the rest; the plan of before holds until it begins, a day from now."""
    begins = NOON + timedelta(days=1)
    typed = {"rate_bp": "2", "storefront_bp": "0.5", "free_days": "10", "effective_from": "2026-11-23T12:00", "note": "首月免收"}
    assert operator.post(path(shop), data=typed).status_code == 303
    moments = [NOON, begins, begins + timedelta(days=10) - timedelta(seconds=1), begins + timedelta(days=10)]
    assert [order_fee(shop, moment) for moment in moments] == [(100, "guide_link"), (0, "guide_link"), (0, "guide_link"), (200, "guide_link")]
    assert order_fee(shop, moments[-1], share_code=None) == (50, "storefront")
    page = operator.get(path(shop)).text
    assert all(word in page for word in ("2%", "0.5%", "10 天", "还没生效", "生效中", "首月免收", "2026-11-23 12:00", "平台运营")), page


def test_the_brand_sees_what_it_pays_and_until_when(operator: FlaskClient, shop: Shop, app: Application, database: Database, brand: Brand, clock: TestClock) -> None:
    operator.post(path(shop), data={"rate_bp": "2", "storefront_bp": "1.5", "free_days": "30", "note": "首月免收"})
    api = Caller(app.test_client(), a_token(database, brand), brand)
    told = api.get("/settings")
    assert (told["platform_fee_bp"], told["platform_storefront_fee_bp"], told["platform_fee_free_until"]) == (0, 0, "2026-12-22T04:00:00Z")
    owner = console(app, f"owner@{brand.slug}.example")
    owner.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    assert "免收到 2026-12-22 12:00，之后 2% 和 1.5%" in owner.get("/console/settings").text
    assert "首月免收" in owner.get("/console/rates/history?kind=fee").text
    clock.now += timedelta(days=30)
    told = api.get("/settings")
    assert (told["platform_fee_bp"], told["platform_storefront_fee_bp"], told["platform_fee_free_until"]) == (200, 150, None)


def test_a_fee_the_brands_terms_leave_no_room_for_is_refused(operator: FlaskClient, shop: Shop) -> None:
    add_rule(shop.session, brand_id=shop.brand_id, scope={}, rate_bp=9000, now=NOON)
    shop.session.commit()
    answer = operator.post(path(shop), data={"rate_bp": "5.01"})
    assert answer.status_code == 422 and "规则 R-3 超出可分金额" in answer.text and 'id="rate_bp-err"' in answer.text
    assert [plan.number for plan in fee_plans(shop.session, brand_id=shop.brand_id)] == [1]
    assert operator.post(path(shop), data={"rate_bp": "5"}).status_code == 303


@pytest.mark.parametrize(("field", "value"), [
    ("rate_bp", "-1"), ("rate_bp", "30.01"), ("rate_bp", "x"), ("rate_bp", ""), ("rate_bp", "1e999"), ("rate_bp", "0.001"), ("storefront_bp", "31"),
    ("free_days", "-1"), ("free_days", "9999"), ("free_days", "x"), ("effective_from", "yesterday"), ("effective_from", "0001-01-01T00:00"),
    ("note", "长" * 201)])
def test_what_cannot_be_a_plan_is_told_at_its_field(operator: FlaskClient, shop: Shop, field: str, value: str) -> None:
    answer = operator.post(path(shop), data={"rate_bp": "1", "free_days": "0", field: value})
    assert answer.status_code == 422 and f'id="{field}-err"' in answer.text
    assert len(fee_plans(shop.session, brand_id=shop.brand_id)) == 1


def test_a_start_that_has_passed_is_now_and_orders_keep_theirs(operator: FlaskClient, shop: Shop) -> None:
    before = shop.order((shop.case, 1))
    shop.session.commit()
    operator.post(path(shop), data={"rate_bp": "3", "effective_from": "2026-01-01T00:00"})
    assert shop.session.scalars(select(PlatformFeePlan.effective_from).where(PlatformFeePlan.number == 2)).one() == NOON
    kept = shop.session.scalars(select(Order).where(Order.id == before.order_id).execution_options(populate_existing=True)).one()
    assert kept.platform_fee_bp == 100
    event = shop.session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "platform_fee_plans", AuditEvent.actor_kind == "operator")).one()
    assert event.actor_name == "平台运营"


def test_who_bears_the_payment_providers_fee(operator: FlaskClient, shop: Shop, app: Application, database: Database, brand: Brand) -> None:
    """The brand, unless a plan says the platform; the brand reads it on its pages and through its API, and orders keep the plan they were placed under."""
    api, owner = Caller(app.test_client(), a_token(database, brand), brand), console(app, f"owner@{brand.slug}.example")
    owner.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    before = shop.order((shop.case, 1))
    shop.session.commit()
    assert api.get("/settings")["provider_fee_party"] == "brand" and "品牌承担" in owner.get("/console/payment-provider").text
    assert operator.post(path(shop), data={"rate_bp": "1", "provider_fee_party": "platform"}).status_code == 303
    after = shop.order((shop.case, 1))
    shop.session.commit()
    assert api.get("/settings")["provider_fee_party"] == "platform"
    assert all("平台承担" in client.get(page).text for client, page in (
        (operator, path(shop)), (owner, "/console/settings"), (owner, "/console/payment-provider"), (owner, "/console/rates/history")))
    bearers = {plan.id: plan.provider_fee_party for plan in fee_plans(shop.session, brand_id=shop.brand_id)}
    orders = [shop.session.scalars(select(Order).where(Order.id == placed.order_id)).one() for placed in (before, after)]
    assert [bearers[order.platform_fee_plan_id] for order in orders] == ["brand", "platform"]
    answer = operator.post(path(shop), data={"rate_bp": "1", "provider_fee_party": "the bank"})
    assert answer.status_code == 422 and "只能由品牌或平台承担" in answer.text and len(fee_plans(shop.session, brand_id=shop.brand_id)) == 2


def test_only_operators_and_only_brands_there_are(operator: FlaskClient, shop: Shop, client: FlaskClient) -> None:
    assert client.get(path(shop)).status_code == 303
    assert client.post(path(shop), data={"rate_bp": "0"}).status_code == 303
    assert len(fee_plans(shop.session, brand_id=shop.brand_id)) == 1
    for brand in ("2147483647", "99999999999999999999"):
        assert operator.get(f"/platform/brands/{brand}/fees").status_code == 404
        assert operator.post(f"/platform/brands/{brand}/fees", data={"rate_bp": "1"}).status_code == 404
