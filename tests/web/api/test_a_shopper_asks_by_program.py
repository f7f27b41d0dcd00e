"""After the sale in the storefront API: the order's token opens what her page opens, once, inside the window, and nothing of others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders.brands import a_brand
from tests.builders.callers import Caller, Shop
from tests.conftest import NOON, TestClock


class Shopper:
    """A program that holds the token of one order."""

    def __init__(self, api: Caller, placed: dict[str, Any]) -> None:
        self.client, self.slug, self.number, self.token = api.client, api.brand.slug, placed["order"]["number"], placed["order"]["token"]
        self.line = self.get("")["lines"][0]["id"]

    def address(self, tail: str, token: str | None = None) -> str:
        return f"/api/storefront/v1/{self.slug}/orders/{self.number}{tail}?token={self.token if token is None else token}"

    def get(self, tail: str, status: int = 200) -> Any:
        answer = self.client.get(self.address(tail), headers={"Accept-Language": "zh-CN"})
        assert answer.status_code == status, answer.text
        return answer.json

    def post(self, tail: str, body: Any = None, status: int = 200, key: str = "", token: str | None = None) -> Any:
        headers = {"Accept-Language": "zh-CN", **({"Idempotency-Key": key} if key else {})}
        answer = self.client.post(self.address(tail, token), json=body or {}, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def ask(self, key: str = "k", status: int = 201, kind: str = "return_refund", **line: Any) -> Any:
        lines = [] if kind == "shipping_only" else [{"line_id": self.line, "quantity": 1, **line}]
        return self.post("/after-sales", {"kind": kind, "reason": "尺寸不合适", "lines": lines}, status, key)


@pytest.fixture
def shopper(api: Caller, shop: Shop) -> Shopper:
    """Two cases of 299.00, sent and received."""
    placed = shop.order(2)
    api.client.post(placed["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"})
    api.post(f"/orders/{placed['order']['id']}/ship", {"carrier": "顺丰"})
    api.post(f"/orders/{placed['order']['id']}/deliver", status=200)
    return Shopper(api, placed)


def test_a_return_from_asking_to_the_money(api: Caller, shopper: Shopper) -> None:
    ways = {one["kind"]: one for one in shopper.get("/after-sales/ways")["data"]}
    assert set(ways) == {"refund_only", "return_refund", "exchange"} and ways["return_refund"]["line_ids"] == [shopper.line]
    case = shopper.ask()
    assert (case["state"], case["amount"], case["currency"], case["may_cancel"], case["may_send_back"]) == ("requested", 29900, "CNY", True, False)
    assert case["next"] == "已提交，等商家答复。"
    assert shopper.get("/after-sales/ways")["data"] == [], "its only line is asked for"
    told = api.get(f"/after-sales/{case['id']}")
    assert (told["requested_by"], told["reason"]) == ("顾客", "尺寸不合适")
    assert shopper.post(f"/after-sales/{case['id']}/return-parcel", {"carrier": "顺丰", "tracking_no": "SF9"}, 409)["code"] == "after_sale_state"
    api.post(f"/after-sales/{case['id']}/approve", {"answer": "好的"}, status=200)
    [shown] = shopper.get("/after-sales")["data"]
    assert (shown["state"], shown["answer"], shown["may_send_back"]) == ("approved", "好的", True)
    sent = shopper.post(f"/after-sales/{case['id']}/return-parcel", {"carrier": "顺丰", "tracking_no": "SF9"})
    assert (sent["return_tracking_no"], sent["may_cancel"]) == ("SF9", False)
    api.post(f"/after-sales/{case['id']}/receive", status=200)
    assert [(one["state"], one["amount"]) for one in shopper.get("/after-sales")["data"]] == [("refunded", 29900)]
    assert api.get("/ledger/check")["ok"]


def test_asked_twice_is_asked_once(api: Caller, shopper: Shopper) -> None:
    assert shopper.ask(key="", status=400)["code"] == "idempotency_key_missing"
    first, again = shopper.ask("one"), shopper.ask("one")
    assert first == again and len(api.get("/after-sales")["data"]) == 1
    assert shopper.ask("one", 409, quantity=2)["code"] == "idempotency_conflict"
    assert shopper.ask("two", 409)["code"] == "after_sale_open"
    assert shopper.post("/after-sales", {"kind": "return_refund", "lines": [{"line_id": shopper.line, "quantity": 1}], "reason": "尺寸不合适"}, 409,
                        "one", token="wrong")["code"] == "idempotency_conflict", "a key does not replay to who has no token"


def test_she_takes_it_back(shopper: Shopper) -> None:
    case = shopper.ask()
    assert shopper.post(f"/after-sales/{case['id']}/cancel")["state"] == "cancelled"
    assert shopper.post(f"/after-sales/{case['id']}/cancel", status=409)["code"] == "after_sale_state"
    assert shopper.ask("again")["state"] == "requested"


def test_refused_with_the_field_and_in_money(shopper: Shopper) -> None:
    refused = shopper.ask("a", 422, kind="refund_only", quantity=0, amount=59801)
    assert refused["title"] == "这一行最多还能退 ¥598.00" and refused["errors"][0]["field"] == "lines.0.amount"
    assert shopper.ask("b", 422, kind="shipping_only")["errors"][0]["field"] == "shipping_amount"
    for wrong in ({"kind": "theft"}, {"lines": []}, {"kind": "return_refund", "lines": [{"line_id": "x"}]}, {"kind": "exchange", "lines": [{"line_id": shopper.line, "quantity": 1}]},
                  {"kind": "return_refund", "reason": "\x00", "lines": [{"line_id": shopper.line, "quantity": 1}]}, {"kind": "return_refund", "more": 1}):
        shopper.post("/after-sales", wrong, 404 if wrong.get("lines") == [{"line_id": "x"}] else 422, f"k{len(str(wrong))}")


def test_the_window_binds_her(shopper: Shopper, clock: TestClock) -> None:
    clock.now = NOON + timedelta(days=16)
    assert shopper.ask(status=422)["code"] == "window_over" and shopper.get("/after-sales/ways")["data"] == []


def test_nobody_without_her_token(api: Caller, shop: Shop, shopper: Shopper, database: Any) -> None:
    case = shopper.ask()
    other = Shopper(api, shop.order(1))
    strange = a_brand(database, slug=f"strange-{api.brand.id}", now=NOON)
    for tail in ("/after-sales", "/after-sales/ways"):
        for token in ("", "x", other.token, "%ED%A0%80"):
            assert api.client.get(shopper.address(tail, token)).status_code == 404
        assert api.client.get(shopper.address(tail).replace(api.brand.slug, strange.slug)).status_code == 404
    for tail, body in (("cancel", {}), ("return-parcel", {"carrier": "a", "tracking_no": "b"})):
        shopper.post(f"/after-sales/{case['id']}/{tail}", body, 404, token="x")
        other.post(f"/after-sales/{case['id']}/{tail}", body, 404)
        other.post(f"/after-sales/x/{tail}", body, 404)
    assert shopper.get("/after-sales")["data"][0]["state"] == "requested"
