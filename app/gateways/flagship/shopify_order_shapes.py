"""The shapes of Shopify's orders: ours as Shopify wants it, Shopify's as we read it."""

from __future__ import annotations

from typing import Any

from app.domain.fulfilment.ports import Destination, FlagshipLine, FlagshipOrder, Stage, Track, TrackStep, WantedOrder
from app.kernel import money

from .order_values import minor_of, moment_of, sum_of
from .shopify_items import nodes_of, number_of
from .wire import Fields, fields_of, list_of, text_of

SOURCE = "yundian"
STAGES = {
    "PARTIALLY_FULFILLED": Stage.PREPARING, "IN_PROGRESS": Stage.PREPARING, "PENDING_FULFILLMENT": Stage.PREPARING, "SCHEDULED": Stage.PREPARING,
    "FULFILLED": Stage.SHIPPED, "ON_HOLD": Stage.LOCKED, "REQUEST_DECLINED": Stage.LOCKED,
}
NOT_YET = frozenset({"UNFULFILLED", "OPEN"})
PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "REFUNDED"})
UNPAID = frozenset({"PENDING", "AUTHORIZED", "PARTIALLY_PAID", "EXPIRED", "VOIDED"})
SENT = frozenset({"SUCCESS", "OPEN", "PENDING"})


def gid(kind: str, number: str) -> str:
    return f"gid://shopify/{kind}/{number}"


def created(order: WantedOrder) -> dict[str, Any]:
    """Paid, because the shopper has paid us; the payment is on record under our name and moves no money at Shopify."""
    def bag(amount_minor: int) -> dict[str, Any]:
        return {"shopMoney": {"amount": money.decimal_text(amount_minor, order.currency), "currencyCode": order.currency}}

    lines = [{"variantId": gid("ProductVariant", line.external_id), "quantity": line.quantity, "priceSet": bag(line.unit_price_minor)} for line in order.lines]
    shipping = [{"title": "云店", "priceSet": bag(order.shipping_minor)}] if order.shipping_minor else []
    payment = {"kind": "SALE", "status": "SUCCESS", "gateway": SOURCE, "amountSet": bag(order.goods_minor + order.shipping_minor)}
    return {"sourceName": SOURCE, "sourceIdentifier": order.number, "tags": [SOURCE, *([f"{SOURCE}:{order.channel}"] if order.channel else [])],
            "currency": order.currency, "financialStatus": "PAID", "lineItems": lines, "shippingLines": shipping, "transactions": [payment],
            "shippingAddress": _address(order.destination)}


def read_order(order: Fields) -> FlagshipOrder:
    currency = text_of(order.get("currencyCode"))

    def total(name: str) -> int | None:
        return _amount(order.get(name), currency)

    payments = [fields_of(one) for one in list_of(order.get("transactions"))]
    fees = [minor_of(fields_of(fields_of(fee).get("amount")).get("amount"), currency) for one in payments for fee in list_of(one.get("fees"))]
    lines = tuple(FlagshipLine(_variant_of(line), _count(line.get("quantity")), _amount(line.get("originalUnitPriceSet"), currency))
                  for line in nodes_of(order.get("lineItems")))
    return FlagshipOrder(
        flagship_order_id=number_of(order.get("id")), stage=stage_of(order), raw_state=_raw(order), lines=lines, total_minor=total("totalPriceSet"),
        shipping_minor=total("totalShippingPriceSet"), discount_minor=total("totalDiscountsSet"), outer_number=_ours(order),
        tracking_no=_tracking_no(order), placed_at=moment_of(order.get("createdAt")), paid_at=_paid_at(order, payments),
        changed_at=moment_of(order.get("updatedAt")), ended_at=moment_of(order.get("cancelledAt") or order.get("closedAt")),
        refunded_minor=total("totalRefundedSet"), fee_minor=sum_of(fees), currency=currency)


def _ours(order: Fields) -> str:
    """Other apps name their own numbers; ours carries our tag."""
    return text_of(order.get("sourceIdentifier")) if SOURCE in list_of(order.get("tags")) else ""


def stage_of(order: Fields) -> Stage:
    """Delivered when every parcel that left has arrived. Half sent is still being prepared. RESTOCKED and words to come are unknown."""
    if order.get("cancelledAt"):
        return Stage.CANCELLED
    sent, money_state = text_of(order.get("displayFulfillmentStatus")), text_of(order.get("displayFinancialStatus"))
    if sent in NOT_YET:
        return Stage.PAID if money_state in PAID else Stage.AWAITING_PAYMENT if money_state in UNPAID else Stage.UNKNOWN
    parcels = _parcels(order)
    if sent == "FULFILLED" and parcels and all(parcel.get("deliveredAt") or parcel.get("displayStatus") == "DELIVERED" for parcel in parcels):
        return Stage.DELIVERED
    return STAGES.get(sent, Stage.UNKNOWN)


def tracks_of(order: Fields) -> tuple[Track, ...]:
    return tuple(_track(parcel) for parcel in _parcels(order))


def _track(parcel: Fields) -> Track:
    told = next((fields_of(one) for one in list_of(parcel.get("trackingInfo"))), {})
    first = TrackStep(moment_of(parcel.get("createdAt")), "FULFILLED")
    steps = sorted([first, *map(_step, nodes_of(parcel.get("events")))], key=lambda step: step.at.timestamp() if step.at else 0.0)
    held = tuple((_variant_of(fields_of(line.get("lineItem"))), _count(line.get("quantity"))) for line in nodes_of(parcel.get("fulfillmentLineItems")))
    return Track(text_of(told.get("company")), text_of(told.get("number")), tuple(steps), held, moment_of(parcel.get("deliveredAt")))


def _step(event: Fields) -> TrackStep:
    return TrackStep(moment_of(event.get("happenedAt")), text_of(event.get("message")) or text_of(event.get("status")))


def _variant_of(line: Fields) -> str:
    return number_of(fields_of(line.get("variant")).get("id"))


def _parcels(order: Fields) -> list[Fields]:
    found = [fields_of(one) for one in list_of(order.get("fulfillments"))]
    return [parcel for parcel in found if text_of(parcel.get("status")) in SENT]


def _address(to: Destination) -> dict[str, str]:
    """Parts where they are known; else the whole in one line. Provinces have codes of Shopify's own, so the name stands in the street."""
    told = {"lastName": to.name, "phone": to.mobile, "countryCode": to.country or "CN", "zip": to.postal_code, "city": to.city or to.province,
            "address1": to.street or to.address, "address2": " ".join(filter(None, (to.province, to.district))) if to.street else ""}
    return {name: value for name, value in told.items() if value}


def _raw(order: Fields) -> str:
    words = ("CANCELLED" if order.get("cancelledAt") else "", text_of(order.get("displayFinancialStatus")), text_of(order.get("displayFulfillmentStatus")))
    return "/".join(filter(None, words))[:60]


def _paid_at(order: Fields, payments: list[Fields]) -> Any:
    if text_of(order.get("displayFinancialStatus")) not in PAID:
        return None
    took = [moment_of(one.get("processedAt")) for one in payments if one.get("kind") in ("SALE", "CAPTURE") and one.get("status") == "SUCCESS"]
    return min((moment for moment in took if moment), default=moment_of(order.get("processedAt")))


def _tracking_no(order: Fields) -> str:
    told = [fields_of(one) for parcel in _parcels(order) for one in list_of(parcel.get("trackingInfo"))]
    return next((text_of(one.get("number")) for one in told if text_of(one.get("number"))), "")


def _amount(bag: object, currency: str) -> int | None:
    return minor_of(fields_of(fields_of(bag).get("shopMoney")).get("amount"), currency)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
