"""What we write into the brand's POP shop: stock, and parcels a store has sent. Prices are the flagship's own business."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.fulfilment.ports import Declined, Done, Unsure
from app.kernel import money

from .gateway import Gateway
from .outcomes import attempt, declined
from .replies import Body, part, text, yes

OWN_DELIVERY = "1274"
"""厂家自送: the merchant's own delivery, the only carrier that needs no number. What a store sends goes under it."""
CURRENCY = "CNY"
ENOUGH = ("0", "")
NOT_ENOUGH = "库存不足"


@dataclass(frozen=True, slots=True)
class ShopWrites:
    gateway: Gateway

    def set_stock(self, external_id: str, count: int) -> Done | Declined | Unsure:
        """So many are left, whatever JD thought; saying it twice says the same."""
        return attempt(self.gateway, "jingdong.stock.write.updateSkuStock", {"skuId": int(external_id), "stockNum": count}, _success, repeatable=True)

    def change_stock(self, external_id: str, by: int, *, key: str) -> Done | Declined | Unsure:
        """So many more, or fewer; JD knows a repeated `key` again and leaves the stock alone."""
        asked = {"skuId": int(external_id), "stockNum": by, "stockRfId": key}
        return attempt(self.gateway, "jingdong.stock.write.increaseSkuStock", asked, _changed, repeatable=True)

    def set_price(self, external_id: str, price_minor: int) -> Done | Declined | Unsure:
        """Not used by itself: public prices at the flagship stay untouched. For a brand that asks for it."""
        asked = {"skuId": int(external_id), "jdPrice": money.decimal_text(price_minor, CURRENCY)}
        return attempt(self.gateway, "jingdong.price.write.updateSkuJdPrice", asked, _success, repeatable=True)

    def ship(self, flagship_order_id: str, *, carrier: str = "", tracking_no: str = "") -> Done | Declined | Unsure:
        """Tells JD that an order has left. Sent once; after a lost answer the order itself tells (shop_orders)."""
        asked = {"orderId": flagship_order_id, "logiCoprId": carrier or OWN_DELIVERY, "logiNo": tracking_no}
        return attempt(self.gateway, "jingdong.pop.order.shipment", asked, _shipped, repeatable=False)


def _success(body: Body) -> Done | Declined:
    return Done() if yes(body.get("success")) else declined(text(body.get("desc")), text(body.get("code")))


def _changed(body: Body) -> Done | Declined:
    told = part(body, "result")
    code, words = text(told.get("detailCode")), text(told.get("detailMsg"))
    return Done() if code in ENOUGH else declined(words, code, "out_of_stock" if NOT_ENOUGH in words else "other")


def _shipped(body: Body) -> Done | Declined:
    told = part(body, "sopjosshipment_result")
    if yes(told.get("success")):
        return Done()
    return declined(text(told.get("chineseErrCode") or told.get("englishErrCode")), text(told.get("errorCode")), "wrong_state")
