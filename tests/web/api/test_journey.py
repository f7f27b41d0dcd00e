"""From the flagship's SKUs to the first settled commission, through the API alone; every fen worked by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders.callers import Caller, a_token, order_body, work

FEED = """id\ttitle\tlink\tprice\tavailability\titem group id\tcolor\tsize
A-20\t轻盈登机箱\thttps://shop.example.com/a\t299.00 CNY\tin stock\tA\t雾蓝\t20 寸
A-24\t轻盈登机箱\thttps://shop.example.com/a\t399.00 CNY\tin stock\tA\t雾蓝\t24 寸
B-1\t收纳袋\thttps://shop.example.com/b\t59.90 CNY\tin stock\tB\t\t
"""
ROSTER = "姓名,手机号,工号,门店编码,类型\n林晓,13812345601,E2,S1,员工\n周宁,13812345602,E3,NOPE,员工\n"


@pytest.fixture
def second(app, database, brand):
    return Caller(app.test_client(), a_token(database, brand, name="财务"), brand)


def sums(api):
    check = api.get("/ledger/check")
    assert check == {"ok": True, "violations": []}


def test_the_whole_way(app, api, second, clock, brand):
    variants = sync(app, api, brand)
    store, guide = people(api)
    rates(api, store, variants)
    link = share(api, guide, variants["A-20"])
    order = buy(app, api, link, variants)
    fulfil_and_refund(api, order)
    settle_and_pay(api, second, clock, guide)


def sync(app, api, brand):
    source = api.post("/flagship-sources", {"kind": "merchant_feed", "name": "旗舰店", "settings": {"content": FEED}})
    run = api.post("/sync-runs", {"source_id": source["id"], "mode": "preview"}, status=202)
    assert run["state"] == "queued"
    work(app, brand)
    run = api.get(f"/sync-runs/{run['id']}")
    assert (run["state"], run["counts"]["created"], api.get("/products")["data"]) == ("previewed", 3, [])
    api.post(f"/sync-runs/{run['id']}/apply", status=202)
    work(app, brand)
    run = api.get(f"/sync-runs/{run['id']}")
    assert run["state"] == "succeeded" and run["progress"]["done"] == run["progress"]["total"]
    assert [item["outcome"] for item in api.get(f"/sync-runs/{run['id']}/items?limit=200")["data"]] == ["created"] * 3
    again = api.post("/sync-runs", {"source_id": source["id"], "mode": "apply"}, status=202)
    work(app, brand)
    counts = api.get(f"/sync-runs/{again['id']}")["counts"]
    assert (counts["unchanged"], counts["created"], counts["updated"]) == (3, 0, 0)
    offline = api.post("/products", {"name": "门店专供行李牌", "variants": [{"sku": "TAG-1", "price": 1990, "stock": 5}]})
    assert offline["origin"] == "offline" and offline["variants"][0]["external_id"] == ""
    return {one["external_id"] or one["sku"]: one for one in api.get("/variants")["data"]}


def people(api):
    region = api.post("/org-units", {"kind": "region", "name": "华南大区", "code": "R1"})
    store = api.post("/org-units", {"kind": "store", "name": "万象城店", "code": "S1", "parent_id": region["id"]})
    dry = api.client.post("/api/v1/guides/import?dry_run=1", data=ROSTER.encode(), content_type="text/csv",
                          headers={"Authorization": f"Bearer {api.token}"}).json
    assert (dry["applied"], dry["created"], [error["line"] for error in dry["errors"]]) == (False, 1, [3])
    taken = api.client.post("/api/v1/guides/import?skip_errors=1", data=ROSTER.encode(), content_type="text/csv",
                            headers={"Authorization": f"Bearer {api.token}"}).json
    assert (taken["applied"], taken["created"]) == (True, 1)
    guide = api.post("/guides", {"name": "王小燕", "phone": "13812345678", "employee_no": "E1", "store_id": store["id"], "kind": "staff"})
    assert guide["status"] == "active"
    code = api.post("/invite-codes", {"store_id": store["id"], "max_uses": 5, "expires_at": "2026-12-01T00:00:00Z"})
    assert code["url"].endswith(code["code"])
    return store, guide


def rates(api, store, variants):
    api.post("/commission-rules", {"scope": {}, "rate_bp": 800, "effective_from": "2026-11-22T00:00:00Z"})
    api.post("/commission-rules", {"scope": {"variant_id": variants["A-20"]["id"]}, "rate_bp": 1200})
    shares = [{"role": "store", "rate_bp": 500}]
    assert api.post("/split-plans/simulate", {"scope": {"store_id": store["id"]}, "shares": shares, "base": 10000}, status=200)["shares"][0]["amount"] == 500
    greedy = api.post("/split-plans", {"scope": {}, "shares": [{"role": "store", "rate_bp": 9500}]}, status=422)
    assert greedy["code"] == "exceeds_base" and greedy["errors"][0]["field"] == "shares"
    api.post("/split-plans", {"scope": {"store_id": store["id"]}, "shares": shares})


def share(api, guide, variant):
    """29,900 at 12 %: 3,588 to the guide, 5 % store 1,495, 1 % platform 299, the brand keeps 24,518."""
    quote = api.post("/quotes", {"guide_id": guide["id"], "lines": [{"variant_id": variant["id"], "quantity": 1}]}, status=200)
    line = quote["lines"][0]
    assert line["commission_base"] == 29900
    assert {one["role"]: one["amount"] for one in line["allocations"]} == {"guide": 3588, "store": 1495, "platform": 299, "brand": 24518}
    assert all(one["why"] for one in line["allocations"])
    link = api.post("/share-links", {"guide_id": guide["id"], "product_id": variant["product_id"], "label": "老客群"})
    assert link["url"].endswith("/s/" + link["code"])
    assert api.get(f"/share-links/{link['code']}/poster.png").startswith(b"\x89PNG")
    assert b"<svg" in api.get(f"/share-links/{link['code']}/qr.svg")
    return link


def buy(app, api, link, variants):
    shopper, slug = app.test_client(), api.brand.slug
    seen = shopper.get(f"/api/storefront/v1/{slug}/shares/{link['code']}").json
    assert (seen["guide_name"], seen["store"]["name"], seen["product"]["variants"][0]["price"]) == ("王小燕", "万象城店", 29900)
    body = {**order_body(variants["A-20"]["id"], share_code=link["code"]), "expected_total": 29900}
    placed = shopper.post(f"/api/storefront/v1/{slug}/orders", json=body, headers={"Idempotency-Key": "checkout 1"}).json
    again = shopper.post(f"/api/storefront/v1/{slug}/orders", json=body, headers={"Idempotency-Key": "checkout 1"}).json
    assert again == placed and placed["order"]["state"] == "pending_payment" and placed["order"]["total"] == 29900
    sums(api)
    paid = shopper.post(placed["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"})
    assert paid.status_code == 200, paid.get_data(as_text=True)
    seen = shopper.get(f"/api/storefront/v1/{slug}/orders/{placed['order']['number']}?token={placed['order']['token']}").json
    assert seen["state"] == "paid"
    assert shopper.get(f"/api/storefront/v1/{slug}/orders/{placed['order']['number']}?token=wrong").status_code == 404
    sums(api)
    return api.get("/orders")["data"][0]


def fulfil_and_refund(api, order):
    """A refund of 100.00 of 299.00 takes back round(3588 × 10000 / 29900) = 1,200 of the guide's share."""
    assert order["attribution"]["reason"] == "last_touch"
    api.post(f"/orders/{order['id']}/ship", {"carrier": "顺丰", "tracking_no": "SF1"})
    assert api.get(f"/orders/{order['id']}")["state"] == "shipped"
    assert api.post(f"/orders/{order['id']}/deliver", status=200)["state"] == "delivered"
    refund = api.post(f"/orders/{order['id']}/refunds", {"lines": [{"line_id": order["lines"][0]["id"], "amount": 10000}], "reason": "划痕"})
    assert refund["amount"] == 10000
    assert api.get(f"/orders/{order['id']}")["lines"][0]["refunded"] == 10000
    sums(api)


def settle_and_pay(api, second, clock, guide):
    held = {one["phase"]: one["balance"] for one in api.get(f"/ledger/accounts?payee_id={guide['payee_id']}")["data"] if one["balance"]}
    assert held == {"held": 2388}
    assert api.post("/settlement-runs")["line_count"] == 0
    clock.now += timedelta(days=17)
    run = api.post("/settlement-runs")
    assert run["line_count"] == 1
    assert api.get(f"/payees/{guide['payee_id']}")["balances"]["available"] == 2388
    payout = api.post("/payout-runs")
    assert {one["payee_id"]: one["amount"] for one in payout["payouts"]}[guide["payee_id"]] == 2388
    assert api.post(f"/payout-runs/{payout['id']}/approve", status=422)["code"] == "second_person"
    second.post(f"/payout-runs/{payout['id']}/approve", status=200)
    assert api.post(f"/payout-runs/{payout['id']}/execute", status=200)["state"] == "executed"
    assert "王小燕" in api.get(f"/payout-runs/{payout['id']}/file").decode("utf-8-sig")
    statement = api.get(f"/payees/{guide['payee_id']}/statement?from=2026-11-01T00:00:00Z&to=2026-12-31T00:00:00Z")
    assert statement["opening"] + statement["earned"] + statement["reversed"] + statement["paid"] == statement["closing"] == 0
    assert sum(line["amount"] for line in statement["lines"]) == 0 and statement["paid"] == -2388
    sums(api)
