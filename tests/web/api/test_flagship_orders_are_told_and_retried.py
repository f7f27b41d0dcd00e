"""/flagship-orders and what goes back of a source, as the brand's own systems use them."""

from __future__ import annotations

from tests.builders.callers import Caller
from tests.builders.pushes import Jd, Pushing


def test_refused_retried_and_told_with_the_order(api: Caller, selling: Pushing, jd: Jd) -> None:
    jd.sku(selling.case_id)["stock"] = 0
    order_id = selling.sell()
    selling.work()
    [push] = api.get("/flagship-orders?trouble=any")["data"]
    assert (push["state"], push["trouble"], push["last_said"]["code"], push["order_id"]) == ("declined", "declined", "out_of_stock", str(order_id))
    assert api.get("/flagship-orders?trouble=given_up")["data"] == [] and api.get("/flagship-orders?state=placed")["data"] == []
    jd.sku(selling.case_id)["stock"] = 5
    assert api.post(f"/flagship-orders/{push['id']}/retry", status=202)["state"] == "waiting"
    selling.work()
    whole = api.get(f"/flagship-orders/{push['id']}")
    assert whole["state"] == "paid_told" and whole["history"][0]["kind"] == "paid_told" and [line["quantity"] for line in whole["lines"]] == [1, 2]
    [of_order] = api.get(f"/orders/{order_id}")["flagship_orders"]
    assert of_order["flagship_order_id"] == whole["flagship_order_id"] != ""
    answer = api.post(f"/orders/{order_id}/ship", status=409)
    assert answer["code"] == "with_the_flagship"
    assert api.post(f"/flagship-orders/{push['id']}/withdraw", status=202)["state"] == "cancel_asked"
    selling.work()
    again = api.post(f"/flagship-orders/{push['id']}/retry", status=202)
    assert again["number"] == f"{whole['number']}-2" and again["state"] == "waiting"
    assert api.post(f"/flagship-orders/{again['id']}/settle", status=409)["code"] == "nothing_to_settle"


def test_a_source_says_what_goes_back(api: Caller, selling: Pushing) -> None:
    path = f"/flagship-sources/{selling.source_id}"
    assert api.get(path)["sends_back"] == "orders"
    assert api.patch(path, {"sends_back": "stock"})["sends_back"] == "stock"
    assert api.patch(path, {"settings": {"pin": ""}})["sends_back"] == "stock"
    answer = api.patch(path, {"sends_back": "orders"}, status=422)
    assert (answer["code"], answer["errors"][0]["field"]) == ("channel_missing", "pin")
    feed = api.post("/flagship-sources", {"kind": "spreadsheet", "name": "表", "settings": {"content": "id,title,price\nA,箱,1.00\n"}})
    assert api.patch(f"/flagship-sources/{feed['id']}", {"sends_back": "orders"}, status=422)["code"] == "not_taken"
