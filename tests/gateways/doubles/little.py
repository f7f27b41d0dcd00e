"""The shop of docs/connector_template.py, which also answers by pages, for mappings that know no offsets."""

from __future__ import annotations

from .serving import Asked, Said, ShopDouble

TOKEN = "little-0123456789abcdef"


class LittleDouble(ShopDouble):
    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("x-token") != TOKEN:
            return Said({"error": "token"}, 401)
        rows = [{"id": good.id, "name": product.title, "price": f"{good.price_minor // 100}.{good.price_minor % 100:02}", "currency": self.currency,
                 "stock": good.stock, "sku": f"V{good.id}", "picture": f"https://little.example/{good.id}.jpg"}
                for product in self.shelf.products.values() for good in product.goods.values()]
        query = asked.query
        start, size = (int(query["offset"]), int(query["limit"])) if "offset" in query else ((int(query["page"]) - 1) * int(query["size"]), int(query["size"]))
        return Said({"shop": "小店", "currency": self.currency, "total": len(rows), "goods": rows[start:start + size]})
