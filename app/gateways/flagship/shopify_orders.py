"""A Shopify shop that takes our orders and ships them: a FlagshipOrders over the Admin GraphQL API.

An order carries our number as its sourceIdentifier, and by it is found: by Shopify's search, and among the newest hundred, as the
search learns of an order a little later. Two submissions at the same moment are for the caller to prevent; Shopify would take both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.catalog.ports import FlagshipUnreachable
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

from .order_values import minor_of, sum_of
from .shopify_desk import ShopifyDesk, known_order
from .shopify_items import nodes_of, number_of
from .shopify_order_queries import ASK_RETURN, CANCEL, CREATE, FIND, PAID, PARCELS, RETURN, RETURNABLE, SELLABLE
from .shopify_order_shapes import created, gid, tracks_of
from .wire import Fields, fields_of, list_of, text_of
from .writing import InDoubt, looked_up, placed_once

NOTHING_TO_RETURN = msgid("旗舰店的订单里没有这么多可退的商品：还没发货，或已经退过")
LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True)
class ShopifyOrders:
    """A FlagshipOrders."""

    desk: ShopifyDesk

    def submit(self, order: WantedOrder) -> Placed | Declined | Unsure:
        """At the prices told; Shopify sets stock aside as the variant's policy says, or declines."""
        options = {"inventoryBehaviour": "DECREMENT_OBEYING_POLICY", "sendReceipt": False, "sendFulfillmentReceipt": False}
        return placed_once(lambda: self.find(order.number),
                           lambda: self.desk.mutate(CREATE, {"order": created(order), "options": options}, _placed, name="orderCreate"))

    def find(self, number: str) -> Placed | Absent | Unsure:
        """The oldest that carries the number exactly; the search alone is not case-sensitive and cuts words."""
        quoted = number.replace("\\", "\\\\").replace("'", "\\'")
        rows = self.desk.ask(FIND, {"query": f"source_identifier:'{quoted}'"},
                                 lambda data: [*nodes_of(data.get("searched")), *nodes_of(data.get("newest"))])
        found = [number_of(row.get("id")) for row in rows if row.get("sourceIdentifier") == number]
        return Placed(min(found, key=lambda known: (len(known), known)), already=True) if found else Absent()

    def tell_paid(self, flagship_order_id: str) -> Done | Declined | Unsure:
        """Orders of ours are placed as paid; one that somebody changed is marked."""
        def mark() -> Done | Declined | Unsure:
            return self.desk.mutate(PAID, {"input": {"id": gid("Order", flagship_order_id)}}, lambda _: Done(), name="orderMarkAsPaid")

        if self.status(flagship_order_id).stage in PAID_STAGES:
            return Done()
        return looked_up(mark(), lambda: self.status(flagship_order_id), PAID_STAGES)

    def status(self, flagship_order_id: str) -> FlagshipOrder:
        return self.desk.order(flagship_order_id)

    def tracks(self, flagship_order_id: str) -> tuple[Track, ...]:
        return self.desk.ask(PARCELS, {"id": gid("Order", flagship_order_id)}, lambda data: tracks_of(known_order(data.get("order"))))

    def cancel(self, flagship_order_id: str, *, shipped: bool = False) -> Done | Pending | Declined | Unsure:
        """Shopify decides in a job of its own. No money is given back there: the shopper paid us. What has left is not called back."""
        cancelled = frozenset({Stage.CANCELLED})
        if self.status(flagship_order_id).stage in cancelled:
            return Done()
        asked = {"orderId": gid("Order", flagship_order_id), "refundMethod": {"originalPaymentMethodsRefund": False}, "restock": True, "reason": "CUSTOMER",
                 "notifyCustomer": False, "staffNote": "云店"}
        told: Done | Pending | Declined | Unsure = self.desk.mutate(CANCEL, asked, lambda _: Pending(), name="orderCancel", errors="orderCancelUserErrors")
        if isinstance(told, Declined) and told.code in ("bad_request", "other"):
            told = Declined("wrong_state", told.message, told.data)
        return looked_up(told, lambda: self.status(flagship_order_id), cancelled)

    def ask_after_sale(self, wanted: WantedAfterSale) -> AfterSaleAsked | Declined | Unsure:
        """A return that the shop's staff decides about; an exchange is one too, and the note says so. Sent once."""
        rows = self.desk.ask(RETURNABLE, {"id": gid("Order", wanted.flagship_order_id)}, lambda data: nodes_of(data.get("returnableFulfillments")))
        lines = _returned(rows, wanted)
        if not lines:
            return Declined("wrong_state", NOTHING_TO_RETURN)
        asked = {"orderId": gid("Order", wanted.flagship_order_id), "returnLineItems": lines}
        return self.desk.mutate(ASK_RETURN, {"input": asked}, _asked, name="returnRequest")

    def after_sale(self, service_id: str) -> AfterSaleNow:
        return self.desk.ask(RETURN, {"id": gid("Return", service_id)}, lambda data: _after_sale(service_id, data.get("return")))

    def shipping_minor(self, order: WantedOrder) -> int:
        """Shopify takes what we tell it."""
        return order.shipping_minor

    def in_stock(self, lines: tuple[WantedLine, ...], destination: Destination) -> Mapping[str, bool]:
        """Over all the shop's places."""
        ids = [gid("ProductVariant", line.external_id) for line in lines]
        rows = self.desk.ask(SELLABLE, {"ids": ids}, lambda data: [fields_of(one) for one in list_of(data.get("nodes"))])
        known = {number_of(row.get("id")): row for row in rows}
        return {line.external_id: _sellable(known.get(line.external_id, {}), line.quantity) for line in lines}


def _placed(payload: Fields) -> Placed:
    known = number_of(fields_of(payload.get("order")).get("id"))
    if not known:
        raise InDoubt(FlagshipUnreachable("broken_answer", "旗舰店的回答不完整或看不懂"))
    return Placed(known)


def _asked(payload: Fields) -> AfterSaleAsked:
    known = number_of(fields_of(payload.get("return")).get("id"))
    if not known:
        raise InDoubt(FlagshipUnreachable("broken_answer", "旗舰店的回答不完整或看不懂"))
    return AfterSaleAsked(known)


def _returned(rows: list[Fields], wanted: WantedAfterSale) -> list[dict[str, object]]:
    """The parcels' lines that hold the wanted pieces; none when there are not enough."""
    note = f"{'换货：' if wanted.kind == 'exchange' else ''}{wanted.reason}"[:LONGEST_NOTE]
    left, lines = wanted.quantity, list[dict[str, object]]()
    for line in (line for row in rows for line in nodes_of(row.get("returnableFulfillmentLineItems"))):
        held, quantity = fields_of(line.get("fulfillmentLineItem")), line.get("quantity")
        fits = number_of(fields_of(fields_of(held.get("lineItem")).get("variant")).get("id")) == wanted.external_id
        if fits and isinstance(quantity, int) and left > 0:
            lines.append({"fulfillmentLineItemId": held.get("id"), "quantity": min(left, quantity), "returnReason": "OTHER", "customerNote": note})
            left -= min(left, quantity)
    return [] if left else lines


def _after_sale(service_id: str, told: object) -> AfterSaleNow:
    if not isinstance(told, dict):
        raise FlagshipUnreachable("after_sale_unknown", "旗舰店没有这张售后单")
    bags = [fields_of(fields_of(refund.get("totalRefundedSet")).get("shopMoney")) for refund in nodes_of(told.get("refunds"))]
    refunded = sum_of([minor_of(bag.get("amount"), text_of(bag.get("currencyCode"))) for bag in bags])
    return AfterSaleNow(service_id, text_of(told.get("status")), refunded)


def _sellable(variant: Fields, quantity: int) -> bool:
    if fields_of(variant.get("product")).get("status") != "ACTIVE":
        return False
    unlimited = variant.get("inventoryPolicy") == "CONTINUE" or fields_of(variant.get("inventoryItem")).get("tracked") is False
    stock = variant.get("inventoryQuantity")
    return unlimited or isinstance(stock, int) and stock >= quantity
