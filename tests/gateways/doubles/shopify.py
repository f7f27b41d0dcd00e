"""Shopify's Admin GraphQL API: queries are checked and run against an excerpt of its schema, weighed and paid for by points.

Bulk operations write a JSONL file, children under their parents, which is served with ranges.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError, build_schema, graphql_sync, parse, validate

from .goods import Good, Product
from .serving import Asked, Said, ShopDouble
from .shopify_order_book import OrderBook
from .shopify_order_schema import ORDERS_SDL
from .shopify_orders import OrdersRoot

TOKEN = "shpat_0123456789abcdef0123456789abcdef"

SCHEMA = build_schema("""
scalar Decimal
scalar URL
scalar UnsignedInt64
scalar DateTime
type Query {
  shop: Shop!
  productsCount(limit: Int = 10000, query: String): Count
  productVariantsCount(limit: Int = 10000, query: String): Count
  products(first: Int, after: String, query: String, sortKey: ProductSortKeys = ID): ProductConnection!
  product(id: ID!): Product
  node(id: ID!): Node
}
type Mutation { bulkOperationRunQuery(query: String!, groupObjects: Boolean!): BulkOperationRunQueryPayload }
type BulkOperationRunQueryPayload { bulkOperation: BulkOperation userErrors: [BulkOperationUserError!]! }
type BulkOperationUserError { field: [String!] message: String! code: BulkOperationUserErrorCode }
enum BulkOperationUserErrorCode { INVALID LIMIT_REACHED OPERATION_IN_PROGRESS }
enum BulkOperationStatus { CANCELED CANCELING COMPLETED CREATED EXPIRED FAILED RUNNING }
interface Node { id: ID! }
type BulkOperation implements Node { id: ID! status: BulkOperationStatus! errorCode: String url: URL fileSize: UnsignedInt64 objectCount: UnsignedInt64! }
type Shop { name: String! currencyCode: String! }
type Count { count: Int! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
enum ProductSortKeys { ID UPDATED_AT TITLE }
enum ProductVariantSortKeys { ID POSITION SKU }
enum ProductStatus { ACTIVE ARCHIVED DRAFT UNLISTED }
type ProductConnection { nodes: [Product!]! edges: [ProductEdge!]! pageInfo: PageInfo! }
type ProductEdge { node: Product! }
type Product implements Node {
  id: ID! title: String! descriptionHtml: String! vendor: String! productType: String! status: ProductStatus! onlineStoreUrl: URL
  category: TaxonomyCategory
  media(first: Int): MediaConnection!
  variants(first: Int, after: String, sortKey: ProductVariantSortKeys = POSITION): ProductVariantConnection!
}
type TaxonomyCategory { fullName: String! }
type ProductVariantConnection { nodes: [ProductVariant!]! edges: [ProductVariantEdge!]! pageInfo: PageInfo! }
type ProductVariantEdge { node: ProductVariant! }
enum ProductVariantInventoryPolicy { CONTINUE DENY }
type ProductVariant implements Node {
  id: ID! sku: String barcode: String price: Decimal! compareAtPrice: Decimal inventoryQuantity: Int inventoryPolicy: ProductVariantInventoryPolicy!
  selectedOptions: [SelectedOption!]!
  inventoryItem: InventoryItem!
  media(first: Int): MediaConnection!
}
type SelectedOption { name: String! value: String! }
type InventoryItem { tracked: Boolean! measurement: InventoryItemMeasurement! }
type InventoryItemMeasurement { weight: Weight }
type Weight { value: Float! unit: WeightUnit! }
enum WeightUnit { GRAMS KILOGRAMS OUNCES POUNDS }
interface Media { alt: String }
type MediaConnection { nodes: [Media!]! edges: [MediaEdge!]! }
type MediaEdge { node: Media! }
type MediaImage implements Media & Node { id: ID! alt: String image: Image }
type Video implements Media & Node { id: ID! alt: String }
type Image { url: URL! }
""" + ORDERS_SDL)


class ShopifyDouble(ShopDouble):
    """`most_cost`: what one query may cost. `points`: what is left in the bucket, None for enough. `bulk_fails`: operations fail."""

    def settle(self) -> None:
        super().settle()
        self.most_cost = 1_000
        self.points: float | None = None
        self.bulk_fails = False
        self.refused_bulks = 0
        self.polls_until_done = 1
        self.files: dict[str, bytes] = {}
        self.polls: dict[str, int] = {}
        self.ranges = True
        self.book = OrderBook(self.shelf)

    def stock_of(self, external_id: str) -> int:
        return self.shelf.find(int(external_id))[1].stock

    def ordered(self) -> list[str]:
        return [str(number) for number in self.book.orders]

    def send(self, flagship_order_id: str) -> None:
        self.book.orders[int(flagship_order_id)].send("顺丰", "SF0001")

    def sell(self, external_id: str, quantity: int) -> str:
        _, good = self.shelf.find(int(external_id))
        return str(self.book.place([(good, quantity, good.price_minor)]).number)

    def answer(self, asked: Asked) -> Said:
        if asked.path.startswith("/bulk/"):
            return self.file(asked)
        if asked.headers.get("x-shopify-access-token") != TOKEN:
            return Said({"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, 401)
        document = json.loads(asked.body)
        if any(isinstance(value, str) and value.startswith("gid://") and not value.rpartition("/")[2].isdecimal() for value in _leaves(document.get("variables"))):
            return Said({"errors": [{"message": "Variable of type ID! was provided invalid value", "extensions": {"code": "INVALID_VARIABLE"}}]})
        cost = self.cost(document["query"], document.get("variables") or {})
        if cost > self.most_cost:
            return Said({"errors": [{"message": f"Query cost is {cost}, which exceeds the single query max cost limit ({self.most_cost}).",
                                     "extensions": {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": self.most_cost}}]})
        left = 1_000.0 if self.points is None else self.points
        told = {"cost": {"requestedQueryCost": cost, "actualQueryCost": cost, "throttleStatus":
                         {"maximumAvailable": 1000.0, "currentlyAvailable": left, "restoreRate": 50.0}}}
        if cost > left:
            self.points = 1_000.0
            return Said({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], "extensions": told})
        if self.points is not None:
            self.points -= cost
        result = graphql_sync(SCHEMA, document["query"], Root(self), variable_values=document.get("variables"))
        return Said({**result.formatted, "extensions": told})

    def cost(self, query: str, variables: dict[str, Any]) -> int:
        """Two and one per object of each connection, multiplied through the nesting, as measured by others."""
        if "products(first" not in query:
            return 10
        return 2 + variables["first"] * (2 + (2 + variables["pictures"] * 2) + (2 + variables["variants"] * 7))

    def file(self, asked: Asked) -> Said:
        """As an object store does it; no token is sent there."""
        assert "x-shopify-access-token" not in asked.headers
        content = self.files[asked.path.rpartition("/")[2]]
        if not self.ranges:
            return Said(content)
        first, last = (int(text) for text in asked.headers["range"].removeprefix("bytes=").split("-"))
        part = content[first:last + 1]
        return Said(part, 206, {"Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(content)}"})

    def bulk(self) -> str:
        lines: list[dict[str, Any]] = []
        for product in self.shelf.products.values():
            shown = ProductNode(product)
            lines.append({"id": shown.id, "title": shown.title, "descriptionHtml": "", "vendor": "轻行", "productType": "箱包", "status": "ACTIVE",
                          "onlineStoreUrl": None, "category": None})
            lines.append({"id": f"gid://shopify/MediaImage/{product.id}", "image": {"url": f"https://cdn.example/{product.id}.jpg"}, "__parentId": shown.id})
            lines.append({"__parentId": shown.id})
            for good in product.goods.values():
                variant = VariantNode(product, good)
                lines.append({"id": variant.id, "sku": variant.sku, "barcode": None, "price": variant.price, "compareAtPrice": None, "inventoryQuantity": 10,
                              "inventoryPolicy": "DENY", "selectedOptions": variant.selectedOptions, "inventoryItem": variant.inventoryItem,
                              "__parentId": shown.id})
        number = str(len(self.polls) + 1)
        self.files[number] = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
        self.polls[number] = 0
        return number


class Root(OrdersRoot):
    def __init__(self, double: ShopifyDouble) -> None:
        self.double, self.book, self.currency = double, double.book, double.currency
        self.shop = {"name": "测试店", "currencyCode": double.currency}

    def productsCount(self, info: Any, limit: int | None, query: str | None = None) -> dict[str, int]:
        return {"count": len(self.double.shelf.products)}

    def productVariantsCount(self, info: Any, limit: int | None, query: str | None = None) -> dict[str, int]:
        return {"count": len(self.double.listed())}

    def products(self, info: Any, sortKey: str, first: int, after: str | None = None, query: str | None = None) -> dict[str, Any]:
        assert sortKey == "ID"
        since = datetime.fromisoformat(query.removeprefix("updated_at:>='").rstrip("'")) if query else datetime(1970, 1, 1, tzinfo=UTC)
        return _connection([ProductNode(product) for product in self.double.shelf.products.values() if product.changed >= since], first, after)

    def product(self, info: Any, id: str) -> ProductNode | None:
        product = self.double.shelf.products.get(_number(id))
        return ProductNode(product) if product else None

    def bulkOperationRunQuery(self, info: Any, query: str, groupObjects: bool) -> dict[str, Any]:
        assert groupObjects
        assert not validate(SCHEMA, parse(query))
        if self.double.refused_bulks:
            self.double.refused_bulks -= 1
            return {"bulkOperation": None, "userErrors": [{"field": None, "message": "A bulk query operation for this app and shop is already in progress",
                                                           "code": "OPERATION_IN_PROGRESS"}]}
        return {"bulkOperation": {"id": f"gid://shopify/BulkOperation/{self.double.bulk()}"}, "userErrors": []}

    def node(self, info: Any, id: str) -> dict[str, Any] | None:
        number = id.rpartition("/")[2]
        if number not in self.double.polls:
            return None
        self.double.polls[number] += 1
        done = self.double.polls[number] > self.double.polls_until_done
        file = self.double.files[number]
        status = "FAILED" if self.double.bulk_fails else "COMPLETED" if done else "RUNNING"
        return {"__typename": "BulkOperation", "id": id, "status": status, "errorCode": None, "objectCount": str(file.count(b"\n")),
                "fileSize": str(len(file)) if done else None, "url": f"{self.double.url}/bulk/{number}" if done else None}


class ProductNode:
    vendor, productType, descriptionHtml, status, category = "轻行", "箱包", "<p>好</p>", "ACTIVE", None

    def __init__(self, product: Product) -> None:
        self.product = product
        self.id = f"gid://shopify/Product/{product.id}"
        self.title = product.title
        self.onlineStoreUrl = f"https://shop.example/products/{product.id}"

    def media(self, info: Any, first: int | None = None) -> dict[str, Any]:
        picture = {"__typename": "MediaImage", "id": f"gid://shopify/MediaImage/{self.product.id}", "image": {"url": f"https://cdn.example/{self.product.id}.jpg"}}
        nodes = [picture, {"__typename": "Video", "id": "gid://shopify/Video/1"}][:first]
        return {"nodes": nodes, "edges": [{"node": node} for node in nodes]}

    def variants(self, info: Any, sortKey: str, first: int | None = None, after: str | None = None) -> dict[str, Any]:
        assert first is None or sortKey == "ID"
        return _connection([VariantNode(self.product, good) for good in self.product.goods.values()], first or 10**6, after)


class VariantNode:
    barcode, compareAtPrice, inventoryPolicy = None, "0.00", "DENY"

    def __init__(self, product: Product, good: Good) -> None:
        self.id = f"gid://shopify/ProductVariant/{good.id}"
        self.sku = f"V{good.id}"
        self.price = f"{good.price_minor // 100}.{good.price_minor % 100:02}"
        self.inventoryQuantity = good.stock
        self.selectedOptions = [{"name": "Title", "value": "Default Title"}] if product.is_single else [{"name": "颜色", "value": f"色{good.id}"}]
        self.inventoryItem = {"tracked": True, "measurement": {"weight": {"value": 1.5, "unit": "KILOGRAMS"}}}

    def media(self, info: Any, first: int | None = None) -> dict[str, Any]:
        return {"nodes": [], "edges": []}


def _connection(nodes: list[Any], first: int, after: str | None) -> dict[str, Any]:
    """In the order of ids; a cursor stands behind an id whether or not its owner is still there."""
    since = int(json.loads(base64.b64decode(after))["last_id"]) if after else 0
    ahead = sorted((node for node in nodes if _number(node.id) > since), key=lambda node: _number(node.id))
    if first > 250 and first != 10**6:
        raise GraphQLError("first must be at most 250")
    part = ahead[:first]
    cursor = base64.b64encode(json.dumps({"last_id": _number(part[-1].id)}).encode()).decode() if part else None
    return {"nodes": part, "edges": [{"node": node} for node in part], "pageInfo": {"hasNextPage": len(ahead) > first, "endCursor": cursor}}


def _leaves(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [leaf for one in inner for leaf in _leaves(one)] if inner is not None else [value]


def _number(gid: str) -> int:
    return int(gid.rpartition("/")[2])
