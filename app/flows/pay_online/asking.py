"""What is asked of the provider for one payment, frozen with the session's row: the same key never carries anything else (R18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.orders.models import Order, OrderLine, Payment
from app.flows.place_order import order_secret
from app.kernel.texts import clean

SHORTEST, LONGEST = timedelta(minutes=31), timedelta(hours=23, minutes=55)
"""A session lives 30 minutes to 24 hours; a minute is for the way there."""
MOST_NAME = 200
SECRET = "ORDER_SECRET"  # noqa: S105 (its place, not the secret)
SHIPPING = {"zh": "运费", "en": "Shipping"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the shopper comes back to, with ORDER_SECRET in place of her order's secret, which is never stored."""

    success: str
    cancel: str


def asked_of(order: Order, lines: Sequence[OrderLine], payment: Payment, *, attempt: int, addresses: Addresses, language: str,
             now: datetime) -> dict[str, Any]:
    return {
        "currency": payment.currency, "lines": _lines(order, lines, language), "number": order.number, "group": f"order_{order.id}",
        "marks": {"brand_id": str(order.brand_id), "payment_id": str(payment.id), "attempt": str(attempt)},
        "success_url": addresses.success, "cancel_url": addresses.cancel, "language": language,
        "expires_at": int(expires_at(order.pay_by, now).timestamp())}


def expires_at(pay_by: datetime, now: datetime) -> datetime:
    """With the reserved stock, as far as the provider allows."""
    return min(max(pay_by, now + SHORTEST), now + LONGEST).replace(microsecond=0)


def with_secret(asked: Mapping[str, Any], order: Order) -> dict[str, Any]:
    secret = order_secret(order.id)
    return {**asked, **{name: asked[name].replace(SECRET, secret) for name in ("success_url", "cancel_url")}}


def _lines(order: Order, lines: Sequence[OrderLine], language: str) -> list[dict[str, Any]]:
    """What was paid for each line, and the shipping; a line that cost nothing is none. An order's 50 lines are half of what a session takes."""
    rows = [{"name": f"{clean(line.title)[:MOST_NAME] or order.number} ×{line.quantity}", "amount_minor": line.paid_minor} for line in lines]
    return [row for row in [*rows, {"name": SHIPPING.get(language, SHIPPING["zh"]), "amount_minor": order.shipping_minor}] if row["amount_minor"]]
