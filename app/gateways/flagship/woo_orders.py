"""A WooCommerce shop that takes our orders and ships them: a FlagshipOrders over the REST API v3.

WooCommerce cannot be asked for an order by its meta data. Ours carries its number as the company of the bill, which the order search
reads in both of WooCommerce's order stores, and as meta data, by which a find is believed. As a plugin may bring a search of its own,
the newest hundred orders are looked through as well. Two submissions at the same moment are for the caller to prevent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.fulfilment.ports import (
    PAID_STAGES,
    Absent,
    AfterSaleAsked,
    AfterSaleNow,
    Declined,
    Destination,
    Done,
    FlagshipOrder,
    Pending,
    Placed,
    Stage,
    Track,
    Unsure,
    WantedAfterSale,
    WantedLine,
    WantedOrder,
)
from app.kernel.errors import msgid

from .asking import broken
from .wire import Fields, fields_of, id_of, text_of
from .woo_order_shapes import NUMBER, created, meta_of, read_order, refunded_minor, stage_of, tracks_of, wanted_line
from .woo_shop import WooShop, number
from .writing import InDoubt, looked_up, placed_once

ORDERS = "/wc/v3/orders"
NOT_SELLABLE = msgid("旗舰店已不卖商品 %(external_id)s")
OUT_OF_STOCK = msgid("旗舰店的商品 %(external_id)s 库存不够")
GONE_OUT = msgid("旗舰店的订单已经发出或完成，不能取消")


@dataclass(frozen=True, slots=True)
class WooOrders:
    """A FlagshipOrders."""

    shop: WooShop

    def submit(self, order: WantedOrder) -> Placed | Declined | Unsure:
        """At the prices told. WooCommerce checks neither goods nor stock of an order that comes this way, so they are looked at before."""
        return placed_once(lambda: self.find(order.number), lambda: self._submitted(order))

    def find(self, number: str) -> Placed | Absent | Unsure:
        searched = self.shop.rows(ORDERS, {"search": number, "status": "any", "per_page": "100"})
        newest = self.shop.rows(ORDERS, {"status": "any", "orderby": "date", "order": "desc", "per_page": "100"})
        found = sorted(int(known) for row in (*searched, *newest) if meta_of(row, NUMBER) == number and (known := id_of(row.get("id"))).isdecimal())
        return Placed(str(found[0]), already=True) if found else Absent()

    def tell_paid(self, flagship_order_id: str) -> Done | Declined | Unsure:
        """Orders of ours are placed as paid; one that somebody changed is marked."""
        if self.status(flagship_order_id).stage in PAID_STAGES:
            return Done()
        told: Done | Declined | Unsure = self.shop.write("PUT", _at(flagship_order_id), {"set_paid": True}, lambda _: Done(), repeatable=True)
        return looked_up(told, lambda: self.status(flagship_order_id), PAID_STAGES)

    def status(self, flagship_order_id: str) -> FlagshipOrder:
        return read_order(self._order(flagship_order_id))

    def tracks(self, flagship_order_id: str) -> tuple[Track, ...]:
        order = self._order(flagship_order_id)
        notes = self.shop.rows(f"{_at(flagship_order_id)}/notes", {"type": "customer"}) if tracks_of(order, []) else []
        return tracks_of(order, notes)

    def cancel(self, flagship_order_id: str, *, shipped: bool = False) -> Done | Pending | Declined | Unsure:
        """WooCommerce puts the stock back. No money is given back there: the shopper paid us. What has left is not called back."""
        stage, cancelled = self.status(flagship_order_id).stage, frozenset({Stage.CANCELLED})
        if stage in cancelled:
            return Done()
        if stage in (Stage.SHIPPED, Stage.DELIVERED):
            return Declined("wrong_state", GONE_OUT)
        told: Done | Declined | Unsure = self.shop.write("PUT", _at(flagship_order_id), {"status": "cancelled"}, _cancelled, repeatable=True)
        return looked_up(told, lambda: self.status(flagship_order_id), cancelled)

    def ask_after_sale(self, wanted: WantedAfterSale) -> AfterSaleAsked | Declined | Unsure:
        """WooCommerce has no after-sales cases: a private note tells the shop's staff. Sent once."""
        kind = "换货" if wanted.kind == "exchange" else "退货"
        note = f"云店{kind}申请：商品 {wanted.external_id} × {wanted.quantity}。{wanted.reason}"[:1_000]
        return self.shop.write("POST", f"{_at(wanted.flagship_order_id)}/notes", {"note": note, "customer_note": False},
                               lambda told: AfterSaleAsked(f"{wanted.flagship_order_id}-{_known(told)}"))

    def after_sale(self, service_id: str) -> AfterSaleNow:
        """The order's state, and what was refunded on it in all."""
        order = self._order(service_id.partition("-")[0])
        return AfterSaleNow(service_id, text_of(order.get("status")), refunded_minor(order, text_of(order.get("currency"))) or None)

    def shipping_minor(self, order: WantedOrder) -> int:
        """WooCommerce takes what we tell it."""
        return order.shipping_minor

    def in_stock(self, lines: tuple[WantedLine, ...], destination: Destination) -> Mapping[str, bool]:
        return {line.external_id: _wrong_with(self.shop.product(line.external_id), line) is None for line in lines}

    def _submitted(self, order: WantedOrder) -> Placed | Declined | Unsure:
        lines = []
        for line in order.lines:
            product = self.shop.product(line.external_id)
            wrong = _wrong_with(product, line)
            if wrong:
                return wrong
            lines.append(wanted_line(product, line.quantity, line.unit_price_minor * line.quantity, order.currency))
        return self.shop.write("POST", ORDERS, created(order, lines), lambda told: Placed(_known(told)))

    def _order(self, flagship_order_id: str) -> Fields:
        return fields_of(self.shop.get(_at(flagship_order_id)))


def _at(flagship_order_id: str) -> str:
    return f"{ORDERS}/{number(flagship_order_id)}"


def _known(told: Fields) -> str:
    known = id_of(told.get("id"))
    if not known:
        raise InDoubt(broken().reason)
    return known


def _cancelled(told: Fields) -> Done:
    if stage_of(told) is not Stage.CANCELLED:
        raise InDoubt(broken().reason)
    return Done()


def _wrong_with(product: Fields, line: WantedLine) -> Declined | None:
    if product.get("status") != "publish":
        return Declined("not_sellable", NOT_SELLABLE, {"external_id": line.external_id})
    count, unlimited = product.get("stock_quantity"), product.get("backorders_allowed") is True
    short = product.get("stock_status") == "outofstock" or isinstance(count, int) and not unlimited and count < line.quantity
    return Declined("out_of_stock", OUT_OF_STOCK, {"external_id": line.external_id}) if short else None
