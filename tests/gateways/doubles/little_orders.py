"""The shop of docs/orders_template.py: its goods, its orders, and a stock that counts a key once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from .goods import Good
from .little import TOKEN, LittleDouble
from .serving import Asked, Said

AFTER = {"new": ("paid", "cancelled"), "paid": ("sent", "cancelled")}


class LittleOrdersDouble(LittleDouble):
    def settle(self) -> None:
        super().settle()
        self.kept: dict[int, dict[str, Any]] = {}
        self.keys: set[str] = set()

    def answer(self, asked: Asked) -> Said:
        parts = asked.path.strip("/").split("/")
        if asked.headers.get("x-token") != TOKEN:
            return Said({"message": "token"}, 401)
        if parts[0] == "orders":
            return self.of_orders(asked, parts[1:])
        if len(parts) == 1:
            return super().answer(asked)
        good = self.good(parts[1])
        if good is None:
            return Said({"reason": "unknown", "message": "没有这件"}, 404)
        if asked.method == "POST":
            self.restock(good, json.loads(asked.body))
        return Said({"id": good.id, "stock": good.stock})

    def restock(self, good: Good, told: dict[str, Any]) -> None:
        if "set" in told:
            good.stock = told["set"]
        elif told["key"] not in self.keys:
            self.keys.add(told["key"])
            good.stock += told["by"]

    def of_orders(self, asked: Asked, rest: list[str]) -> Said:
        if rest:
            order = self.kept.get(int(rest[0])) if rest[0].isdecimal() else None
            return self.move(order, json.loads(asked.body)) if order and asked.method == "PUT" else Said(order or {"message": "没有这张"}, 200 if order else 404)
        if asked.method == "POST":
            return self.make(json.loads(asked.body))
        rows = [order for order in self.kept.values() if "number" not in asked.query or order["number"] == asked.query["number"]]
        low, high = asked.query.get("since", ""), asked.query.get("until", "~")
        return Said({"orders": [order for order in rows if low <= order["changed"] <= high]})

    def make(self, told: dict[str, Any]) -> Said:
        known = next((order for order in self.kept.values() if order["number"] == told["number"]), None)
        if known:
            return Said(known)
        goods = [(self.good(line["id"]), line) for line in told["lines"]]
        if any(good is None for good, _ in goods):
            return Said({"reason": "unknown", "message": "没有这件"}, 422)
        if any(good.stock < line["quantity"] for good, line in goods if good):
            return Said({"reason": "stock", "message": "不够"}, 422)
        for good, line in goods:
            assert good
            good.stock -= line["quantity"]
        return Said(self.keep(told["number"], told["lines"], told["freight"], "new"))

    def keep(self, number: str, lines: list[dict[str, Any]], freight: str, state: str) -> dict[str, Any]:
        at, total = _now(), round(100 * (sum(float(line["price"]) * line["quantity"] for line in lines) + float(freight)))
        order = {"id": 501 + len(self.kept), "number": number, "state": state, "lines": lines, "freight": freight, "currency": self.currency, "made": at, "changed": at,
                 "paid": at if state == "paid" else None, "total": f"{total // 100}.{total % 100:02}", "carrier": "", "tracking_no": ""}
        self.kept[order["id"]] = order
        return order

    def move(self, order: dict[str, Any], told: dict[str, Any]) -> Said:
        if told["state"] != order["state"] and told["state"] not in AFTER.get(order["state"], ()):
            return Said({"reason": "state", "message": "现在不行"}, 409)
        order.update(**told, changed=_now())
        return Said(order)

    def good(self, external_id: str) -> Good | None:
        goods = [good for product in self.shelf.products.values() for good in product.goods.values()]
        return next((good for good in goods if str(good.id) == external_id), None)

    def stock_of(self, external_id: str) -> int:
        good = self.good(external_id)
        assert good
        return good.stock

    def ordered(self) -> list[str]:
        return [str(known) for known in self.kept]

    def send(self, flagship_order_id: str) -> None:
        self.kept[int(flagship_order_id)].update(state="sent", carrier="顺丰", tracking_no="SF1", changed=_now())

    def sell(self, external_id: str, quantity: int) -> str:
        price = self.listed()[external_id]
        return str(self.keep("", [{"id": external_id, "quantity": quantity, "price": f"{price // 100}.{price % 100:02}"}], "0.00", "paid")["id"])


def _now() -> str:
    return datetime.now(UTC).isoformat()
