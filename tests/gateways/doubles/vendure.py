"""Vendure's shop API (v3): offsets, prices in minor units, stock as a word."""

from __future__ import annotations

import json
from typing import Any

from graphql import build_schema, graphql_sync

from .serving import Asked, Said, ShopDouble

SCHEMA = build_schema("""
scalar Money
type Query { products(options: ProductListOptions): ProductList! }
input ProductListOptions { skip: Int take: Int sort: ProductSortParameter }
input ProductSortParameter { id: SortOrder createdAt: SortOrder updatedAt: SortOrder name: SortOrder slug: SortOrder description: SortOrder }
enum SortOrder { ASC DESC }
type ProductList { items: [Product!]! totalItems: Int! }
type Product { id: ID! name: String! slug: String! description: String! assets: [Asset!]! collections: [Collection!]! variants: [ProductVariant!]! }
type Collection { id: ID! name: String! }
type Asset { id: ID! source: String! preview: String! }
type ProductVariant { id: ID! sku: String! name: String! price: Money! priceWithTax: Money! currencyCode: String! stockLevel: String! assets: [Asset!]!
  options: [ProductOption!]! }
type ProductOption { id: ID! name: String! code: String! group: ProductOptionGroup! }
type ProductOptionGroup { id: ID! name: String! code: String! }
""")


class VendureDouble(ShopDouble):
    def answer(self, asked: Asked) -> Said:
        document = json.loads(asked.body)
        result = graphql_sync(SCHEMA, document["query"], {"products": self.products}, variable_values=document.get("variables"))
        return Said(result.formatted)

    def products(self, info: Any, options: dict[str, Any]) -> dict[str, Any]:
        assert options["sort"] == {"id": "ASC"} and options["take"] <= 100
        rows = list(self.shelf.products.values())
        shown = rows[options["skip"]:options["skip"] + options["take"]]
        return {"totalItems": len(rows), "items": [self.product(product) for product in shown]}

    def product(self, product: Any) -> dict[str, Any]:
        variants = [{"id": good.id, "sku": f"V{good.id}", "priceWithTax": good.price_minor, "currencyCode": self.currency, "stockLevel": "IN_STOCK",
                     "assets": [], "options": [] if product.is_single else [{"name": f"色{good.id}", "group": {"name": "颜色"}}]}
                    for good in product.goods.values()]
        return {"id": product.id, "name": product.title, "description": "<p>好</p>", "assets": [{"source": f"https://v.example/{product.id}.jpg"}],
                "collections": [{"name": "箱包"}], "variants": variants}
