"""The brand's own WooCommerce shop: its stock and prices, its orders and their parcels. A FlagshipShop over the REST API v3."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.catalog.ports import FlagshipUnreachable
from app.domain.fulfilment.ports import Declined, Done, FlagshipOrder, Stage, Unsure
from app.kernel import money
from app.kernel.errors import msgid

from .order_values import moment_of
from .paging import walk
from .wire import Fields, fields_of, id_of, list_of, text_of
from .woo_order_shapes import CARRIER, PARCEL, meta_of, read_order
from .woo_orders import ORDERS, WooOrders
from .woo_shop import PRODUCTS, WooShop, number
from .writing import looked_up

KEY = "_yundian_stock:"
KEPT = timedelta(days=90)
"""So long a key is known again; then its mark is taken off the product."""
OVERLAP = timedelta(minutes=10)
ON_ITS_WAY = frozenset({Stage.SHIPPED, Stage.DELIVERED})
GONE = msgid("旗舰店没有这件商品")
UNTRACKED = msgid("旗舰店没有为这件商品记库存")
OF_PARENT = msgid("这个规格的库存记在整件商品上，不能单独写入")
NOT_TO_SHIP = msgid("旗舰店的订单不在待发货状态")


@dataclass(frozen=True, slots=True)
class WooOwnShop:
    """A FlagshipShop."""

    shop: WooShop

    def set_stock(self, external_id: str, count: int) -> Done | Declined | Unsure:
        """So many are left, whatever WooCommerce thought; saying it twice says the same."""
        product = self._product(external_id)
        if product is None or product.get("manage_stock") == "parent":
            return Declined("not_found", GONE) if product is None else Declined("wrong_state", OF_PARENT)
        return self.shop.write("PUT", _at(product), {"manage_stock": True, "stock_quantity": count}, lambda _: Done(), repeatable=True)

    def change_stock(self, external_id: str, by: int, *, key: str) -> Done | Declined | Unsure:
        """WooCommerce adds the difference itself (`inventory_delta`), in the same request that puts the key on the product: a key that is
        there has counted. Sent once; after a lost answer the product tells. Two calls with one key at the same moment are for the
        caller to prevent."""
        product = self._product(external_id)
        if product is None:
            return Declined("not_found", GONE)
        if _has(product, key):
            return Done()
        if product.get("manage_stock") is not True:
            return Declined("wrong_state", OF_PARENT if product.get("manage_stock") == "parent" else UNTRACKED)
        now = self.shop.moment()
        body = {"inventory_delta": by, "meta_data": [{"key": _mark(key), "value": now.isoformat(timespec="seconds")}, *_outdated(product, now)]}
        told: Done | Declined | Unsure = self.shop.write("PUT", _at(product), body, lambda _: Done())
        if isinstance(told, Unsure):
            return self._counted(external_id, key, told)
        return told

    def set_price(self, external_id: str, price_minor: int) -> Done | Declined | Unsure:
        """The regular price; one that is reduced stays so. Not used by itself: public prices at the flagship stay untouched."""
        product = self._product(external_id)
        if product is None:
            return Declined("not_found", GONE)
        currency = text_of(fields_of(self.shop.get("/wc/v3/data/currencies/current")).get("code"))
        return self.shop.write("PUT", _at(product), {"regular_price": money.decimal_text(price_minor, currency)}, lambda _: Done(), repeatable=True)

    def ship(self, flagship_order_id: str, *, carrier: str = "", tracking_no: str = "") -> Done | Declined | Unsure:
        """Completed, as WooCommerce calls it; carrier and number are noted on the order."""
        order = self.order(flagship_order_id)
        if order.stage in ON_ITS_WAY:
            return Done()
        if order.stage is not Stage.PAID:
            return Declined("wrong_state", NOT_TO_SHIP)
        noted = [{"key": name, "value": value} for name, value in ((CARRIER, carrier), (PARCEL, tracking_no)) if value]
        body = {"status": "completed", "meta_data": noted}
        told: Done | Declined | Unsure = self.shop.write("PUT", f"{ORDERS}/{number(flagship_order_id)}", body, lambda _: Done(), repeatable=True)
        return looked_up(told, lambda: self.order(flagship_order_id), ON_ITS_WAY)

    def order(self, flagship_order_id: str) -> FlagshipOrder:
        return WooOrders(self.shop).status(flagship_order_id)

    def orders(self, *, since: datetime, until: datetime) -> Iterator[FlagshipOrder]:
        """From a little before `since`. In windows that overlap: one that changes meanwhile leaves the list and hides no other."""
        between = {"modified_after": _moment(since - OVERLAP), "modified_before": _moment(until + timedelta(seconds=1)), "dates_are_gmt": "true"}
        for stretch in walk(self.shop.window(ORDERS, {"status": "any", **between}), lambda order: id_of(order.get("id")), counted=False):
            yield from map(read_order, stretch.items)

    def _counted(self, external_id: str, key: str, told: Unsure) -> Done | Unsure:
        try:
            product = self._product(external_id)
        except FlagshipUnreachable:
            return told
        return Done() if product and _has(product, key) else told

    def _product(self, external_id: str) -> Fields | None:
        return self.shop.product(external_id) or None


def _has(product: Fields, key: str) -> bool:
    return bool(meta_of(product, _mark(key)))


def _mark(key: str) -> str:
    """Of one length, whatever the key: the name of a meta field is short."""
    return KEY + uuid.uuid5(uuid.NAMESPACE_URL, key).hex


def _outdated(product: Fields, now: datetime) -> list[Mapping[str, Any]]:
    """Marks to take off: a value of null deletes."""
    marks = [one for one in map(fields_of, list_of(product.get("meta_data"))) if text_of(one.get("key")).startswith(KEY)]
    return [{"id": one.get("id"), "key": one.get("key"), "value": None} for one in marks if now - (moment_of(one.get("value")) or now) > KEPT]


def _at(product: Fields) -> str:
    own = id_of(product.get("id"))
    return f"{PRODUCTS}/{id_of(product.get('parent_id'))}/variations/{own}" if product.get("type") == "variation" else f"{PRODUCTS}/{own}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
