"""When a session's money is ours to call paid, and what the provider's fee is in the order's currency."""

from __future__ import annotations

from uuid import UUID

from app.kernel.money import half_up

from .ports import CheckoutFacts
from .routing import id_of


def misfit(seen: CheckoutFacts, *, payment_id: UUID, amount_minor: int, currency: str) -> str:
    """What of a paid session is not as our payment says, '' if everything is: marks, amount and currency, of session and charge alike."""
    if id_of(seen.marks, "payment_id") != payment_id:
        return f"payment {seen.marks.get('payment_id', '')[:40]}, ours {payment_id}"
    for what, found in (("session", seen), ("charge", seen.charge)):
        if found is not None and (found.amount_minor, found.currency) != (amount_minor, currency):
            return f"{what} {found.amount_minor} {found.currency}, ours {amount_minor} {currency}"
    if seen.charge is not None and id_of(seen.charge.marks, "payment_id") != payment_id:
        return f"charge of payment {seen.charge.marks.get('payment_id', '')[:40]}"
    return ""


def fee_in_order_currency(fee_minor: int, *, amount_minor: int, settled_minor: int) -> int:
    """At the rate the charge was settled at. 0.82 SGD of 99.00 CNY that settled as 17.82 SGD are 4.56 CNY."""
    return half_up(fee_minor * amount_minor, settled_minor)
