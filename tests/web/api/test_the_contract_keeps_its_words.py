"""The names other programs rely on: every resource answers with the fields it promised, lists page, files are files."""

from __future__ import annotations

from io import BytesIO

import pytest

from tests.builders.callers import Caller, a_token, order_body, work

FIELDS = {
    "flagship-sources": "id kind name settings",
    "sync-runs": "id state counts progress source_id mode",
    "products": "id name description category status origin variants updated_at",
    "variants": "id product_id sku price currency stock external_id commissionable options",
    "org-units": "id kind name code parent_id",
    "guides": "id name phone employee_no store_id kind status",
    "invite-codes": "id code store_id max_uses expires_at",
    "commission-rules": "id scope rate_bp amount effective_from effective_to",
    "split-plans": "id scope shares effective_from",
    "share-links": "id code url guide_id product_id label",
    "orders": "id number state currency lines attribution payments fulfilments refunds",
    "settlement-runs": "id as_of released currency",
    "payout-runs": "id state amount currency",
    "payees": "id party name bank_hint bank_verified_at",
    "withdrawals": "id number payee_id amount currency state requested_at payout_id",
    "invoices": "id payee_id number amount currency issued_on voided_at",
    "webhook-endpoints": "id url events active",
    "coupons": "id code funder amount minimum currency",
    "activities": "id number name kind link_only state starts_at ends_at prices",
    "ledger/accounts": "payee_id role phase balance currency",
    "ledger/transactions": "id kind cause entries posted_at",
}
PARTS = {
    "lines": "id variant_id quantity gross paid refunded commission_base allocations",
    "payments": "id provider amount currency state",
    "fulfilments": "id carrier tracking_no lines",
}


def test_every_list_has_its_fields(app, api, clock):
    from tests.builders.everything import everything
    everything(app, api, clock)
    for path, names in FIELDS.items():
        page = api.get(f"/{path}?limit=1")
        assert set(page) == {"data", "next_cursor"}, path
        assert set(names.split()) <= set(page["data"][0]), path
        if "id" in page["data"][0]:
            one = api.get(f"/{path}/{page['data'][0]['code' if path == 'share-links' else 'id']}")
            assert set(names.split()) <= set(one), path
    order = next(order for order in api.get("/orders")["data"] if all(order[part] for part in PARTS))
    for part, names in PARTS.items():
        assert set(names.split()) <= set(order[part][0]), part
    assert {"guide_id", "store_id", "reason", "candidates"} <= set(order["attribution"])
    share = order["lines"][0]["allocations"][0]
    assert {"role", "payee_id", "amount", "rate_bp", "rule_id", "why"} <= set(share)
    assert all(sum(one["amount"] for one in line["allocations"]) == line["commission_base"] for line in order["lines"])


def test_lists_page_to_the_end(api):
    for number in range(7):
        api.post("/org-units", {"kind": "region", "name": f"大区 {number}", "code": f"R{number}"})
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/org-units?limit=3{'&cursor=' + cursor if cursor else ''}")
        seen += [one["code"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert seen == [f"R{number}" for number in reversed(range(7))]


def test_money_and_times_are_written_as_promised(shop):
    assert (shop.variant["price"], shop.variant["currency"]) == (29900, "CNY")
    assert shop.product["created_at"] == "2026-11-22T04:00:00Z"


def test_why_speaks_the_readers_language(shop):
    shop.api.post("/commission-rules", {"scope": {}, "rate_bp": 1000})
    body = {"guide_id": shop.guide["id"], "lines": [{"variant_id": shop.variant["id"], "quantity": 1}]}
    assert "R-1" in shop.api.post("/quotes", body, status=200)["lines"][0]["allocations"][1]["why"]


def test_changes_of_a_product(shop):
    changed = shop.api.patch(f"/products/{shop.product['id']}", {"name": "登机箱", "status": "unpublished"})
    assert (changed["name"], changed["status"]) == ("登机箱", "unpublished")
    variant = shop.api.patch(f"/variants/{shop.variant['id']}", {"price": 27900, "stock": 3, "commissionable": False})
    assert (variant["price"], variant["stock"], variant["commissionable"]) == (27900, 3, False)
    assert [one["id"] for one in shop.api.get("/variants?q=case-20&origin=offline")["data"]] == [shop.variant["id"]]
    assert shop.api.get("/products?updated_since=2026-11-22T04:00:01Z")["data"] == []


def test_secrets_of_a_source_are_never_returned(api):
    source = api.post("/flagship-sources", {"kind": "merchant_feed", "name": "x", "settings": {"content": "id\ttitle\tprice\n1\tx\t9.00 CNY\n"}})
    assert "file_key" not in source["settings"] and set(source["settings"]) <= {"url", "file_name", "size"}


def test_a_source_is_uploaded_as_a_form(app, api, brand):
    table = "商品名称,SKU编码,价格,库存\n雨伞,U-1,39.90,6\n".encode("gbk")
    given = {"kind": "spreadsheet", "name": "表格", "file": (BytesIO(table), "goods.csv")}
    head = {"Authorization": f"Bearer {api.token}", "Idempotency-Key": "upload"}
    answer = api.client.post("/api/v1/flagship-sources", data=given, headers=head)
    assert answer.status_code == 201, answer.json
    assert answer.json["settings"] == {"file_name": "goods.csv", "size": len(table)}
    run = api.post("/sync-runs", {"source_id": answer.json["id"], "mode": "apply"}, status=202)
    work(app, brand, only=("sync_flagship",))
    assert api.get(f"/sync-runs/{run['id']}")["counts"]["created"] == 1
    for form in ({"kind": "spreadsheet", "name": "x"}, {"name": "x", "file": (BytesIO(b"x"), "x")}, {"kind": "nope", "name": "x", "file": (BytesIO(b"x"), "x")}):
        assert api.client.post("/api/v1/flagship-sources", data={**form}, content_type="multipart/form-data", headers={"Authorization": f"Bearer {api.token}"}).status_code == 422


def test_who_brought_a_guide_in_is_said_when_she_is_enrolled(shop, stranger):
    """R19: her one direct referrer; another brand's guide is no referrer."""
    given = {"name": "林晓", "phone": "13812345688", "store_id": shop.store["id"], "referrer_id": shop.guide["id"]}
    assert shop.api.post("/guides", given)["referrer_id"] == shop.guide["id"]
    far = stranger.post("/org-units", {"kind": "store", "name": "外店", "code": "X1"})
    stranger.post("/guides", {**given, "store_id": far["id"]}, status=404)


def test_a_sync_can_be_undone_and_cancelled(app, api, brand):
    content = "id\ttitle\tlink\tprice\tavailability\nA-1\t登机箱\thttps://shop.example.com/a\t299.00 CNY\tin stock\n"
    source = api.post("/flagship-sources", {"kind": "merchant_feed", "name": "x", "settings": {"content": content}})
    run = api.post("/sync-runs", {"source_id": source["id"], "mode": "apply"}, status=202)
    assert api.post("/sync-runs", {"source_id": source["id"], "mode": "apply"}, status=409)["code"] == "sync_running"
    work(app, brand, only=("sync_flagship",))
    assert api.post(f"/sync-runs/{run['id']}/undo", status=200)["state"] == "undone"
    second = api.post("/sync-runs", {"source_id": source["id"], "mode": "preview"}, status=202)
    assert api.post(f"/sync-runs/{second['id']}/cancel", status=200)["state"] == "cancelled"
    assert api.get("/sync-runs?state=cancelled")["data"][0]["id"] == second["id"]


def test_a_guides_life(shop):
    api, guide = shop.api, shop.guide["id"]
    other = api.post("/org-units", {"kind": "store", "name": "海岸城店", "code": "S2"})
    assert api.post(f"/guides/{guide}/suspend", status=200)["status"] == "suspended"
    assert api.post(f"/guides/{guide}/reinstate", status=200)["status"] == "active"
    assert api.post(f"/guides/{guide}/move", {"store_id": other["id"]}, status=200)["store_id"] == other["id"]
    successor = api.post("/guides", {"name": "林晓", "phone": "13812345699", "store_id": other["id"]})
    assert api.post(f"/guides/{guide}/leave", {"successor_id": successor["id"]}, status=200)["status"] == "left"
    assert api.post(f"/guides/{guide}/leave", status=409)["code"] == "guide_status"
    assert api.post("/share-links", {"guide_id": guide}, status=422)["code"] == "guide_not_active"


def test_bank_details_are_sealed_and_verified_by_another(shop, database, brand):
    payee = shop.api.post("/guides", {"name": "外部推广", "phone": "13812345698", "store_id": shop.store["id"], "kind": "affiliate"})["payee_id"]
    shop.api.patch(f"/payees/{payee}", {"verified": True}, status=422)
    bank = {"holder": "张三", "bank": "招商银行", "account": "6225 8801 1234 6688"}
    assert shop.api.patch(f"/payees/{payee}", {"bank": bank, "verified": True}, status=422)["code"] == "second_person"
    assert shop.api.patch(f"/payees/{payee}", {"bank": bank})["bank_verified_at"] is None
    finance = Caller(shop.api.client, a_token(database, brand, name="财务"), brand)
    changed = finance.patch(f"/payees/{payee}", {"verified": True})
    assert changed["bank_hint"] == "招商银行 ··6688" and changed["bank_verified_at"] and "62258801" not in str(changed)
    assert shop.api.patch(f"/payees/{payee}", {"bank": {**bank, "account": "6225880112340000"}})["bank_verified_at"] is None


def test_settings_are_changed_for_later_orders(api):
    changed = api.patch("/settings", {"shipping_fee": 1200, "after_sale_days": 7, "color": "#102030"})
    assert (changed["shipping_fee"], changed["after_sale_days"], changed["color"]) == (1200, 7, "#102030")
    api.patch("/settings", {"platform_fee_bp": 0}, status=422)
    api.patch("/settings", {"color": "red"}, status=422)


def test_what_the_shopper_is_told_when_it_does_not_work(shop):
    api, slug = shop.api, shop.api.brand.slug

    def order(**change):
        answer = api.client.post(f"/api/storefront/v1/{slug}/orders", json={**order_body(shop.variant["id"]), **change},
                                 headers={"Idempotency-Key": str(change)})
        return answer.status_code, answer.json["type"]

    assert order(lines=[{"variant_id": shop.variant["id"], "quantity": 51}]) == (409, "/api/problems/out_of_stock")
    assert order(expected_total=1) == (409, "/api/problems/price_changed")
    assert order(coupon_codes=["NOPE"])[0] == 409


@pytest.mark.parametrize("path", ["products", "shares/{code}", "products/{id}"])
def test_the_storefront_is_open_to_browsers(app, shop, path):
    link = shop.api.post("/share-links", {"guide_id": shop.guide["id"]})
    address = f"/api/storefront/v1/{shop.api.brand.slug}/" + path.format(code=link["code"], id=shop.product["id"])
    answer = app.test_client().get(address, headers={"Origin": "https://mini.example"})
    assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert app.test_client().options(address).status_code == 200
    assert app.test_client().get("/api/storefront/v1/nobody/products").status_code == 404


def test_who_may_see_an_order(app, shop):
    order = shop.order()["order"]
    address = f"/api/storefront/v1/{shop.api.brand.slug}/orders/{order['number']}"
    assert app.test_client().get(f"{address}?token={order['token']}").json["payment"]["url"]
    for token in ("", "x", order["token"] + "x", "%F0%9F%98%80"):
        assert app.test_client().get(f"{address}?token={token}").status_code == 404


def test_a_payout_is_approved_by_another(app, api, database, brand, clock):
    from tests.builders.everything import everything
    run = everything(app, api, clock)["payout_run"]
    assert api.post(f"/payout-runs/{run}/approve", status=422)["code"] == "second_person"
    other = Caller(api.client, a_token(database, brand, name="财务"), brand)
    assert other.post(f"/payout-runs/{run}/approve", status=200)["state"] == "approved"
    assert api.post(f"/payout-runs/{run}/cancel", status=200)["state"] == "cancelled"
