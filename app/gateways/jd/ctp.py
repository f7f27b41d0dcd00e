"""The order channel (Kepler, 云交易, jingdong.ctp.*): orders of our shoppers, placed at JD and shipped by it.

Names, parameters and fields are those of two running clients (a Go one and a PHP one with JD's SDK); docs/connectors.md says what no
source tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from app.domain.catalog.ports import FlagshipUnreachable
from app.domain.fulfilment.ports import (
    PAID_STAGES,
    Absent,
    AfterSaleAsked,
    AfterSaleNow,
    Declined,
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
from app.domain.fulfilment.ports import Destination as To
from app.kernel import money
from app.kernel.errors import msgid
from app.kernel.ids import new_id

from .amounts import minor
from .ctp_shapes import address_of, detailed, reason_of, submitted, tracks_of
from .gateway import Gateway
from .outcomes import attempt, declined
from .reactions import METHOD, JdRefused, NoReply
from .replies import Body, objects, part, text, whole_number, yes

T = TypeVar("T")
Told = TypeVar("Told", Declined | Unsure, Pending | Declined | Unsure)
VERSION = "1.0"
CTP, APPLY = "ctpProtocol", "afs.operate.apply"
PREPAID, HOME_DELIVERY = 2, 4
BY_SHOPPER, NOT_WANTED = 2, 4
STOP_IT, CALL_IT_BACK = 1, 2
CANCEL_REFUSED = 1
IN_STOCK = 1
RETURN, EXCHANGE = 10, 20
MAIN_ARTICLE, SENT_BY_SHOPPER = 10, 40
NO_REASON = msgid("京东没有给出这件商品可选的售后原因")
READING_FAILED = msgid("京东订单通道没有给出答案：%(words)s（%(jd_code)s）")


@dataclass(frozen=True, slots=True)
class Channel:
    """Who we are in the channel: its customer, its number, and the JD account (pin) that orders and pays."""

    customer_id: int
    channel_id: int
    pin: str
    operator: str = "yundian"


@dataclass(frozen=True, slots=True)
class ChannelOrders:
    """A FlagshipOrders."""

    gateway: Gateway
    channel: Channel

    def submit(self, order: WantedOrder) -> Placed | Declined | Unsure:
        """JD is asked for the number before every submission and after every one without a plain answer, so a lost answer, a killed
        worker or a second push never makes a second order. Not found after a lost answer stays unsure: it may be on its way."""
        before = self.find(order.number)
        if not isinstance(before, Absent):
            return before
        told = self._write("submitOrder", {"param": submitted(order, self.channel.pin, PREPAID, HOME_DELIVERY)}, _taken, who="protocol")
        if isinstance(told, Placed) or (isinstance(told, Declined) and told.code != "other"):
            return told
        try:
            now = self.find(order.number)
        except FlagshipUnreachable as failure:
            return Unsure(failure.code, failure.message, dict(failure.data))
        return Placed(now.flagship_order_id) if isinstance(now, Placed) else told if isinstance(now, Absent) else now

    def find(self, number: str) -> Placed | Absent | Unsure:
        told = self._write("querySubmitOrder", {"channelOrderId": number, "pin": self.channel.pin}, _found, repeatable=True)
        if isinstance(told, Declined):
            return Absent() if told.code == "not_found" else Unsure("jd_refused", told.message, told.data)
        return Placed(told.flagship_order_id, already=True) if isinstance(told, Placed) else told

    def tell_paid(self, flagship_order_id: str) -> Done | Declined | Unsure:
        told = self._write("pushOrder", {"orderId": whole_number(flagship_order_id)}, lambda _: Done())
        return told if isinstance(told, Done) else self._looked_up(flagship_order_id, told, PAID_STAGES)

    def status(self, flagship_order_id: str) -> FlagshipOrder:
        return self._read("getOrderDetail", {"orderId": whole_number(flagship_order_id), "pin": self.channel.pin}, lambda told: detailed(part(told, "data")))

    def tracks(self, flagship_order_id: str) -> tuple[Track, ...]:
        return self._read("getLogistics", {"orderId": whole_number(flagship_order_id), "pin": self.channel.pin}, lambda told: tracks_of(told.get("data")))

    def cancel(self, flagship_order_id: str, *, shipped: bool = False) -> Done | Pending | Declined | Unsure:
        """JD's "3" is cancelled in some channels and in others only taken, and decided later; so the order is asked: what it does not
        say is Pending. Cancelled before is Done."""
        asked = {"orderId": whole_number(flagship_order_id), "pin": self.channel.pin, "cancelReasonCode": NOT_WANTED, "cancelReasonType": BY_SHOPPER,
                 "cancelType": CALL_IT_BACK if shipped else STOP_IT}
        told: Pending | Declined | Unsure = self._write("cancelOrder", asked, _cancelled)
        return self._looked_up(flagship_order_id, told, frozenset({Stage.CANCELLED}))

    def ask_after_sale(self, wanted: WantedAfterSale) -> AfterSaleAsked | Declined | Unsure:
        """Sent once, with one of JD's own reasons; the shopper sends the goods back herself. JD answers the number of the application; that
        of the case comes with the message ct_afs_create."""
        about = {"orderId": whole_number(wanted.flagship_order_id), "pin": self.channel.pin, "afsType": RETURN if wanted.kind == "return" else EXCHANGE}
        asked = {**about, "skuId": whole_number(wanted.external_id), "afsDetailType": MAIN_ARTICLE}
        try:
            reason = self._read("getApplyReason", {"applyReasonParam": asked}, lambda told: _reason(objects(told.get("data")), wanted.reason),
                                family=APPLY, who=CTP)
        except FlagshipUnreachable as refused:
            if refused.code != "jd_refused":
                raise
            return declined(text(refused.data.get("words")), text(refused.data.get("jd_code")), "wrong_state")
        if reason is None:
            return Declined("wrong_state", NO_REASON)
        sku = {"skuId": whole_number(wanted.external_id), "quantity": wanted.quantity, "afsDetailType": MAIN_ARTICLE}
        return self._write("createAfsApply", {"afsApplyParam": {
            **about, "applyReasonId": reason.get("applyReasonId"), "applyReasonName": reason.get("applyReasonName"), "channelAfsApplyId": new_id().hex,
            "skuQuantity": sku, "pickWareType": SENT_BY_SHOPPER}}, _asked, family=APPLY, who=CTP)

    def after_sale(self, service_id: str) -> AfterSaleNow:
        """By the number of the case. What was refunded stands with the order's payments and not here."""
        asked = {"afsServiceDetailParam": {"afsServiceId": whole_number(service_id), "pin": self.channel.pin}}

        def read(told: Body) -> AfterSaleNow:
            data = part(told, "data")
            return AfterSaleNow(service_id, text(data.get("afsServiceState")), None)

        return self._read("getAfsServiceDetail", asked, read, family="afs.servicenbill", who=CTP)

    def shipping_minor(self, order: WantedOrder) -> int:
        """What we believe where the channel has no such question; JD declines an order whose amount is wrong."""
        asked = {"apiFreightFeeParam": {
            "pin": self.channel.pin, "paymentType": PREPAID, "address": address_of(order.destination), "skuList": _quantities(order.lines),
            "orderFee": money.decimal_text(order.goods_minor, order.currency)}}

        def read(told: Body) -> int:
            fee = minor(part(told, "data").get("freightFee"))
            if fee is None:
                raise NoReply(200)
            return fee

        try:
            return self._read("getFreightFee", asked, read, who="protocol")
        except JdRefused as refusal:
            if refusal.code != METHOD.code:
                raise
            return order.shipping_minor

    def in_stock(self, lines: tuple[WantedLine, ...], destination: To) -> Mapping[str, bool]:
        asked = {"stockStateParam": {"skuQuantityList": _quantities(lines), "address": address_of(destination)}}
        return self._read("queryAreaStockState", asked, _states, family="ware.stock", who=CTP)

    def _looked_up(self, flagship_order_id: str, told: Told, wished: frozenset[Stage]) -> Done | Told:
        """Declined, pending or unsure, and yet so: the order itself has the last word."""
        try:
            return Done() if self.status(flagship_order_id).stage in wished else told
        except FlagshipUnreachable:
            return told

    def _write(self, name: str, params: Mapping[str, Any], read: Callable[[Body], T | Declined], *, family: str = "order", who: str = "",
               repeatable: bool = False) -> T | Declined | Unsure:
        """`read` gets a successful result; an unsuccessful one is declined in its place."""
        def judged(body: Body) -> T | Declined:
            told = part(body, "result")
            return read(told) if yes(told.get("success")) else _no(told)

        return attempt(self.gateway, f"jingdong.ctp.{family}.{name}", self._asked(params, who), judged, version=VERSION, repeatable=repeatable)

    def _read(self, name: str, params: Mapping[str, Any], read: Callable[[Body], T], *, family: str = "order", who: str = "") -> T:
        def judged(body: Body) -> T:
            told = part(body, "result")
            if not yes(told.get("success")):
                raise FlagshipUnreachable("jd_refused", READING_FAILED, words=text(told.get("errMsg"))[:200], jd_code=text(told.get("errCode")))
            return read(told)

        return self.gateway.call(f"jingdong.ctp.{family}.{name}", self._asked(params, who), judged, version=VERSION)

    def _asked(self, params: Mapping[str, Any], who: str) -> dict[str, Any]:
        """Who asks stands under a name of the method's own; without one, among the parameters."""
        we = {"appKey": self.gateway.app.key, "customerId": self.channel.customer_id, "channelId": self.channel.channel_id,
              "opName": self.channel.operator, "traceId": new_id().hex}
        return {**({who: we} if who else we), **params}


def _taken(told: Body) -> Placed:
    """Success without a number is no plain answer."""
    found = _found(told)
    if isinstance(found, Placed):
        return found
    raise NoReply(200)


def _found(told: Body) -> Placed | Declined:
    data = told.get("data")
    order_id = text(data.get("orderId")) if isinstance(data, dict) else ""
    return Placed(order_id) if whole_number(order_id) else declined("", "", "not_found")


def _cancelled(told: Body) -> Pending | Declined:
    status = whole_number(part(told, "data").get("cancelStatus"))
    return declined(text(told.get("errMsg")), str(status), "wrong_state") if status == CANCEL_REFUSED else Pending()


def _asked(told: Body) -> AfterSaleAsked:
    """Success without a number is no plain answer."""
    data = told.get("data")
    found = text(data.get("afsApplyId")) if isinstance(data, dict) else ""
    if not found:
        raise NoReply(200)
    return AfterSaleAsked(found)


def _reason(rows: list[Body], words: str) -> Body | None:
    """The one that says what the shopper says, or "其他", or the last; none that wants a picture while there is another."""
    usable = [row for row in rows if not yes(row.get("needUploadPic"))] or rows
    named = [row for row in usable if text(row.get("applyReasonName")) and text(row.get("applyReasonName")) in words]
    other = [row for row in usable if "其他" in text(row.get("applyReasonName"))]
    return next(iter([*named, *other, *reversed(usable)]), None)


def _no(told: Body) -> Declined:
    words = " ".join(filter(None, (text(told.get("errMsg")), text(told.get("subErrMsg")))))
    return declined(words, text(told.get("subErrCode")) or text(told.get("errCode")), reason_of(words))


def _states(told: Body) -> dict[str, bool]:
    rows = objects(told.get("data"))
    return {text((row.get("skuQuantity") or {}).get("skuId", row.get("skuId"))): whole_number(row.get("areaStockState")) == IN_STOCK for row in rows}


def _quantities(lines: tuple[WantedLine, ...]) -> list[dict[str, Any]]:
    return [{"skuId": int(line.external_id), "quantity": line.quantity} for line in lines]
