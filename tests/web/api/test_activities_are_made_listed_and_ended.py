"""/activities by a program: bounds, other brands' goods, the state it is in, and what a quote says of its price."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders.callers import Caller, Shop, a_shop, a_token
from tests.conftest import NOON, TestClock


def body(shop: Shop, **more: Any) -> dict[str, Any]:
    return {"name": "双十二", "ends_at": "2026-12-12T16:00:00Z", "prices": [{"variant_id": shop.variant["id"], "price": 25900}], **more}


def quote(shop: Shop, **more: Any) -> Any:
    return shop.api.post("/quotes", {"lines": [{"variant_id": shop.variant["id"], "quantity": 2}], **more}, status=200)["lines"][0]


def test_from_made_to_ended(shop: Shop, clock: TestClock) -> None:
    made = shop.api.post("/activities", body(shop, starts_at="2026-11-23T04:00:00Z"))
    assert {name: made[name] for name in ("number", "name", "kind", "link_only", "state", "starts_at", "ends_at", "currency", "prices")} == {
        "number": 1, "name": "双十二", "kind": "special_price", "link_only": True, "state": "coming", "starts_at": "2026-11-23T04:00:00Z",
        "ends_at": "2026-12-12T16:00:00Z", "currency": "CNY", "prices": [{"variant_id": shop.variant["id"], "price": 25900}]}
    assert shop.api.get(f"/activities/{made['id']}") == made
    clock.now = NOON + timedelta(days=1)
    assert shop.api.get("/activities?state=live")["data"][0]["state"] == "live"
    assert shop.api.get("/activities?state=coming")["data"] == shop.api.get("/activities?state=ended")["data"] == []
    assert len(shop.api.get(f"/activities?variant_id={shop.variant['id']}")["data"]) == 1
    ended = shop.api.post(f"/activities/{made['id']}/end", status=200)
    assert (ended["state"], ended["ends_at"]) == ("ended", "2026-11-23T04:00:00Z")
    assert shop.api.post(f"/activities/{made['id']}/end", status=409)["code"] == "already_ended"


def test_a_quote_and_an_order_say_where_the_price_comes_from(shop: Shop) -> None:
    link = shop.api.post("/share-links", {"guide_id": shop.guide["id"]})
    activity = shop.api.post("/activities", body(shop))
    for asked, price, of in (({"share_code": link["code"]}, 25900, activity["id"]), ({"guide_id": shop.guide["id"]}, 25900, activity["id"]),
                             ({}, 29900, None), ({"share_code": "nosuchcode"}, 29900, None)):
        line = quote(shop, **asked)
        assert (line["list_price"], line["unit_price"], line["gross"], line["activity_id"]) == (29900, price, 2 * price, of), asked
        assert sum(share["amount"] for share in line["allocations"]) == line["commission_base"]
    order = shop.api.get(f"/orders/{shop.order()['order']['id']}")
    assert [(line["list_price"], line["activity_id"], line["unit_price"]) for line in order["lines"]] == [(29900, activity["id"], 25900)]


def test_wrong_terms_are_told_by_field(shop: Shop, stranger: Caller) -> None:
    theirs = a_shop(stranger)
    price = {"variant_id": shop.variant["id"], "price": 1}
    for wrong, field in (({"prices": []}, "prices"), ({"prices": [{**price, "price": -1}]}, "prices.0.price"), ({"prices": [price, price]}, "prices"),
                         ({"name": ""}, "name"), ({"ends_at": "2026-11-22T04:00:00Z"}, "ends_at"), ({"starts_at": "2027-01-01T00:00:00Z"}, "ends_at"),
                         ({"prices": [{"price": 1}]}, "prices.0.variant_id"), ({"prices": [{**price, "price": 10**13}]}, "prices.0")):
        answer = shop.api.post("/activities", body(shop, **wrong), status=422)
        assert [error["field"] for error in answer["errors"]] == [field], wrong
    for unknown in (theirs.variant["id"], "nonsense"):
        assert shop.api.post("/activities", body(shop, prices=[{"variant_id": unknown, "price": 1}]), status=404)["code"] == "not_found"
    first = shop.api.post("/activities", body(shop))
    for method, path in (("GET", f"/activities/{first['id']}"), ("POST", f"/activities/{first['id']}/end")):
        assert stranger.raw(method, path).status_code == 404
    [error] = shop.api.post("/activities", body(shop, name="又一个"), status=422)["errors"]
    assert (error["field"], error["code"]) == ("prices.0", "activity_overlap") and "A-1“双十二”" in error["message"]


def test_a_price_the_terms_cannot_bear_is_refused(shop: Shop) -> None:
    shop.api.post("/commission-rules", {"scope": {"variant_id": shop.variant["id"]}, "amount": 3000})
    answer = shop.api.post("/activities", body(shop, prices=[{"variant_id": shop.variant["id"], "price": 2500}]), status=422)
    assert (answer["code"], answer["errors"][0]["field"]) == ("exceeds_base", "prices")
    assert shop.api.get("/activities")["data"] == []


@pytest.mark.parametrize(("scope", "reads", "writes"), [("promotions:read", 200, 403), ("promotions:write", 200, 201), ("orders:write", 403, 403)])
def test_scopes(app: Any, database: Any, shop: Shop, scope: str, reads: int, writes: int) -> None:
    token = Caller(app.test_client(), a_token(database, shop.api.brand, [scope]), shop.api.brand)
    assert token.raw("GET", "/activities").status_code == reads
    assert token.raw("POST", "/activities", body(shop)).status_code == writes


def test_the_storefront_tells_the_price_of_the_link(shop: Shop, clock: TestClock) -> None:
    link = shop.api.post("/share-links", {"guide_id": shop.guide["id"], "product_id": shop.product["id"]})
    activity = shop.api.post("/activities", body(shop))
    base, client = f"/api/storefront/v1/{shop.api.brand.slug}", shop.api.client
    offer = {"id": activity["id"], "name": "双十二", "link_only": True, "ends_at": "2026-12-12T16:00:00Z"}
    for path, price, listed, told in ((f"/shares/{link['code']}", 25900, 29900, offer), (f"/products/{shop.product['id']}", 29900, None, None),
                                      (f"/products/{shop.product['id']}?share_code={link['code']}", 25900, 29900, offer)):
        answer = client.get(base + path).json
        variant = (answer.get("product") or answer)["variants"][0]
        assert (variant["price"], variant["list_price"], variant["activity"]) == (price, listed, told), path
    assert [one["variants"][0]["price"] for one in client.get(f"{base}/products?share_code={link['code']}").json["data"]] == [25900]
    assert client.get(f"{base}/products?share_code=nosuchcode").status_code == 404
