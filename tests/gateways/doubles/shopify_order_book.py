"""What the Shopify double keeps, orders and returns, and how it shows them.

`search_lags`: the search knows no order yet. `late_cancel`: jobs are not done when they are asked for. `places`: at how many every good lies.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from itertools import count
from typing import Any

from graphql import GraphQLError

from .goods import Good, Shelf


class Refusal(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.error = {"field": None, "message": message, "code": code}


class Order:
    """An order and everything that is told of it; amounts in minor units."""

    def __init__(self, number: int, lines: list[tuple[Good, int, int]], *, shipping: int = 0, source: str | None = None, tags: tuple[str, ...] = ()) -> None:
        self.number, self.lines, self.shipping, self.sourceIdentifier, self.tags = number, lines, shipping, source, list(tags)
        self.created = self.updated = datetime.now(UTC)
        self.cancelled: datetime | None = None
        self.paid, self.refunded, self.fee = True, 0, 0
        self.discount = 0
        self.fulfilment = "UNFULFILLED"
        self.parcels: list[dict[str, Any]] = []

    @property
    def total(self) -> int:
        return sum(price * quantity for _, quantity, price in self.lines) + self.shipping - self.discount

    def send(self, company: str = "", number: str = "") -> None:
        self.fulfilment, self.updated = "FULFILLED", datetime.now(UTC)
        self.parcels.append({"company": company or None, "number": number or None, "at": self.updated, "delivered": None})


class OrderBook:
    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.orders: dict[int, Order] = {}
        self.keys: dict[str, Any] = {}
        self.returns: dict[int, dict[str, Any]] = {}
        self.fields: dict[str, str] = {}
        self.search_lags = self.late_cancel = self.no_fees = False
        self.places = 1
        self.writes: list[str] = []
        self._numbers = count(450_000_001)

    def place(self, lines: list[tuple[Good, int, int]], **more: Any) -> Order:
        for good, quantity, _ in lines:
            good.stock -= quantity
        order = Order(next(self._numbers), lines, **more)
        self.orders[order.number] = order
        return order

    def good(self, gid: str) -> Good | None:
        number = int(gid.rpartition("/")[2])
        return next((product.goods[number] for product in self.shelf.products.values() if number in product.goods), None)

    def once(self, key: str, what: Any, act: Any) -> dict[str, Any]:
        """As @idempotent: the same key and parameters do nothing again."""
        if key in self.keys:
            wrong = [] if self.keys[key] == what else [Refusal("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "The same idempotency key").error]
            return {"userErrors": wrong}
        try:
            act()
        except Refusal as refusal:
            return {"userErrors": [refusal.error]}
        self.keys[key] = what
        return {"userErrors": []}


class OrdersShown:
    """`book` and `currency` are the double's."""

    book: OrderBook
    currency: str

    def shown(self, order: Order) -> dict[str, Any]:
        def lines(info: Any, first: int, after: str | None = None) -> dict[str, Any]:
            start = int(after or 0)
            part = order.lines[start:start + first]
            return {"nodes": [{"quantity": quantity, "originalUnitPriceSet": self.bag(price), "variant": self.variant(good)} for good, quantity, price in part],
                    "pageInfo": {"hasNextPage": start + first < len(order.lines), "endCursor": str(start + len(part))}}

        sale = {"kind": "SALE", "status": "SUCCESS", "processedAt": _told(order.created), "fees": self.fees(order)}
        money = "PENDING" if not order.paid else "REFUNDED" if order.refunded >= order.total > 0 else "PARTIALLY_REFUNDED" if order.refunded else "PAID"
        return {"id": f"gid://shopify/Order/{order.number}", "sourceIdentifier": order.sourceIdentifier, "tags": order.tags, "createdAt": _told(order.created),
                "processedAt": _told(order.created), "updatedAt": _told(order.updated), "cancelledAt": _told(order.cancelled), "closedAt": None,
                "currencyCode": self.currency, "displayFinancialStatus": money, "displayFulfillmentStatus": order.fulfilment, "totalPriceSet": self.bag(order.total),
                "totalShippingPriceSet": self.bag(order.shipping), "totalDiscountsSet": self.bag(order.discount), "totalRefundedSet": self.bag(order.refunded),
                "lineItems": lines, "fulfillments": [self.parcel(order, at, parcel) for at, parcel in enumerate(order.parcels)], "transactions": [sale],
                "fulfillmentOrders": {"nodes": [{"id": f"gid://shopify/FulfillmentOrder/{order.number}", "status": "CLOSED" if order.parcels else "OPEN"}]}}

    def fees(self, order: Order) -> Any:
        def told(info: Any) -> list[dict[str, Any]]:
            if self.book.no_fees:
                raise GraphQLError("Access denied for fees field.", extensions={"code": "ACCESS_DENIED"})
            return [{"amount": self.bag(order.fee)["shopMoney"]}] if order.fee else []

        return told

    def parcel(self, order: Order, at: int, parcel: dict[str, Any]) -> dict[str, Any]:
        held = [{"id": f"gid://shopify/FulfillmentLineItem/{order.number}{number}", "quantity": quantity, "lineItem": {"variant": self.variant(good)}}
                for number, (good, quantity, _) in enumerate(order.lines)]
        delivered = parcel["delivered"]
        return {"id": f"gid://shopify/Fulfillment/{order.number}{at}", "status": "SUCCESS", "displayStatus": "DELIVERED" if delivered else "FULFILLED",
                "createdAt": _told(parcel["at"]), "deliveredAt": _told(delivered), "fulfillmentLineItems": {"nodes": held}, "events": {"nodes": []},
                "trackingInfo": [{"company": parcel["company"], "number": parcel["number"]}] if parcel["number"] else []}

    def variant(self, good: Good) -> dict[str, Any]:
        product, _ = self.book.shelf.find(good.id)
        levels = [{"location": {"id": f"gid://shopify/Location/{place + 1}"}, "quantities": [{"name": "available", "quantity": good.stock}]} for place in range(self.book.places)]
        def field(info: Any, namespace: str, key: str) -> dict[str, str] | None:
            value = self.book.fields.get(f"gid://shopify/ProductVariant/{good.id}/{namespace}/{key}")
            return {"value": value, "compareDigest": digest_of(value)} if value else None

        return {"metafield": field, "__typename": "ProductVariant", "id": f"gid://shopify/ProductVariant/{good.id}", "inventoryQuantity": good.stock, "inventoryPolicy": "DENY",
                "inventoryItem": {"id": f"gid://shopify/InventoryItem/{good.id}", "tracked": True, "inventoryLevels": {"nodes": levels}},
                "product": {"id": f"gid://shopify/Product/{product.id}", "status": "ACTIVE"}}

    def returned(self, number: int) -> dict[str, Any]:
        told = self.book.returns[number]
        refunds = [{"totalRefundedSet": self.bag(told["refunded"])}] if told["refunded"] else []
        return {"id": f"gid://shopify/Return/{number}", "status": told["status"], "refunds": {"nodes": refunds}}

    def bag(self, minor: int) -> dict[str, Any]:
        return {"shopMoney": {"amount": f"{minor // 100}.{minor % 100:02}", "currencyCode": self.currency}}


def digest_of(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _told(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
