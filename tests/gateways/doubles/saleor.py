"""Saleor's GraphQL API (3.20): cursors, descriptions as Editor.js, prices as decimal numbers."""

from __future__ import annotations

import base64
import json
from typing import Any

from graphql import build_schema, graphql_sync

from .serving import Asked, Said, ShopDouble

SCHEMA = build_schema("""
scalar JSONString
type Query {
  shop: Shop!
  products(first: Int, after: String, channel: String, sortBy: ProductOrder): ProductCountableConnection
}
type Shop { name: String! }
input ProductOrder { direction: OrderDirection! field: ProductOrderField }
enum OrderDirection { ASC DESC }
enum ProductOrderField { NAME RANK PRICE MINIMAL_PRICE LAST_MODIFIED DATE TYPE PUBLISHED PUBLICATION_DATE PUBLISHED_AT LAST_MODIFIED_AT COLLECTION RATING
  CREATED_AT }
type ProductCountableConnection { pageInfo: PageInfo! edges: [ProductCountableEdge!]! totalCount: Int }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type ProductCountableEdge { node: Product! cursor: String! }
type Product { id: ID! name: String! description: JSONString category: Category media: [ProductMedia!] variants: [ProductVariant!] }
type Category { name: String! }
type ProductMedia { url: String! }
type ProductVariant { id: ID! sku: String name: String! quantityAvailable: Int media: [ProductMedia!] pricing: VariantPricingInfo
  attributes(variantSelection: VariantAttributeScope): [SelectedAttribute!]! }
enum VariantAttributeScope { ALL VARIANT_SELECTION NOT_VARIANT_SELECTION }
type SelectedAttribute { attribute: Attribute! values: [AttributeValue!]! }
type Attribute { name: String }
type AttributeValue { name: String }
type VariantPricingInfo { price: TaxedMoney priceUndiscounted: TaxedMoney }
type TaxedMoney { gross: Money! currency: String! }
type Money { currency: String! amount: Float! }
""")


class SaleorDouble(ShopDouble):
    def external_id(self, good_id: int) -> str:
        return base64.b64encode(f"ProductVariant:{good_id}".encode()).decode()

    def good_id(self, external_id: str) -> int:
        return int(base64.b64decode(external_id).decode().removeprefix("ProductVariant:"))

    def answer(self, asked: Asked) -> Said:
        document = json.loads(asked.body)
        root = {"shop": {"name": "测试店"}, "products": self.products}
        return Said(graphql_sync(SCHEMA, document["query"], root, variable_values=document.get("variables")).formatted)

    def products(self, info: Any, first: int, channel: str, sortBy: dict[str, str], after: str | None = None) -> dict[str, Any]:
        assert first <= 100 and sortBy == {"field": "CREATED_AT", "direction": "ASC"}
        since = int(json.loads(base64.b64decode(after))[1]) if after else 0
        ahead = [product for product in self.shelf.products.values() if product.id > since]
        part = ahead[:first]
        cursor = base64.b64encode(json.dumps(["2026-01-01", str(part[-1].id)]).encode()).decode() if part else None
        return {"totalCount": len(self.shelf.products), "edges": [{"node": self.product(product)} for product in part],
                "pageInfo": {"hasNextPage": len(ahead) > first, "endCursor": cursor}}

    def product(self, product: Any) -> dict[str, Any]:
        def priced(minor: int) -> dict[str, Any]:
            return {"gross": {"amount": minor / 100, "currency": self.currency}}

        variants = [{"id": self.external_id(good.id), "sku": f"V{good.id}", "quantityAvailable": good.stock, "media": [],
                     "pricing": {"price": priced(good.price_minor), "priceUndiscounted": priced(good.price_minor)},
                     "attributes": [] if product.is_single else [{"attribute": {"name": "颜色"}, "values": [{"name": f"色{good.id}"}]}]}
                    for good in product.goods.values()]
        return {"id": base64.b64encode(f"Product:{product.id}".encode()).decode(), "name": product.title, "category": {"name": "箱包"},
                "description": json.dumps({"blocks": [{"type": "paragraph", "data": {"text": "好"}}]}),
                "media": [{"url": f"https://s.example/{product.id}.jpg"}], "variants": variants}
