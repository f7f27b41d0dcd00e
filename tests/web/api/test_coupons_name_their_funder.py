"""/coupons of brand, platform, store and guide: who may fund one, how it is listed, and what quote and order say of it (R7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders.callers import Caller, Shop, a_shop


def body(**more: Any) -> dict[str, Any]:
    return {"code": "TEN", "amount": 1000, "ends_at": "2027-01-01T00:00:00Z", "max_uses": 5, **more}


def test_each_funder_is_named_and_found(shop: Shop) -> None:
    for code, funder in (("B10", {}), ("P10", {"funder": "platform"}), ("S10", {"funder": "store", "org_unit_id": shop.store["id"]}),
                         ("G10", {"funder": "guide", "guide_id": shop.guide["id"]})):
        made = shop.api.post("/coupons", body(code=code, **funder))
        assert {name: made[name] for name in ("funder", "org_unit_id", "guide_id")} == {"funder": "brand", "org_unit_id": None, "guide_id": None, **funder}
    for query, codes in (("?funder=store", ["S10"]), ("?funder=guide", ["G10"]), (f"?org_unit_id={shop.store['id']}", ["S10"]),
                         (f"?guide_id={shop.guide['id']}", ["G10"]), ("?funder=brand", ["B10"]), ("", ["G10", "S10", "P10", "B10"])):
        assert [one["code"] for one in shop.api.get(f"/coupons{query}")["data"]] == codes, query


def test_who_cannot_fund_one(shop: Shop, stranger: Caller) -> None:
    theirs = a_shop(stranger)
    for given, field in (({"funder": "store"}, "org_unit_id"), ({"funder": "guide"}, "guide_id"), ({"org_unit_id": shop.store["id"]}, "org_unit_id"),
                         ({"funder": "store", "guide_id": shop.guide["id"], "org_unit_id": shop.store["id"]}, "guide_id"),
                         ({"funder": "store", "org_unit_id": shop.region["id"]}, "org_unit_id"), ({"funder": "me"}, "funder")):
        assert shop.api.post("/coupons", body(**given), status=422)["errors"][0]["field"] == field, given
    for given in ({"funder": "store", "org_unit_id": theirs.store["id"]}, {"funder": "guide", "guide_id": theirs.guide["id"]}):
        shop.api.post("/coupons", body(**given), status=404)
    shop.api.post(f"/guides/{shop.guide['id']}/suspend", status=200)
    answer = shop.api.post("/coupons", body(funder="guide", guide_id=shop.guide["id"]), status=422)
    assert answer["code"] == "guide_not_active"


@pytest.fixture
def funded(shop: Shop) -> Shop:
    """Guide 10 % and store 5 % of 299.00: 29.90 and 14.95. The guide funds 10.00, the store 5.00."""
    shop.api.post("/commission-rules", {"scope": {}, "rate_bp": 1000})
    shop.api.post("/split-plans", {"scope": {}, "shares": [{"role": "store", "rate_bp": 500}]})
    shop.api.post("/coupons", body(code="G10", funder="guide", guide_id=shop.guide["id"]))
    shop.api.post("/coupons", body(code="S05", amount=500, funder="store", org_unit_id=shop.store["id"]))
    return shop


def test_quote_and_order_say_whose_money_it_is(funded: Shop) -> None:
    shop = funded
    asked = {"guide_id": shop.guide["id"], "lines": [{"variant_id": shop.variant["id"], "quantity": 1}], "coupon_codes": ["G10", "S05"]}
    quote = shop.api.post("/quotes", asked, status=200)
    order = shop.api.get(f"/orders/{shop.order(coupon_codes=['G10', 'S05'])['order']['id']}")
    for told in (quote, order):
        line = told["lines"][0]
        assert (line["commission_base"], line["store_discount"], line["guide_discount"], line["paid"]) == (29900, 500, 1000, 28400)
        assert {share["role"]: (share["amount"], share["funded"], share["net"]) for share in line["allocations"]} == {
            "guide": (2990, 1000, 1990), "store": (1495, 500, 995), "platform": (299, 0, 299), "brand": (25116, 0, 25116)}
        assert sum(share["amount"] for share in line["allocations"]) == line["commission_base"]
        assert [(one["code"], one["funder"], one["amount"]) for one in told["coupons"]] == [("G10", "guide", 1000), ("S05", "store", 500)]


@pytest.mark.parametrize(("coupon", "asked", "code"), [
    ({"amount": 2991}, {}, "coupon_exceeds_share"), ({}, {"guide_id": None}, "coupon_not_hers"), ({"minimum": 30000, "amount": 1}, {}, "coupon_minimum"),
    ({"starts_at": "2026-12-01T00:00:00Z"}, {}, "coupon_not_started"), ({}, {"coupon_codes": ["NOPE"]}, "coupon_unknown")])
def test_why_not_is_a_problem_of_its_own(funded: Shop, coupon: dict[str, Any], asked: dict[str, Any], code: str) -> None:
    shop = funded
    shop.api.post("/coupons", body(code="ONE", funder="guide", guide_id=shop.guide["id"], **coupon))
    given = {"guide_id": shop.guide["id"], "lines": [{"variant_id": shop.variant["id"], "quantity": 1}], "coupon_codes": ["ONE"], **asked}
    answer = shop.api.post("/quotes", given, status=409)
    assert (answer["type"], answer["code"], answer["errors"][0]["field"]) == (f"/api/problems/{code}", code, "coupon_codes.0")
    page = shop.api.client.get(f"/api/problems/{code}", headers={"Accept-Language": "zh-CN"})
    assert "业务规则不允许这样做" not in page.text, "it has words of its own"
