"""The orders and stock of the Shopify double: what the queries and mutations of its schema do."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from graphql import get_directive_values

from .goods import Good
from .shopify_order_book import OrdersShown, Refusal, digest_of

SEARCH = re.compile(r"source_identifier:'(.*)'", re.DOTALL)
BETWEEN = re.compile(r"updated_at:>='([^']*)' updated_at:<='([^']*)'")


class OrdersRoot(OrdersShown):
    """Resolvers: what is asked and changed."""

    # ---- reading
    def order(self, info: Any, id: str) -> dict[str, Any] | None:
        order = self.book.orders.get(_number(id))
        return self.shown(order) if order else None

    def orders(self, info: Any, sortKey: str, reverse: bool, first: int, after: str | None = None, query: str | None = None) -> dict[str, Any]:
        rows = list(self.book.orders.values())
        searched, between = SEARCH.fullmatch(query or ""), BETWEEN.fullmatch(query or "")
        assert searched or between or not query
        if searched:
            word = searched[1].replace("\\'", "'").replace("\\\\", "\\").lower()
            rows = [] if self.book.search_lags else [order for order in rows if order.sourceIdentifier and word in order.sourceIdentifier.lower()]
        if between:
            low, high = (datetime.fromisoformat(text) for text in between.groups())
            rows = [order for order in rows if low <= order.updated.replace(microsecond=0) <= high]
        rows.sort(key=lambda order: (order.updated if sortKey == "UPDATED_AT" else order.created, order.number), reverse=reverse)
        start = next((at + 1 for at, order in enumerate(rows) if str(order.number) == after), 0)
        part = rows[start:start + first]
        return {"nodes": [self.shown(order) for order in part], "pageInfo": {"hasNextPage": start + first < len(rows), "endCursor": str(part[-1].number) if part else None}}

    def productVariant(self, info: Any, id: str) -> dict[str, Any] | None:
        good = self.book.good(id)
        return self.variant(good) if good else None

    def nodes(self, info: Any, ids: list[str]) -> list[dict[str, Any] | None]:
        return [self.variant(good) if (good := self.book.good(known)) else None for known in ids]

    def returnableFulfillments(self, info: Any, orderId: str, first: int | None = None) -> dict[str, Any]:
        order = self.book.orders.get(_number(orderId))
        parcels = [self.parcel(order, at, one) for at, one in enumerate(order.parcels)] if order else []
        return {"nodes": [{"returnableFulfillmentLineItems": {"nodes": [{"quantity": line["quantity"], "fulfillmentLineItem": line}
                                                                        for line in parcel["fulfillmentLineItems"]["nodes"]]}} for parcel in parcels]}

    # ---- writing
    def orderCreate(self, info: Any, order: dict[str, Any], options: dict[str, Any] | None = None) -> dict[str, Any]:
        self.book.writes.append("orderCreate")
        goods = [self.book.good(line["variantId"]) for line in order["lineItems"]]
        if not all(goods):
            return {"order": None, "userErrors": [{"field": ["order", "lineItems"], "message": "Variant not found", "code": "INVALID"}]}
        assert options and options["inventoryBehaviour"] == "DECREMENT_OBEYING_POLICY" and order["financialStatus"] == "PAID"
        if any(good.stock < line["quantity"] for good, line in zip(goods, order["lineItems"], strict=True) if good):
            return {"order": None, "userErrors": [{"field": ["order", "lineItems"], "message": "Unable to claim inventory", "code": "INVENTORY_CLAIM_FAILED"}]}
        lines = [(good, line["quantity"], _minor(line["priceSet"])) for good, line in zip(goods, order["lineItems"], strict=True) if good]
        placed = self.book.place(lines, shipping=sum(_minor(line["priceSet"]) for line in order["shippingLines"]), source=order["sourceIdentifier"], tags=tuple(order["tags"]))
        assert _minor(order["transactions"][0]["amountSet"]) == placed.total
        return {"order": self.shown(placed), "userErrors": []}

    def orderMarkAsPaid(self, info: Any, input: dict[str, str]) -> dict[str, Any]:
        order = self.book.orders.get(_number(input["id"]))
        if order is None or order.cancelled:
            return {"order": None, "userErrors": [{"field": ["id"], "message": "Order cannot be marked as paid"}]}
        order.paid, order.updated = True, datetime.now(UTC)
        return {"order": self.shown(order), "userErrors": []}

    def orderCancel(self, info: Any, orderId: str, restock: bool, reason: str, **more: Any) -> dict[str, Any]:
        order = self.book.orders.get(_number(orderId))
        self.book.writes.append("orderCancel")
        if order is None or order.cancelled or order.parcels:
            wrong = ("NOT_FOUND", "Order not found") if order is None else ("INVALID", "Cannot cancel an order that was cancelled or fulfilled")
            return {"job": None, "orderCancelUserErrors": [Refusal(*wrong).error]}
        if not self.book.late_cancel:
            order.cancelled = order.updated = datetime.now(UTC)
            for good, quantity, _ in order.lines if restock else []:
                good.stock += quantity
        return {"job": {"id": "gid://shopify/Job/1", "done": False}, "orderCancelUserErrors": []}

    def fulfillmentCreate(self, info: Any, fulfillment: dict[str, Any], message: str | None = None) -> dict[str, Any]:
        [wanted] = fulfillment["lineItemsByFulfillmentOrder"]
        order = self.book.orders[_number(wanted["fulfillmentOrderId"])]
        if order.parcels or order.cancelled:
            return {"fulfillment": None, "userErrors": [{"field": None, "message": "Fulfillment order is not fulfillable"}]}
        told = fulfillment.get("trackingInfo") or {}
        order.send(told.get("company", ""), told.get("number", ""))
        return {"fulfillment": self.parcel(order, 0, order.parcels[0]), "userErrors": []}

    def inventorySetQuantities(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:
        [row] = input["quantities"]

        def act() -> None:
            good = self._stocked(row)
            if row["changeFromQuantity"] is not None and row["changeFromQuantity"] != good.stock:
                raise Refusal("CHANGE_FROM_QUANTITY_STALE", "The quantity has changed")
            good.stock = row["quantity"]

        return self.book.once(_key(info), input, act)

    def inventoryAdjustQuantities(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:
        [row] = input["changes"]

        def act() -> None:
            self._stocked(row).stock += row["delta"]

        return self.book.once(_key(info), input, act)

    def productVariantsBulkUpdate(self, info: Any, productId: str, variants: list[dict[str, str]]) -> dict[str, Any]:
        good = self.book.good(variants[0]["id"])
        if good is None or good.id not in self.book.shelf.products[_number(productId)].goods:
            return {"userErrors": [Refusal("PRODUCT_VARIANT_DOES_NOT_EXIST", "Product variant does not exist").error]}
        good.price_minor = round(float(variants[0]["price"]) * 100)
        return {"userErrors": []}

    def metafieldsSet(self, info: Any, metafields: list[dict[str, Any]]) -> dict[str, Any]:
        [row] = metafields
        place = f"{row['ownerId']}/{row['namespace']}/{row['key']}"
        before = self.book.fields.get(place)
        if row["compareDigest"] != (digest_of(before) if before else None):
            return {"userErrors": [Refusal("STALE_OBJECT", "The resource has been updated since it was loaded").error]}
        self.book.fields[place] = row["value"]
        return {"userErrors": []}

    def returnRequest(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:
        number = 9_001 + len(self.book.returns)
        self.book.returns[number] = {"lines": input["returnLineItems"], "status": "REQUESTED", "refunded": 0}
        return {"return": self.returned(number), "userErrors": []}

    def _stocked(self, row: dict[str, Any]) -> Good:
        good = self.book.good(row["inventoryItemId"])
        if good is None or _number(row["locationId"]) > self.book.places:
            raise Refusal("INVALID_INVENTORY_ITEM" if good is None else "INVALID_LOCATION", "could not be found")
        return good


def _return(self: OrdersRoot, info: Any, id: str) -> dict[str, Any] | None:
    return self.returned(_number(id)) if _number(id) in self.book.returns else None


setattr(OrdersRoot, "return", _return)


def _key(info: Any) -> str:
    told = get_directive_values(info.schema.get_directive("idempotent"), info.field_nodes[0], info.variable_values)
    assert told
    return str(told["key"])


def _minor(bag: dict[str, Any]) -> int:
    return round(float(bag["shopMoney"]["amount"]) * 100)


def _number(gid: str) -> int:
    return int(gid.rpartition("/")[2])
