"""Who earned an order, by the API: a guide or a store named with it, an owner's coupon, a dispute that moves it, settings that decide."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.guides.queries import guide as guide_of
from app.flows.dispute_attribution import open_dispute
from app.kernel.ids import parse_id
from app.web.shared.application import Application
from tests.builders.callers import Caller, a_shop
from tests.conftest import NOON


def another(api: Caller, shop: Any) -> Any:
    store = api.post("/org-units", {"kind": "store", "name": "海岸城店", "code": "S2", "parent_id": shop.region["id"]})
    return api.post("/guides", {"name": "何敏", "phone": "13812345679", "employee_no": "E2", "store_id": store["id"]})


def attribution(api: Caller, placed: Any) -> dict[str, Any]:
    return dict(api.get(f"/orders/{placed['order']['id']}")["attribution"])


def test_who_served_comes_before_the_link(api: Caller) -> None:
    shop = a_shop(api)
    he = another(api, shop)
    told = attribution(api, shop.order(guide_id=he["id"]))
    assert (told["guide_id"], told["store_id"], told["reason"]) == (he["id"], he["store_id"], "chosen")
    assert [(one["rung"], one["verdict"]) for one in told["candidates"]] == [("chosen", "chosen"), ("touch", "outranked")]


def test_an_owners_coupon_comes_before_the_link(api: Caller) -> None:
    shop = a_shop(api)
    he = another(api, shop)
    made = api.post("/coupons", {"code": "HE30", "amount": 3000, "owner_id": he["id"], "max_uses": 9, "ends_at": "2026-12-31T00:00:00Z"})
    assert made["owner_id"] == he["id"]
    told = attribution(api, shop.order(coupon_codes=["HE30"]))
    assert (told["guide_id"], told["reason"]) == (he["id"], "coupon")


@pytest.mark.parametrize(("more", "status"), [({"owner_id": "nobody"}, 422), ({"owner_id": "01a214ec-4d61-7543-bada-9d3be66d86d8"}, 404)])
def test_a_coupon_of_nobody_is_not_made(api: Caller, more: dict[str, str], status: int) -> None:
    a_shop(api)
    assert api.raw("POST", "/coupons", {"code": "X30", "amount": 3000, "ends_at": "2026-12-31T00:00:00Z", **more}).status_code in (status, 404)


def test_a_store_named_by_its_code(api: Caller) -> None:
    shop = a_shop(api)
    he = another(api, shop)
    lines = [{"variant_id": shop.variant["id"], "quantity": 1}]
    told = api.post("/quotes", {"lines": lines, "store_code": "S2"}, status=200)["attribution"]
    assert (told["guide_id"], told["store_id"], told["reason"]) == (None, he["store_id"], "store")
    assert api.raw("POST", "/quotes", {"lines": lines, "store_code": "S9"}).json["type"].endswith("store_code_unknown")


def test_a_dispute_is_listed_and_accepted_once(api: Caller, app: Application) -> None:
    shop = a_shop(api)
    api.post("/commission-rules", {"scope": {}, "rate_bp": 1000})
    he, placed = another(api, shop), shop.order()
    with app.database.transaction(api.brand.id) as session:
        hers = guide_of(session, brand_id=api.brand.id, guide_id=parse_id(he["id"]))
        open_dispute(session, brand_id=api.brand.id, guide=hers, number=placed["order"]["number"], phone_tail="5678", evidence="在店里接待的", now=NOON)
    [dispute] = api.get("/attribution-disputes?state=open")["data"]
    assert (dispute["guide_id"], dispute["order_guide_id"]) == (he["id"], shop.guide["id"])
    done = api.post(f"/attribution-disputes/{dispute['id']}/accept", {"answer": "聊天记录属实"}, status=200)
    assert (done["state"], done["answer"]) == ("accepted", "聊天记录属实")
    order = api.get(f"/orders/{placed['order']['id']}")
    assert (order["attribution"]["guide_id"], order["attribution"]["reason"]) == (he["id"], "dispute")
    assert {one["payee_id"] for one in order["lines"][0]["allocations"] if one["role"] == "guide"} == {he["payee_id"]}
    assert api.post(f"/attribution-disputes/{dispute['id']}/refuse", {"answer": "再看"}, status=409)["type"].endswith("dispute_answered")


def test_settings_of_attribution(api: Caller) -> None:
    wanted = {"attribution_model": "first_touch", "self_purchase": "allowed", "binding_days": 60, "binding_protection_days": 20, "binding_exclusive": True}
    changed = api.patch("/settings", wanted)
    assert {name: changed[name] for name in wanted} == wanted
    assert api.patch("/settings", {"binding_protection_days": 61}, status=422)["errors"][0]["field"] == "binding_protection_days"
