"""The shapes of the order channel: our order as JD wants it, JD's order as we read it, and what its reasons mean."""

from __future__ import annotations

from typing import Any

from app.domain.fulfilment.ports import Destination, FlagshipLine, FlagshipOrder, Stage, Track, TrackStep, WantedOrder
from app.kernel import money

from .amounts import minor
from .replies import Body, objects, part, text, whole_number
from .shop_writes import CURRENCY
from .signing import moment_of

STAGES = {
    -100: Stage.CANCELLED, 0: Stage.SUBMITTED, 1: Stage.AWAITING_PAYMENT, 4: Stage.PAID, 6: Stage.PREPARING, 7: Stage.PREPARING,
    9: Stage.PREPARING, 8: Stage.SHIPPED, 15: Stage.SHIPPED, 16: Stage.REFUSED, 18: Stage.DELIVERED, 21: Stage.LOCKED,
}
REASONS = (
    ("不存在", "not_found"), ("未找到", "not_found"), ("余额", "no_balance"), ("价格", "price_changed"), ("金额", "amount_differs"),
    ("库存", "out_of_stock"), ("无货", "out_of_stock"), ("不可售", "not_sellable"), ("下架", "not_sellable"), ("区域限制", "not_sellable"),
    ("参数", "bad_request"), ("必填", "bad_request"),
)
"""By words: JD publishes no list of its codes here."""


def reason_of(words: str) -> str:
    return next((code for word, code in REASONS if word in words), "other")


def submitted(order: WantedOrder, pin: str, payment: int, shipment: int) -> dict[str, Any]:
    """Amounts as text: no float on a money path."""
    def yuan(amount_minor: int) -> str:
        return money.decimal_text(amount_minor, order.currency)

    return {
        "channelOrderId": order.number, "pin": pin, "paymentType": payment, "shipmentType": shipment, "channelOrderSource": "OTHER", "sendGoods": 1,
        "productList": [{"mainSku": {"skuId": line.external_id, "quantity": line.quantity, "skuPrice": yuan(line.unit_price_minor),
                                     "skuName": line.title[:200]}} for line in order.lines],
        "orderFee": yuan(order.goods_minor), "freightFee": yuan(order.shipping_minor), "userIp": order.shopper_ip, "address": address_of(order.destination),
        "receiver": {"receiverName": order.destination.name, "receiverMobile": order.destination.mobile.removeprefix("+86")},
    }


def address_of(destination: Destination) -> dict[str, Any]:
    province, city, county, town = destination.area
    return {"provinceId": province, "cityId": city, "countyId": county, "townId": town, "fullAddress": destination.address}


def detailed(data: Body) -> FlagshipOrder:
    base, fees = part(data, "baseOrderInfo"), data.get("orderRelationFee") or {}
    raw = text(base.get("orderStatus"))
    return FlagshipOrder(
        flagship_order_id=text(data.get("orderId")), stage=STAGES.get(whole_number(raw), Stage.UNKNOWN) if raw else Stage.UNKNOWN, raw_state=raw,
        lines=tuple(_line(row) for row in objects(data.get("skuList"))), total_minor=minor(fees.get("shouldPaymentFee")),
        shipping_minor=minor(fees.get("freightFee")), discount_minor=minor(fees.get("discountFee")), root_order_id=text(base.get("rootOrderId")),
        placed_at=moment_of(base.get("submitTime")), paid_at=moment_of(base.get("payTime")), ended_at=moment_of(base.get("completeTime")), currency=CURRENCY)


CARRIERS = {"467": "顺丰速运", "465": "EMS", "463": "圆通速递", "1274": "厂家自送"}
"""JD's ids of carriers that are known; where it says a name, that stands."""


def tracks_of(data: object) -> tuple[Track, ...]:
    return tuple(_track(row) for row in objects(data))


def _line(row: Body) -> FlagshipLine:
    return FlagshipLine(text(row.get("skuId")), whole_number(row.get("quantity")), minor(row.get("shouldPrice")))


def _track(row: Body) -> Track:
    steps = [TrackStep(moment_of(node.get("msgTime")), text(node.get("content"))) for node in objects(row.get("operatorNodeList"))]
    in_time = sorted(steps, key=lambda step: step.at.timestamp() if step.at else 0)
    carrier = text(row.get("logisticsName"))
    return Track(CARRIERS.get(carrier, carrier), text(row.get("waybillCode")), tuple(in_time))
