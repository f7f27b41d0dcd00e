"""Rules, splits and settings by the API: floors and ceilings, activities, drafts on past orders, refusals with rule, store and money."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from app.domain.commission.models import CommissionRule
from app.domain.promotions.models import Activity, ActivityPrice
from app.domain.splits.models import SplitPlan
from app.extensions import Database
from app.kernel.ids import new_id
from app.web.shared.application import Application
from tests.builders.callers import Caller, Shop, work
from tests.conftest import NOON, TestClock


def sell(app: Application, shop: Shop, quantity: int = 1) -> None:
    placed = shop.order(quantity)
    assert app.test_client().post(placed["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"}).status_code == 200
    work(app, shop.api.brand)


def saved(database: Database, shop: Shop) -> tuple[int, int]:
    with database.session(shop.api.brand.id) as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in (CommissionRule, SplitPlan))  # type: ignore[return-value]


def test_a_floor_and_a_ceiling_a_piece(shop: Shop) -> None:
    """10 % of 299.00 is 29.90, at least 40.00 a piece; two pieces 80.00."""
    rule = shop.api.post("/commission-rules", {"scope": {}, "rate_bp": 1000, "min": 4000, "max": 9000})
    assert (rule["rate_bp"], rule["min"], rule["max"], rule["amount"], rule["warnings"]) == (1000, 4000, 9000, None, [])
    quote = shop.api.post("/quotes", {"guide_id": shop.guide["id"], "lines": [{"variant_id": shop.variant["id"], "quantity": 2}]}, status=200)
    assert next(one["amount"] for one in quote["lines"][0]["allocations"] if one["role"] == "guide") == 8000
    for bad, field in (({"min": 5, "max": 4}, "max"), ({"min": -1}, "min"), ({"rate_bp": None, "amount": 5, "min": 1}, "min")):
        assert shop.api.post("/commission-rules", {"scope": {}, "rate_bp": 100, **bad}, status=422)["errors"][0]["field"] == field


def test_a_rule_of_an_activity(shop: Shop, database: Database) -> None:
    with database.transaction(shop.api.brand.id) as session:
        activity = Activity(id=new_id(), number=1, name="清仓周", starts_at=NOON - timedelta(days=9), ends_at=NOON - timedelta(days=1))
        session.add(activity)
        session.flush()
        session.add(ActivityPrice(activity_id=activity.id, variant_id=shop.variant["id"], price_minor=19900))
        activity_id = str(activity.id)
    rule = shop.api.post("/commission-rules", {"scope": {"activity_id": activity_id}, "rate_bp": 2000})
    assert (rule["scope"], rule["warnings"]) == ({"activity_id": activity_id}, ["activity_over"])
    assert [one["id"] for one in shop.api.get(f"/commission-rules?activity_id={activity_id}")["data"]] == [rule["id"]]
    shop.api.post("/commission-rules", {"scope": {"activity_id": str(new_id())}, "rate_bp": 1}, status=404)


def test_a_draft_rule_is_tried_on_past_orders(app: Application, shop: Shop, database: Database, clock: TestClock) -> None:
    """Two orders of 299.00 at 8 % paid 23.92 each; at 12 %, at most 30.00 a piece, 30.00 each."""
    shop.api.post("/commission-rules", {"scope": {}, "rate_bp": 800})
    sell(app, shop)
    sell(app, shop)
    before = saved(database, shop)
    clock.now += timedelta(days=20)
    found = shop.api.post("/commission-rules/simulate", {"scope": {}, "rate_bp": 1200, "max": 3000}, status=200)
    roles = {one["role"]: (one["then"], one["now"], one["draft"]) for one in found["roles"]}
    assert (found["orders"], found["lines"], found["base"], found["changed_lines"], found["cut_lines"], found["fits"]) == (2, 2, 59800, 2, 0, True)
    assert (roles["guide"], roles["brand"]) == ((4784, 4784, 6000), (54418, 54418, 53202))
    assert found["guides"] == [{"guide_id": shop.guide["id"], "name": "王小燕", "then": 4784, "now": 4784, "draft": 6000}]
    assert (found["since"], found["until"], found["shortened"], found["samples"]) == ("2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z", False, [])
    week = shop.api.post("/commission-rules/simulate", {"scope": {}, "rate_bp": 1200, "period": "7"}, status=200)
    assert (week["lines"], [one["base"] for one in week["samples"]]) == (0, [29900])
    shop.api.post("/commission-rules/simulate", {"scope": {}, "rate_bp": 1200, "period": "year"}, status=422)
    assert saved(database, shop) == before


def test_a_draft_that_exceeds_says_where(shop: Shop) -> None:
    found = shop.api.post("/commission-rules/simulate", {"scope": {}, "rate_bp": 9950}, status=200)
    assert found["fits"] is False
    assert {key: found["overruns"][0][key] for key in ("code", "store", "rule", "base", "over")} == {
        "code": "exceeds_base", "store": "万象城店", "rule": 1, "base": 29900, "over": 150}
    refused = shop.api.post("/commission-rules", {"scope": {}, "rate_bp": 9950}, status=422)
    assert refused["title"].endswith("万象城店 卖 ¥299.00 的商品时，各方合计要 ¥300.50，多出 ¥1.50") or "¥299.00" in refused["title"]
    assert refused["data"]["base_minor"] == 29900 and refused["errors"][0]["field"] == "rate_bp"


def test_a_split_for_whoever_ships_is_tried_and_saved(app: Application, shop: Shop, database: Database, clock: TestClock) -> None:
    sell(app, shop)
    clock.now += timedelta(hours=1)
    shares = [{"role": "store", "rate_bp": 500}, {"role": "fulfilling_store", "rate_bp": 200, "max": 500}]
    found = shop.api.post("/split-plans/simulate", {"scope": {}, "shares": shares, "period": "7"}, status=200)
    assert found["shares"] == [{"role": "store", "rate_bp": 500, "amount": 5000}, {"role": "fulfilling_store", "rate_bp": 200, "amount": 500}]
    roles = {one["role"]: (one["then"], one["draft"]) for one in found["past_orders"]["roles"]}
    assert (roles["store"], roles["fulfilling_store"]) == ((0, 1495), (0, 500))
    plan = shop.api.post("/split-plans", {"scope": {}, "shares": shares})
    assert plan["shares"][1]["payee_id"] is None
    assert saved(database, shop) == (0, 1)


def test_settings_that_bound_money(shop: Shop) -> None:
    shop.api.post("/commission-rules", {"scope": {}, "rate_bp": 3000})
    assert shop.api.patch("/settings", {"commission_cap_bp": 3000})["commission_cap_bp"] == 3000
    refused = shop.api.patch("/settings", {"commission_cap_bp": 2999}, status=422)
    assert (refused["code"], refused["errors"][0]["field"]) == ("exceeds_cap", "commission_cap_bp")
    assert shop.api.patch("/settings", {"guard_bp": 6901}, status=422)["code"] == "exceeds_base"
    assert shop.api.patch("/settings", {"two_levels": True}, status=422)["code"] == "two_levels_unread"
    assert shop.api.patch("/settings", {"two_levels": True, "two_levels_read": True})["two_levels"] is True


def test_what_a_sale_counts_for_is_set_by_program_too(shop: Shop) -> None:
    weights = {"credit_online_bp": 10_000, "credit_selling_bp": 6_000, "credit_fulfilling_bp": 0}
    assert weights.items() <= shop.api.patch("/settings", weights).items()
    assert weights.items() <= shop.api.get("/settings").items()
    for wrong in (-1, 10_001, "6000", None, 1.5):
        refused = shop.api.patch("/settings", {"credit_selling_bp": wrong}, status=422)
        assert refused["errors"][0]["field"] == "credit_selling_bp", wrong
    assert weights.items() <= shop.api.get("/settings").items()


def test_a_circle_of_referrers_is_refused_not_crashed(shop: Shop) -> None:
    api = shop.api
    other = api.post("/guides", {"name": "李敏", "phone": "13812345679", "store_id": shop.store["id"], "referrer_id": shop.guide["id"]})
    refused = api.post(f"/guides/{shop.guide['id']}/referrer", {"referrer_id": other["id"]}, status=422)
    assert (refused["code"], refused["errors"][0]["field"]) == ("referrer_circle", "referrer_id")
    api.post(f"/guides/{other['id']}/referrer", {"referrer_id": other["id"]}, status=409)
    api.post(f"/guides/{shop.guide['id']}/referrer", {"referrer_id": str(new_id())}, status=404)
    third = api.post("/guides", {"name": "王芳", "phone": "13812345670", "store_id": shop.store["id"]})
    assert api.post(f"/guides/{shop.guide['id']}/referrer", {"referrer_id": third["id"]}, status=200)["referrer_id"] == third["id"]


def test_a_move_that_leaves_no_room_is_refused(api: Caller, shop: Shop) -> None:
    dealer = api.post("/org-units", {"kind": "dealer", "name": "宏远", "code": "D1"})
    theirs = api.post("/org-units", {"kind": "store", "name": "宏远一店", "code": "D1S1", "parent_id": dealer["id"]})
    api.post("/split-plans", {"scope": {"org_unit_id": dealer["id"]}, "shares": [{"role": "dealer", "rate_bp": 5000}]})
    api.post("/commission-rules", {"scope": {"guide_id": shop.guide["id"]}, "rate_bp": 6000})
    refused = api.post(f"/guides/{shop.guide['id']}/move", {"store_id": theirs["id"]}, status=422)
    assert (refused["code"], refused["errors"][0]["field"], refused["data"]["store"]) == ("exceeds_base", "store_id", "宏远一店")
    assert api.patch(f"/org-units/{shop.store['id']}", {"parent_id": dealer["id"]}, status=422)["errors"][0]["field"] == "parent_id"
    assert api.get(f"/guides/{shop.guide['id']}")["store_id"] == shop.store["id"]
