"""WooCommerce's REST API v3: Basic is not accepted over plain HTTP, so every call is checked as WooCommerce checks OAuth 1.0a."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime
from urllib.parse import quote

from .goods import Good, Product
from .serving import Asked, Said, ShopDouble
from .woo_orders import OrderBook

KEY, SECRET = "ck_0123456789abcdef0123456789abcdef01234567", "cs_fedcba9876543210fedcba9876543210fedcba98"


class WooDouble(ShopDouble):
    """`knows_variations`: WooCommerce 10.3 and later. `hidden` products are counted by the shop and left out of its answers."""

    knows_variations = True

    def settle(self) -> None:
        super().settle()
        self.hidden: set[int] = set()
        self.nonces: set[str] = set()
        self.most = 100
        self.book = OrderBook(self.shelf)

    def stock_of(self, external_id: str) -> int:
        return self.shelf.find(self.good_id(external_id))[1].stock

    def ordered(self) -> list[str]:
        return [str(number) for number in self.book.orders]

    def send(self, flagship_order_id: str) -> None:
        order = self.book.orders[int(flagship_order_id)]
        self.book.move(order, "completed")
        order["meta_data"].append({"id": 1, "key": "_wc_shipment_tracking_items",
                                   "value": [{"tracking_provider": "sf-express", "tracking_number": "SF0001", "date_shipped": str(int(time.time()))}]})

    def sell(self, external_id: str, quantity: int) -> str:
        _, good = self.shelf.find(self.good_id(external_id))
        return str(self.book.place([(good, quantity, good.price_minor * quantity)])["id"])

    def external_id(self, good_id: int) -> str:
        """A single product is its own variant."""
        product, good = self.shelf.find(good_id)
        return str(product.id if product.is_single else good.id)

    def good_id(self, external_id: str) -> int:
        single = self.shelf.products.get(int(external_id))
        return next(iter(single.goods)) if single else int(external_id)

    def answer(self, asked: Asked) -> Said:
        wrong = self.refusal(asked)
        if wrong:
            return Said({"code": "woocommerce_rest_authentication_error", "message": wrong, "data": {"status": 401}}, 401)
        path = asked.path.removeprefix("/wp-json")
        told = self.book.answer(asked, path)
        if told:
            return told
        if path == "/":
            return Said({"name": "测试店", "namespaces": ["wc/v3"]})
        if path == "/wc/v3/data/currencies/current":
            return Said({"code": self.currency, "name": "", "symbol": "¥"})
        if path == "/wc/v3/products":
            return self.page(asked.query, [self.product(one) for one in self.chosen(asked.query)])
        if path == "/wc/v3/variations" and self.knows_variations:
            return self.page(asked.query, [self.variation(product, good) for product, good in self.variations(asked.query)])
        parts = path.split("/")
        if path.startswith("/wc/v3/products/") and path.endswith("/variations") and int(parts[4]) in self.shelf.products:
            wanted = int(parts[4])
            return self.page(asked.query, [self.variation(product, good) for product, good in self.variations(asked.query) if product.id == wanted])
        if path.startswith("/wc/v3/products/"):
            return self.page(asked.query, [])
        return Said({"code": "rest_no_route", "message": "", "data": {"status": 404}}, 404)

    def chosen(self, query: dict[str, str]) -> list[Product]:
        if query.get("status") == "trash":
            return [Product(number, "", {}, when) for number, when in self.shelf.binned.items() if _after(query, when)]
        kinds = {"simple": (True,), "variable": (False,)}.get(query.get("type", ""), (True, False))
        include = {int(text) for text in query["include"].split(",")} if query.get("include") else None
        return [product for product in self.shelf.products.values() if product.is_single in kinds and (include is None or product.id in include)
                and _after(query, product.changed)]

    def variations(self, query: dict[str, str]) -> list[tuple[Product, Good]]:
        rows = [(product, good) for product in self.shelf.products.values() if not product.is_single for good in product.goods.values()]
        return sorted((row for row in rows if _after(query, row[1].changed)), key=lambda row: row[1].id)

    def page(self, query: dict[str, str], rows: list[dict[str, object]]) -> Said:
        assert query.get("orderby", "id") == "id" and query.get("order", "asc") == "asc"
        size, offset = int(query.get("per_page", 10)), int(query.get("offset", 0))
        if size > self.most:
            return Said({"code": "rest_invalid_param", "message": "", "data": {"status": 400}}, 400)
        part = rows[offset:offset + size]
        total = len(rows) if part else 0
        shown = [row for row in part if row["id"] not in self.hidden]
        return Said(shown, headers={"X-WP-Total": str(total), "X-WP-TotalPages": str(-(-total // size))})

    def product(self, product: Product) -> dict[str, object]:
        good = next(iter(product.goods.values()), None)
        own = self.priced(good) if good and product.is_single else {"price": "", "regular_price": "", "manage_stock": False, "stock_status": "instock"}
        return {"id": product.id, "name": product.title, "type": "simple" if product.is_single else "variable", "status": "publish",
                "catalog_visibility": "visible", "permalink": f"https://woo.example/{product.id}", "sku": f"P{product.id}", "description": "<p>好</p>",
                "categories": [{"id": 1, "name": "箱包"}], "images": [{"src": f"https://woo.example/{product.id}.jpg"}], "weight": "1.5",
                "variations": list(product.goods) if not product.is_single else [], **own}

    def variation(self, product: Product, good: Good) -> dict[str, object]:
        return {"id": good.id, "parent_id": product.id, "status": "publish", "sku": f"V{good.id}", "image": {"src": f"https://woo.example/v{good.id}.jpg"},
                "attributes": [{"id": 0, "name": "颜色", "option": f"色{good.id}"}], **self.priced(good)}

    @staticmethod
    def priced(good: Good) -> dict[str, object]:
        price = f"{good.price_minor // 100}.{good.price_minor % 100:02}"
        return {"price": price, "regular_price": price, "sale_price": "", "manage_stock": True, "stock_quantity": good.stock, "stock_status": "instock"}

    def refusal(self, asked: Asked) -> str:
        """As WC_REST_Authentication does it."""
        params = dict(asked.query)
        signature = params.pop("oauth_signature", "")
        if params.get("oauth_consumer_key") != KEY:
            return "Consumer key is invalid."
        pairs = "%26".join(f"{_twice(name)}%3D{_twice(params[name])}" for name in sorted(params))
        text = f"{asked.method}&{quote(self.url + asked.path, safe='~')}&{pairs}"
        right = base64.b64encode(hmac.new(f"{SECRET}&".encode(), text.encode(), hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(right, signature):
            return "Invalid signature - provided signature does not match."
        if abs(int(params["oauth_timestamp"]) - time.time()) > 900:
            return "Invalid timestamp."
        if params["oauth_nonce"] in self.nonces:
            return "Invalid nonce - nonce has already been used."
        self.nonces.add(params["oauth_nonce"])
        return ""


class OldWooDouble(WooDouble):
    """Before 10.3: no list of all variations."""

    knows_variations = False


def _twice(text: str) -> str:
    return quote(quote(text, safe="~"), safe="~")


def _after(query: dict[str, str], changed: datetime) -> bool:
    since = query.get("modified_after")
    return not since or changed > datetime.fromisoformat(since).replace(tzinfo=UTC)
