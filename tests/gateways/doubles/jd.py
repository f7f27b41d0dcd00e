"""The JD double as a shop on trial, over the socket every other double has."""

from __future__ import annotations

from urllib.parse import parse_qsl

from .jd_double import JdDouble, Lost
from .jd_double_goods import live_skus, now_ms, products
from .serving import Asked, Said, ShopDouble

KEY = "jd-app-key-1"
SECRETS = {"app_secret": "jd-app-secret-0123456789", "access_token": "jd-access-0123456789", "refresh_token": "refreshA"}


class JdShopDouble(ShopDouble):
    """25 wares with 49 SKUs on two pages of 20 and 5."""

    def settle(self) -> None:
        self.double = JdDouble(products(25), app_key=KEY, app_secret=SECRETS["app_secret"], access_token=SECRETS["access_token"], max_page=20)

    @property
    def currency(self) -> str:
        return "CNY"

    def answer(self, asked: Asked) -> Said:
        if asked.path.startswith("/oauth"):
            return Said(self.double.grant(asked.query))
        try:
            status, body = self.double.take(dict(parse_qsl(asked.body.decode())))
        except Lost:
            return Said(b"", 502)
        return Said(body, status)

    def listed(self) -> dict[str, int]:
        return {key: round(float(sku["price"]) * 100) for key, sku in live_skus(self.double.goods.state()).items()}

    def add(self) -> None:
        self.double.goods.happen("ware_added")

    def drop(self, external_id: str) -> None:
        """The last SKU of a ware takes the ware along."""
        sku = self.double.goods.skus[int(external_id)]
        ware = self.double.goods.wares[sku["wareId"]]
        sku.update(status=4, modified=now_ms())
        ware.update(deleted=not self.double.goods.skus_of(sku["wareId"]), modified=now_ms())

    def reprice(self, external_id: str, price_minor: int) -> None:
        self.double.goods.touch(self.double.goods.skus[int(external_id)], price=price_minor)

    def stock_of(self, external_id: str) -> int:
        return int(self.double.goods.skus[int(external_id)]["stock"])

    def ordered(self) -> list[str]:
        return [str(number) for number in self.double.orders.orders]

    def send(self, flagship_order_id: str) -> None:
        self.double.orders.advance(int(flagship_order_id), "WAIT_GOODS_RECEIVE_CONFIRM").update(logi="顺丰", waybill="SF0001")

    def sell(self, external_id: str, quantity: int) -> str:
        return str(self.double.orders.place([{"skuId": int(external_id), "num": quantity}])["orderId"])
