"""The shapes of WooCommerce's orders (REST API v3): ours as it wants it, its own as we read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.domain.fulfilment.ports import Destination, FlagshipLine, FlagshipOrder, Stage, Track, TrackStep, WantedOrder
from app.kernel import money

from .order_values import minor_of, moment_of, sum_of
from .wire import Fields, fields_of, id_of, list_of, text_of

NUMBER, CHANNEL, CARRIER, PARCEL = "_yundian_number", "_yundian_channel", "_yundian_carrier", "_yundian_tracking_no"
SOURCE = "yundian"
STAGES = {
    "checkout-draft": Stage.SUBMITTED, "auto-draft": Stage.SUBMITTED, "pending": Stage.AWAITING_PAYMENT, "on-hold": Stage.AWAITING_PAYMENT,
    "failed": Stage.AWAITING_PAYMENT, "processing": Stage.PAID, "completed": Stage.SHIPPED, "cancelled": Stage.CANCELLED, "trash": Stage.CANCELLED,
}
"""`completed` is said when the goods have left; WooCommerce knows no delivery."""
FEES = ("_stripe_fee", "_wcpay_transaction_fee", "_paypal_transaction_fee")
"""Where payment plugins write what they keep; from memory, not verified at a shop."""
TRACKING = "_wc_shipment_tracking_items"
"""Of Shipment Tracking and Advanced Shipment Tracking."""


def created(order: WantedOrder, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The bill goes to us, who have the shopper's money, and carries our number: addresses are what WooCommerce's search reads in both
    of its order stores. No e-mail address, so the shop writes to nobody."""
    marks = [{"key": NUMBER, "value": order.number}, *([{"key": CHANNEL, "value": order.channel}] if order.channel else [])]
    freight = {"method_id": SOURCE, "method_title": "云店", "total": money.decimal_text(order.shipping_minor, order.currency)}
    return {"set_paid": True, "payment_method": SOURCE, "payment_method_title": "云店", "transaction_id": order.number, "currency": order.currency,
            "billing": {"first_name": "云店", "company": order.number}, "shipping": _address(order.destination), "line_items": lines,
            "shipping_lines": [freight] if order.shipping_minor else [], "meta_data": marks}


def wanted_line(product: Fields, quantity: int, total_minor: int, currency: str) -> dict[str, Any]:
    total = money.decimal_text(total_minor, currency)
    parent = product.get("parent_id") if product.get("type") == "variation" else 0
    ids = {"product_id": parent, "variation_id": product.get("id")} if parent else {"product_id": product.get("id")}
    return {**ids, "quantity": quantity, "subtotal": total, "total": total}


def read_order(order: Fields) -> FlagshipOrder:
    """A line's price is what was asked for it before discounts. Refunds come with a minus in front."""
    currency = text_of(order.get("currency"))

    def total(name: str) -> int | None:
        return minor_of(order.get(name), currency)

    return FlagshipOrder(
        flagship_order_id=id_of(order.get("id")), stage=stage_of(order), raw_state=text_of(order.get("status"))[:60],
        lines=tuple(_line(fields_of(line), currency) for line in list_of(order.get("line_items"))), total_minor=total("total"),
        shipping_minor=total("shipping_total"), discount_minor=total("discount_total"), outer_number=meta_of(order, NUMBER), tracking_no=_tracking_no(order),
        placed_at=moment_of(order.get("date_created_gmt")), paid_at=moment_of(order.get("date_paid_gmt")), changed_at=moment_of(order.get("date_modified_gmt")),
        ended_at=moment_of(order.get("date_completed_gmt")), refunded_minor=refunded_minor(order, currency),
        fee_minor=sum_of([minor_of(meta_of(order, name), currency) for name in FEES]), currency=currency)


def stage_of(order: Fields) -> Stage:
    """`refunded` is about money: the goods have left if the order was completed before."""
    status = text_of(order.get("status"))
    if status == "refunded":
        return Stage.SHIPPED if order.get("date_completed_gmt") else Stage.CANCELLED
    return STAGES.get(status, Stage.UNKNOWN)


def refunded_minor(order: Fields, currency: str) -> int | None:
    """None where the shop does not list refunds with its orders."""
    refunds = order.get("refunds")
    if not isinstance(refunds, list):
        return None
    return sum(abs(minor_of(fields_of(refund).get("total"), currency) or 0) for refund in refunds)


def tracks_of(order: Fields, notes: list[Fields]) -> tuple[Track, ...]:
    """The plugin's parcels, or the one we noted ourselves. What the shop wrote to the shopper goes with the first."""
    steps = sorted((TrackStep(moment_of(note.get("date_created_gmt")), text_of(note.get("note"))) for note in notes), key=_when)
    parcels = [_parcel(fields_of(item)) for item in list_of(_meta(order, TRACKING))]
    if not parcels and text_of(order.get("status")) == "completed":
        parcels = [Track(meta_of(order, CARRIER), meta_of(order, PARCEL), (TrackStep(moment_of(order.get("date_completed_gmt")), "completed"),))]
    return tuple(Track(one.carrier, one.tracking_no, tuple(sorted([*one.steps, *(steps if at == 0 else [])], key=_when))) for at, one in enumerate(parcels))


def meta_of(thing: Fields, key: str) -> str:
    return text_of(_meta(thing, key))


def _meta(thing: Fields, key: str) -> object:
    return next((one.get("value") for one in map(fields_of, list_of(thing.get("meta_data"))) if one.get("key") == key), None)


def _parcel(item: Fields) -> Track:
    seconds = text_of(item.get("date_shipped"))
    at = datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() and len(seconds) <= 10 else None
    carrier = text_of(item.get("tracking_provider")) or text_of(item.get("custom_tracking_provider"))
    return Track(carrier, text_of(item.get("tracking_number")), (TrackStep(at, "shipped"),) if at else ())


def _line(line: Fields, currency: str) -> FlagshipLine:
    quantity, subtotal = line.get("quantity"), minor_of(line.get("subtotal"), currency)
    known = quantity if isinstance(quantity, int) and quantity > 0 else 0
    each = money.half_up(subtotal, known) if subtotal is not None and known else None
    return FlagshipLine(id_of(line.get("variation_id") or line.get("product_id")), known, each)


def _tracking_no(order: Fields) -> str:
    told = [text_of(fields_of(item).get("tracking_number")) for item in list_of(_meta(order, TRACKING))]
    return next(filter(None, told), meta_of(order, PARCEL))


def _address(to: Destination) -> dict[str, str]:
    told = {"first_name": to.name, "phone": to.mobile, "country": to.country or "CN", "postcode": to.postal_code, "state": to.province, "city": to.city,
            "address_1": to.street or to.address, "address_2": to.district if to.street else ""}
    return {name: value for name, value in told.items() if value}


def _when(step: TrackStep) -> float:
    return step.at.timestamp() if step.at else 0.0
