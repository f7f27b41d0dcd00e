"""After-sales, chargebacks and write-offs as a brand's own systems do them: once, in order, and told what stands in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.brands.models import Brand
from app.extensions import Database
from tests.builders.callers import Caller, Shop, a_token
from tests.conftest import TestClock


@pytest.fixture
def order(api: Caller, shop: Shop) -> dict:
    """Two cases of 299.00, sent and received; the guide gets 10 %."""
    api.post("/commission-rules", {"scope": {}, "rate_bp": 1000})
    placed = shop.order(2)
    api.client.post(placed["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"})
    api.post(f"/orders/{placed['order']['id']}/ship", {"carrier": "顺丰"})
    api.post(f"/orders/{placed['order']['id']}/deliver", status=200)
    return api.get(f"/orders/{placed['order']['id']}")


def ask(api: Caller, order: dict, kind: str = "return_refund", status: int = 201, **line: object) -> dict:
    return api.post("/after-sales", {"order_id": order["id"], "kind": kind, "reason": "尺寸不合", "lines": [
        {"line_id": order["lines"][0]["id"], "quantity": 1, **line}]}, status=status)


def test_a_return(api: Caller, shop: Shop, order: dict) -> None:
    case = ask(api, order)
    assert (case["state"], case["lines"][0]["quantity"], case["refund_id"], case["currency"]) == ("requested", 1, None, "CNY")
    assert [one["id"] for one in api.get(f"/after-sales?state=open&order_id={order['id']}")["data"]] == [case["id"]]
    again = ask(api, order, status=409)
    assert again["code"] == "after_sale_open"
    assert api.post(f"/orders/{order['id']}/refunds", {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 2}]}, status=409)["code"] == "after_sale_open"
    api.post(f"/after-sales/{case['id']}/approve", {"answer": "好的"}, status=200)
    api.post(f"/after-sales/{case['id']}/return-parcel", {"carrier": "顺丰", "tracking_no": "SF9"}, status=200)
    assert api.get(f"/after-sales/{case['id']}")["return_tracking_no"] == "SF9"
    done = api.post(f"/after-sales/{case['id']}/receive", {"restock": [order["lines"][0]["id"]]}, status=200)
    assert (done["state"], done["lines"][0]["restocked"]) == ("refunded", True)
    assert [one["id"] for one in api.get(f"/orders/{order['id']}")["refunds"]] == [done["refund_id"]]
    assert api.post(f"/after-sales/{case['id']}/cancel", status=409)["code"] == "after_sale_state"
    assert api.get("/ledger/check")["ok"]


def test_what_is_due_and_what_a_case_keeps_back(api: Caller, order: dict, clock: TestClock) -> None:
    """10 % of 598.00."""
    case = ask(api, order)
    clock.now += timedelta(days=20)
    found = api.get("/settlement-due")
    assert (found["line_count"], found["released"], found["kept"]) == (0, 0, [{"why": "after_sale", "line_count": 1, "amount": 5980}])
    api.post(f"/after-sales/{case['id']}/reject", {"answer": "已经用过"}, status=200)
    found = api.get("/settlement-due")
    assert (found["line_count"], found["released"], found["kept"]) == (1, 5980, [])
    assert api.post("/settlement-runs")["released"] == 5980 and api.get("/settlement-due")["line_count"] == 0


def test_a_refusal_says_money_as_people_do(api: Caller, order: dict) -> None:
    """598.00 were paid: 299.00 are asked for by an open case. The sentence says yuan, the data minor units."""
    line = order["lines"][0]["id"]
    for path, body in (("/after-sales", {"order_id": order["id"], "kind": "refund_only", "reason": "x", "lines": [{"line_id": line, "amount": 59801}]}),
                       (f"/orders/{order['id']}/refunds", {"lines": [{"line_id": line, "amount": 59801}]}),
                       ("/chargebacks", {"order_id": order["id"], "provider_ref": "CB", "amount": 59801})):
        refused = api.post(path, body, status=422, Accept_Language="zh-CN")
        assert "最多" in refused["title"] and refused["title"].endswith("¥598.00"), refused
        assert refused["data"]["left_minor"] == 59800
    ask(api, order)
    refused = api.post(f"/orders/{order['id']}/refunds", {"lines": [{"line_id": line, "quantity": 2}]}, status=409, Accept_Language="zh-CN")
    assert refused["title"].endswith("此外最多还能退 ¥299.00"), refused


def test_goods_first_and_money_later(api: Caller, order: dict) -> None:
    case = ask(api, order)
    api.post(f"/after-sales/{case['id']}/approve", status=200)
    assert api.post(f"/after-sales/{case['id']}/receive", {"refund": False}, status=200)["state"] == "returned"
    assert api.post(f"/after-sales/{case['id']}/refund", status=200)["state"] == "refunded"


def test_a_no_needs_words(api: Caller, order: dict) -> None:
    case = ask(api, order)
    assert api.post(f"/after-sales/{case['id']}/reject", status=422)["errors"][0]["field"] == "answer"
    assert api.post(f"/after-sales/{case['id']}/reject", {"answer": "已拆封"}, status=200)["state"] == "rejected"


def test_an_exchange(api: Caller, shop: Shop, order: dict) -> None:
    more = api.post("/products", {"name": "登机箱 20 寸 黑", "category": "箱包", "variants": [{"sku": "CASE-BLACK", "price": 29900, "stock": 1},
                                                                                   {"sku": "CASE-DEAR", "price": 30900, "stock": 1}]})["variants"]
    assert ask(api, order, "exchange", status=422, exchange_variant_id=more[1]["id"])["code"] == "price_differs"
    case = ask(api, order, "exchange", exchange_variant_id=more[0]["id"])
    api.post(f"/after-sales/{case['id']}/approve", status=200)
    api.post(f"/after-sales/{case['id']}/receive", status=200)
    sent = api.post(f"/after-sales/{case['id']}/ship", {"carrier": "顺丰", "tracking_no": "SF8"}, status=200)
    assert sent["state"] == "exchanged"
    assert [one["id"] for one in api.get(f"/orders/{order['id']}")["fulfilments"] if one["tracking_no"] == "SF8"] == [sent["fulfilment_id"]]
    assert api.get(f"/variants/{more[0]['id']}")["stock"] == 0


def test_a_chargeback_lost_after_the_payout_and_written_off(api: Caller, shop: Shop, order: dict, database: Database, brand: Brand, clock: TestClock) -> None:
    """10 % of 598.00 is paid out; the bank takes 598.00 back: 59.80 are owed, and two tokens forgive them."""
    other = Caller(api.client, a_token(database, brand, name="财务"), brand)
    clock.now += timedelta(days=20)
    api.post("/settlement-runs")
    run = api.post("/payout-runs")
    other.post(f"/payout-runs/{run['id']}/approve", status=200)
    api.post(f"/payout-runs/{run['id']}/execute", status=200)
    bank = api.post("/chargebacks", {"order_id": order["id"], "provider_ref": "dp_1", "amount": 59800, "fee": 1500, "answer_by": "2026-12-20T00:00:00Z"})
    assert bank["state"] == "open"
    body = {"order_id": order["id"], "provider_ref": "dp_1", "amount": 1}
    assert api.post("/chargebacks", body, status=409)["code"] == "chargeback_known"
    assert api.post(f"/orders/{order['id']}/refunds", {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}, status=409)["code"] == "chargeback_open"
    assert ask(api, order, status=409)["code"] == "chargeback_open"
    lost = api.post(f"/chargebacks/{bank['id']}/lose", status=200)
    assert (lost["state"], api.get(f"/orders/{order['id']}")["state"]) == ("lost", "refunded")
    assert api.post(f"/chargebacks/{bank['id']}/win", status=409)["code"] == "chargeback_state"
    payee = shop.guide["payee_id"]
    assert api.post("/write-offs", {"payee_id": payee, "amount": 5981, "reason": "离职"}, status=422)["code"] == "more_than_owed"
    asked = api.post("/write-offs", {"payee_id": payee, "amount": 5980, "reason": "离职"})
    assert api.post(f"/write-offs/{asked['id']}/approve", status=422)["code"] == "second_person"
    assert other.post(f"/write-offs/{asked['id']}/approve", status=200)["state"] == "approved"
    assert [one["state"] for one in api.get(f"/write-offs?payee_id={payee}")["data"]] == ["approved"]
    balances = {(one["role"], one["phase"]): one["balance"] for one in api.get(f"/ledger/accounts?payee_id={payee}")["data"]}
    assert sum(amount for (_, phase), amount in balances.items() if phase == "available") == 0
    assert api.get("/ledger/check")["ok"]


def test_a_chargeback_won(api: Caller, order: dict, clock: TestClock) -> None:
    bank = api.post("/chargebacks", {"order_id": order["id"], "provider_ref": "dp_1", "amount": 100})
    clock.now += timedelta(days=20)
    assert api.post("/settlement-runs")["line_count"] == 0
    assert [one["id"] for one in api.get("/chargebacks?state=open")["data"]] == [bank["id"]]
    api.post(f"/chargebacks/{bank['id']}/win", status=200)
    assert api.post("/settlement-runs")["line_count"] == 1


def test_scopes_are_kept(api: Caller, order: dict, database: Database, brand: Brand) -> None:
    reader = Caller(api.client, a_token(database, brand, ["orders:read"]), brand)
    reader.get("/after-sales")
    reader.get("/chargebacks")
    assert reader.get("/write-offs", status=403)["scope"] == "money:read"
    assert ask(reader, order, status=403)["scope"] == "orders:write"


def test_the_same_key_asks_once(api: Caller, order: dict) -> None:
    body = {"order_id": order["id"], "kind": "return_refund", "lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}
    first, second = (api.post("/after-sales", body, Idempotency_Key="case-1") for _ in range(2))
    assert first["id"] == second["id"] and len(api.get("/after-sales")["data"]) == 1
