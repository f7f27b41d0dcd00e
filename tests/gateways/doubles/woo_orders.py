"""The orders and stock of the WooCommerce double, as the REST API v3 writes and lists them.

`blind`: the order search finds nothing (a plugin replaced it). `read_only`: the key may not write.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from typing import Any

from .goods import Good, Product, Shelf
from .serving import Asked, Said

Thing = dict[str, Any]


class OrderBook:
    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.orders: dict[int, Thing] = {}
        self.notes: dict[int, list[Thing]] = {}
        self.meta: dict[int, list[Thing]] = {}
        self.untracked: set[int] = set()
        self.of_parent: set[int] = set()
        self.blind = self.read_only = False
        self.writes: list[str] = []
        self._numbers, self._meta_ids = count(701), count(90_001)

    def answer(self, asked: Asked, path: str) -> Said | None:
        """None for what is none of orders, single products and their changes."""
        parts = path.strip("/").split("/")
        if asked.method in ("POST", "PUT"):
            self.writes.append(f"{asked.method} {path}")
            if self.read_only:
                return Said({"code": "woocommerce_rest_authentication_error", "message": "The API key provided does not have write permissions.",
                             "data": {"status": 401}}, 401)
        if parts[2:3] == ["orders"]:
            return self.of_orders(asked, parts[3:])
        if parts[2:3] == ["products"] and len(parts) in (4, 6) and parts[-1].isdecimal():
            return self.of_product(asked, int(parts[-1]), nested=len(parts) == 6)
        return None

    def of_orders(self, asked: Asked, rest: list[str]) -> Said:
        body = json.loads(asked.body) if asked.body else {}
        if not rest:
            return self.create(body) if asked.method == "POST" else self.listed(asked.query)
        order = self.orders.get(int(rest[0]))
        if order is None:
            return refused("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", 404)
        if rest[1:] == ["notes"]:
            return self.note(order, body) if asked.method == "POST" else Said([note for note in self.notes.get(order["id"], []) if note["customer_note"]])
        return self.update(order, body) if asked.method == "PUT" else Said(order)

    def listed(self, query: dict[str, str]) -> Said:
        rows = [order for order in self.orders.values() if order["status"] != "trash"]
        if query.get("search"):
            word = query["search"].lower()
            rows = [] if self.blind else [order for order in rows if word in " ".join([*order["billing"].values(), *order["shipping"].values()]).lower()]
        low, high = query.get("modified_after"), query.get("modified_before")
        rows = [order for order in rows if (not low or order["date_modified_gmt"] > low) and (not high or order["date_modified_gmt"] < high)]
        rows.sort(key=lambda order: order["id"], reverse=query.get("order", "desc") == "desc")
        size, offset = int(query.get("per_page", 10)), int(query.get("offset", 0))
        part = rows[offset:offset + size]
        return Said(part, headers={"X-WP-Total": str(len(rows) if part else 0)})

    def create(self, body: Thing) -> Said:
        lines = []
        for line in body["line_items"]:
            found = self.find(line.get("variation_id") or line["product_id"])
            if found is None:
                return refused("woocommerce_rest_invalid_product_id", "Product ID is invalid.", 400)
            lines.append((found[1], line["quantity"], minor(line["total"])))
        shipping = sum(minor(line["total"]) for line in body.get("shipping_lines", []))
        order = self.place(lines, shipping=shipping, status="processing" if body.get("set_paid") else "pending")
        order.update(billing=body["billing"], shipping=body["shipping"], meta_data=self.told(body["meta_data"]), transaction_id=body["transaction_id"])
        return Said(order, 201)

    def place(self, lines: list[tuple[Good, int, int]], *, shipping: int = 0, status: str = "processing") -> Thing:
        at, number = now(), next(self._numbers)
        rows = []
        for good, quantity, total in lines:
            product, _ = self.shelf.find(good.id)
            rows.append({"product_id": product.id, "variation_id": 0 if product.is_single else good.id, "quantity": quantity, "subtotal": yuan(total), "total": yuan(total)})
            if status == "processing":
                good.stock -= quantity
        self.orders[number] = {
            "id": number, "status": status, "currency": self.shelf.currency, "date_created_gmt": at, "date_modified_gmt": at, "date_completed_gmt": None,
            "date_paid_gmt": at if status == "processing" else None, "total": yuan(sum(total for *_, total in lines) + shipping), "shipping_total": yuan(shipping),
            "discount_total": "0.00", "billing": {}, "shipping": {}, "line_items": rows, "refunds": [], "meta_data": [], "transaction_id": ""}
        return self.orders[number]

    def update(self, order: Thing, body: Thing) -> Said:
        if body.get("set_paid") and order["status"] in ("pending", "on-hold", "failed", "cancelled"):
            order.update(status="processing", date_paid_gmt=now())
        self.move(order, body.get("status", order["status"]))
        order["meta_data"] = [*order["meta_data"], *self.told(body.get("meta_data", []))]
        return Said(order)

    def move(self, order: Thing, status: str) -> None:
        if status == "cancelled" and order["status"] == "processing":
            for line in order["line_items"]:
                found = self.find(line["variation_id"] or line["product_id"])
                if found:
                    found[1].stock += line["quantity"]
        if status == "completed" and order["date_completed_gmt"] is None:
            order["date_completed_gmt"] = now()
        order.update(status=status, date_modified_gmt=now())

    def refund(self, number: int, amount: str) -> None:
        order = self.orders[number]
        order["refunds"].append({"id": next(self._numbers), "reason": "", "total": f"-{amount}"})
        order["date_modified_gmt"] = now()

    def note(self, order: Thing, body: Thing) -> Said:
        note = {"id": next(self._meta_ids), "note": body["note"], "customer_note": body["customer_note"], "date_created_gmt": now()}
        self.notes.setdefault(order["id"], []).append(note)
        return Said(note, 201)

    def of_product(self, asked: Asked, number: int, *, nested: bool) -> Said:
        found = self.find(number)
        if found is None:
            return refused("woocommerce_rest_product_invalid_id", "Invalid ID.", 404)
        product, good = found
        if asked.method == "PUT":
            if nested is product.is_single:
                return refused("woocommerce_rest_invalid_product_id", "use the /products/<product_id>/variations/<id> endpoint", 404)
            self.change(good, number, json.loads(asked.body))
        return Said(self.shown(product, good, number))

    def change(self, good: Good, number: int, body: Thing) -> None:
        if body.get("manage_stock"):
            self.untracked.discard(number)
        if "stock_quantity" in body:
            good.stock = body["stock_quantity"]
        elif "inventory_delta" in body:
            good.stock += body["inventory_delta"]
        if "regular_price" in body:
            good.price_minor = minor(body["regular_price"])
        gone = {one["id"] for one in body.get("meta_data", []) if one["value"] is None}
        kept = [one for one in self.meta.get(number, []) if one["id"] not in gone]
        self.meta[number] = [*kept, *self.told([one for one in body.get("meta_data", []) if one["value"] is not None])]

    def shown(self, product: Product, good: Good, number: int) -> Thing:
        managed: object = "parent" if number in self.of_parent else number not in self.untracked
        kind = {"type": "simple", "parent_id": 0} if product.is_single else {"type": "variation", "parent_id": product.id}
        return {"id": number, **kind, "status": "publish", "price": yuan(good.price_minor), "regular_price": yuan(good.price_minor), "manage_stock": managed,
                "stock_quantity": good.stock if managed else None, "stock_status": "instock" if good.stock > 0 else "outofstock", "backorders_allowed": False,
                "meta_data": self.meta.get(number, [])}

    def find(self, number: int) -> tuple[Product, Good] | None:
        single = self.shelf.products.get(number)
        if single and single.is_single:
            return single, next(iter(single.goods.values()))
        return next(((product, product.goods[number]) for product in self.shelf.products.values() if not product.is_single and number in product.goods), None)

    def told(self, meta: list[Thing]) -> list[Thing]:
        return [{"id": next(self._meta_ids), "key": one["key"], "value": one["value"]} for one in meta]


def refused(code: str, message: str, status: int) -> Said:
    return Said({"code": code, "message": message, "data": {"status": status}}, status)


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def yuan(minor_: int) -> str:
    return f"{minor_ // 100}.{minor_ % 100:02}"


def minor(text: str) -> int:
    return round(float(text) * 100)
