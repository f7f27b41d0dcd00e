"""The orders of the brand's POP shop, with the shopper left out: JD encrypts name, mobile and address, and we keep none of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.catalog.ports import FlagshipUnreachable
from app.domain.fulfilment.ports import Declined, Done, FlagshipLine, FlagshipOrder, Stage, Unsure
from app.kernel.errors import msgid

from .amounts import minor
from .reactions import MEANINGS, JdRefused
from .replies import Body, objects, part, text, whole_number, yes
from .shop_writes import CURRENCY, ShopWrites
from .signing import beijing_text, moment_of
from .windows import whole_windows

FIELDS = ("orderId,venderId,orderType,orderState,orderPayment,orderSellerPrice,freightPrice,sellerDiscount,orderStartTime,orderEndTime,paymentConfirmTime,"
          "modified,waybill,logisticsId,parentOrderId,directParentOrderId,itemInfoList,consigneeInfo")
PAGE = 50
LONGEST = timedelta(days=28)
"""JD answers for a month at most."""
BY_CHANGE, OLDEST_FIRST = "2", "1"
STAGES = {
    "NOT_PAY": Stage.AWAITING_PAYMENT, "WAIT_SELLER_STOCK_OUT": Stage.PAID, "WAIT_SEND_CODE": Stage.PAID, "WAIT_SELLER_DELIVERY": Stage.PREPARING,
    "WAIT_GOODS_RECEIVE_CONFIRM": Stage.SHIPPED, "FINISHED_L": Stage.DELIVERED, "TRADE_CANCELED": Stage.CANCELLED,
    "LOCKED": Stage.LOCKED, "PAUSE": Stage.LOCKED, "POP_ORDER_PAUSE": Stage.LOCKED,
}
SEARCHED = tuple(state for state in STAGES if state != "NOT_PAY")
"""Unpaid orders are none of the seller's list."""
CROWDED = msgid("同一秒内变动的订单太多，京东没有一次给全，请稍后再读")


@dataclass(frozen=True, slots=True)
class Shop(ShopWrites):
    """A FlagshipShop."""

    def order(self, flagship_order_id: str) -> FlagshipOrder:
        asked = {"order_id": flagship_order_id, "optional_fields": FIELDS}
        return self.gateway.call("jingdong.pop.order.enGet", asked, lambda body: flagship_order(part(body, "orderDetailInfo", "orderInfo")))

    def orders(self, *, since: datetime, until: datetime) -> Iterator[FlagshipOrder]:
        """Changed in [since, until]. A window that does not fit into one page is halved, so nothing slips between pages."""
        for row in whole_windows(self._window, self._crowded, since=since, until=until, longest=LONGEST):
            yield flagship_order(row)

    def ship(self, flagship_order_id: str, *, carrier: str = "", tracking_no: str = "") -> Done | Declined | Unsure:
        """After a lost answer, or a no, the order is asked: on its way means done."""
        told = ShopWrites.ship(self, flagship_order_id, carrier=carrier, tracking_no=tracking_no)
        if isinstance(told, Done):
            return told
        try:
            on_its_way = self.order(flagship_order_id).stage in (Stage.SHIPPED, Stage.DELIVERED)
        except FlagshipUnreachable:
            return told
        if isinstance(told, Unsure):
            return Done() if on_its_way else told
        return Done() if on_its_way and told.code == "wrong_state" else told

    def _window(self, start: datetime, end: datetime) -> tuple[list[Body], bool]:
        rows, total = self._page(start, end, 1)
        return rows, total <= len(rows)

    def _crowded(self, start: datetime, end: datetime) -> Iterator[Body]:
        """More orders in one second than a page holds: page by page, believed when the total stood still."""
        for _ in range(3):
            rows, total = self._page(start, end, 1)
            found = {text(row.get("orderId")): row for row in rows}
            for number in range(2, total // PAGE + 2):
                rows, now_total = self._page(start, end, number)
                found |= {text(row.get("orderId")): row for row in rows}
            if len(found) == total == now_total:
                yield from found.values()
                return
        raise FlagshipUnreachable("listing_incomplete", CROWDED)

    def _page(self, start: datetime, end: datetime, number: int) -> tuple[list[Body], int]:
        asked: Mapping[str, Any] = {
            "start_date": beijing_text(start), "end_date": beijing_text(end), "order_state": ",".join(SEARCHED), "optional_fields": FIELDS,
            "page": str(number), "page_size": str(PAGE), "dateType": BY_CHANGE, "sortType": OLDEST_FIRST}
        return self.gateway.call("jingdong.pop.order.enSearch", asked, _found)


def flagship_order(order: Body) -> FlagshipOrder:
    """All values are texts in JD's answer."""
    receiver = order.get("consigneeInfo") or {}
    return FlagshipOrder(
        flagship_order_id=text(order.get("orderId")), stage=STAGES.get(text(order.get("orderState")), Stage.UNKNOWN), raw_state=text(order.get("orderState")),
        lines=tuple(_line(row) for row in objects(order.get("itemInfoList"))), total_minor=minor(order.get("orderPayment")),
        shipping_minor=minor(order.get("freightPrice")), discount_minor=minor(order.get("sellerDiscount")),
        root_order_id=_parent(order), tracking_no=text(order.get("waybill")), mobile_masked=_masked(text(receiver.get("desen_mobile"))),
        placed_at=moment_of(order.get("orderStartTime")), paid_at=moment_of(order.get("paymentConfirmTime")),
        changed_at=moment_of(order.get("modified")), ended_at=moment_of(order.get("orderEndTime")), currency=CURRENCY)


def _found(body: Body) -> tuple[list[Body], int]:
    told = part(body, "searchorderinfo_result")
    outcome = part(told, "apiResult")
    if not yes(outcome.get("success")):
        raise JdRefused(MEANINGS["61"], text(outcome.get("numberCode")), method="jingdong.pop.order.enSearch", words=text(outcome.get("chineseErrCode")))
    return objects(told.get("orderInfoList")), whole_number(told.get("orderTotal"))


def _line(row: Body) -> FlagshipLine:
    return FlagshipLine(text(row.get("skuId")), whole_number(row.get("itemTotal")), minor(row.get("jdPrice")))


def _parent(order: Body) -> str:
    found = text(order.get("parentOrderId"))
    return "" if found == "0" else found


def _masked(mobile: str) -> str:
    return mobile if "*" in mobile else ""

