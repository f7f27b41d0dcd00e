"""Medusa's store API (v2): plain JSON, limit and offset, a publishable key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .serving import Asked, Said, ShopDouble

KEY = "pk_0123456789abcdef0123456789abcdef"


class MedusaDouble(ShopDouble):
    def external_id(self, good_id: int) -> str:
        return f"variant_{good_id:026}"

    def good_id(self, external_id: str) -> int:
        return int(external_id.removeprefix("variant_"))

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("x-publishable-api-key") != KEY:
            return Said({"type": "not_allowed", "message": "A valid publishable key is required to proceed with the request"}, 401)
        assert asked.path == "/store/products" and asked.query["order"] == "id" and asked.query["region_id"]
        limit, offset, since = int(asked.query["limit"]), int(asked.query["offset"]), asked.query.get("updated_at[$gte]")
        rows = [product for product in self.shelf.products.values() if not since or product.changed >= datetime.fromisoformat(since)]
        return Said({"products": [self.product(product) for product in rows[offset:offset + limit]], "count": len(rows), "offset": offset, "limit": limit})

    def product(self, product: Any) -> dict[str, Any]:
        variants = [{"id": self.external_id(good.id), "title": f"款 {good.id}", "sku": f"V{good.id}", "barcode": None, "inventory_quantity": good.stock,
                     "manage_inventory": True, "calculated_price": {"calculated_amount": good.price_minor / 100, "original_amount": good.price_minor / 100,
                                                                    "currency_code": self.currency.lower()},
                     "options": [] if product.is_single else [{"value": f"色{good.id}", "option": {"title": "颜色"}}]} for good in product.goods.values()]
        return {"id": f"prod_{product.id:026}", "title": product.title, "description": None, "images": [{"url": f"https://m.example/{product.id}.jpg"}],
                "categories": [{"name": "箱包"}], "variants": variants}
