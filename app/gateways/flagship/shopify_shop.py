"""The brand's own Shopify shop: its stock at one place, its prices, its orders and their parcels. A FlagshipShop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.catalog.ports import FlagshipUnreachable
from app.domain.fulfilment.ports import Declined, Done, FlagshipOrder, Stage, Unsure
from app.kernel import money
from app.kernel.errors import msgid
from app.kernel.ids import new_id

from .asking import broken
from .shopify_api import TooCostly
from .shopify_desk import ShopifyDesk, known_order
from .shopify_items import nodes_of, number_of
from .shopify_keys import StockKeys, idempotency_key
from .shopify_order_queries import CHANGE_STOCK, CHANGED, CURRENCY, SET_PRICE, SET_STOCK, SHIP, STOCK, TO_SHIP
from .shopify_order_shapes import gid, read_order
from .wire import Fields, fields_of, list_of, text_of
from .writing import looked_up

PAGE, FEW_LINES = 10, 20
OVERLAP = timedelta(minutes=10)
STALE = "CHANGE_FROM_QUANTITY_STALE"
TRIES = 3
UNSHIPPED = frozenset({"OPEN", "IN_PROGRESS"})
ON_ITS_WAY = frozenset({Stage.SHIPPED, Stage.DELIVERED})
MANY_PLACES = msgid("这件商品的库存分在 %(count)d 个地点，请在来源设置里填写要写入的地点编号")
NO_PLACE = msgid("旗舰店没有这件商品，或它不在设置的地点存放")
UNTRACKED = msgid("旗舰店没有为这件商品记库存")
NOTHING_TO_SHIP = msgid("旗舰店的订单没有待发货的商品")


@dataclass(frozen=True, slots=True)
class _Shelf:
    item: str
    location: str
    available: int


@dataclass(frozen=True, slots=True)
class ShopifyShop:
    """A FlagshipShop. `location` is the number of the place whose stock is written; "" where a good lies at one place only."""

    desk: ShopifyDesk
    moment: Callable[[], datetime]
    location: str = ""

    def set_stock(self, external_id: str, count: int) -> Done | Declined | Unsure:
        """Compared and set: what was sold between reading and writing is read again, not overwritten."""
        told: Done | Declined | Unsure = Declined("wrong_state", NO_PLACE)
        for _ in range(TRIES):
            shelf = self._shelf_of(self._variant(external_id))
            if isinstance(shelf, Declined):
                return shelf
            row = {"inventoryItemId": shelf.item, "locationId": shelf.location, "quantity": count, "changeFromQuantity": shelf.available}
            asked = {"name": "available", "reason": "correction", "quantities": [row]}
            told = self.desk.mutate(SET_STOCK, {"input": asked, "key": new_id().hex}, lambda _: Done(), name="inventorySetQuantities", repeatable=True)
            if not (isinstance(told, Declined) and STALE in str(told.data.get("shop_code"))):
                break
        return told

    def change_stock(self, external_id: str, by: int, *, key: str) -> Done | Declined | Unsure:
        """Shopify knows a repeated key again for 24 hours, and shopify_keys.py how old it is. What is not there goes below zero."""
        seen: list[Fields] = [self._variant(external_id)]
        shelf = self._shelf_of(seen[0])
        if isinstance(shelf, Declined):
            return shelf
        usable = StockKeys(self.desk, self.moment).use(external_id, key, lambda: seen.pop() if seen else self._variant(external_id))
        if not isinstance(usable, Done):
            return usable
        row = {"inventoryItemId": shelf.item, "locationId": shelf.location, "delta": by, "changeFromQuantity": None}
        asked = {"name": "available", "reason": "correction", "changes": [row]}
        told = {"input": asked, "key": idempotency_key(key)}
        return self.desk.mutate(CHANGE_STOCK, told, lambda _: Done(), name="inventoryAdjustQuantities", repeatable=True)

    def set_price(self, external_id: str, price_minor: int) -> Done | Declined | Unsure:
        """In the shop's currency. Not used by itself: public prices at the flagship stay untouched."""
        variant = self._variant(external_id)
        product = text_of(fields_of(variant.get("product")).get("id"))
        if not product:
            return Declined("not_found", NO_PLACE)
        currency = self.desk.ask(CURRENCY, {}, lambda data: text_of(fields_of(data.get("shop")).get("currencyCode")))
        row = {"id": gid("ProductVariant", external_id), "price": money.decimal_text(price_minor, currency)}
        return self.desk.mutate(SET_PRICE, {"productId": product, "variants": [row]}, lambda _: Done(), name="productVariantsBulkUpdate", repeatable=True)

    def ship(self, flagship_order_id: str, *, carrier: str = "", tracking_no: str = "") -> Done | Declined | Unsure:
        """All that is still to be sent, place by place as Shopify wants it; each once. The order itself has the last word."""
        told: Done | Declined | Unsure = Declined("wrong_state", NOTHING_TO_SHIP)
        for known in self._to_ship(flagship_order_id):
            parcel: dict[str, object] = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": known}], "notifyCustomer": True}
            if carrier or tracking_no:
                parcel["trackingInfo"] = {"company": carrier, "number": tracking_no}
            told = self.desk.mutate(SHIP, {"fulfillment": parcel}, lambda _: Done(), name="fulfillmentCreate")
            if not isinstance(told, Done):
                break
        return looked_up(told, lambda: self.order(flagship_order_id), ON_ITS_WAY)

    def order(self, flagship_order_id: str) -> FlagshipOrder:
        return self.desk.order(flagship_order_id)

    def orders(self, *, since: datetime, until: datetime) -> Iterator[FlagshipOrder]:
        """By the moment of their last change, from a little before `since`: Shopify's search learns of a change later. Orders older
        than 60 days need the permission read_all_orders. One that changes while it is read moves on to the end of the list."""
        query = f"updated_at:>='{_moment(since - OVERLAP)}' updated_at:<='{_moment(until)}'"
        after, size, lines = "", PAGE, FEW_LINES
        while True:
            asked = {"first": size, "after": after or None, "query": query, "lines": lines}
            try:
                rows, after = self.desk.ask_with_fees(CHANGED, asked, _page)
            except TooCostly:
                if size == lines == 1:
                    raise FlagshipUnreachable("too_costly", "旗舰店不接受这样大的查询") from None
                size, lines = max(size // 2, 1), max(lines // 2, 1)
                continue
            for row in rows:
                yield read_order(self.desk.with_all_lines(row))
            if not after:
                return

    def _to_ship(self, flagship_order_id: str) -> list[str]:
        rows = self.desk.ask(TO_SHIP, {"id": gid("Order", flagship_order_id)},
                                 lambda data: nodes_of(known_order(data.get("order")).get("fulfillmentOrders")))
        return [text_of(row.get("id")) for row in rows if row.get("status") in UNSHIPPED]

    def _variant(self, external_id: str) -> Fields:
        return self.desk.ask(STOCK, {"id": gid("ProductVariant", external_id)}, lambda data: fields_of(data.get("productVariant")))

    def _shelf_of(self, variant: Fields) -> _Shelf | Declined:
        item = fields_of(variant.get("inventoryItem"))
        if item.get("tracked") is False:
            return Declined("wrong_state", UNTRACKED)
        levels = nodes_of(item.get("inventoryLevels"))
        here = [level for level in levels if not self.location or number_of(fields_of(level.get("location")).get("id")) == self.location]
        if len(here) > 1:
            return Declined("wrong_state", MANY_PLACES, {"count": len(here)})
        if not here:
            return Declined("not_found", NO_PLACE)
        return _Shelf(text_of(item.get("id")), text_of(fields_of(here[0].get("location")).get("id")), _available(here[0]))


def _available(level: Fields) -> int:
    told = [one.get("quantity") for one in map(fields_of, list_of(level.get("quantities"))) if one.get("name") == "available"]
    if not told or not isinstance(told[0], int):
        raise broken().reason
    return told[0]


def _page(data: Fields) -> tuple[list[Fields], str]:
    page = fields_of(data.get("orders"))
    info = page.get("pageInfo")
    if not isinstance(info, dict) or not isinstance(page.get("nodes"), list):
        raise broken()
    return nodes_of(page), text_of(info.get("endCursor")) if info.get("hasNextPage") else ""


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
