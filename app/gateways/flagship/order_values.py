"""Amounts and moments of a shop's orders → exact minor units and UTC; None for what is none."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from app.kernel import money

from .wire import text_of

LONGEST = 40
"""Characters of an amount, and places before or behind its point: 1e999999999 is a short text and a number that fills the memory."""

def minor_of(value: object, currency: str) -> int | None:
    """'12.30' → 1230; what is finer (fees) is rounded half up."""
    try:
        amount = Decimal(text_of(value)[:LONGEST])
        numerator, denominator = amount.as_integer_ratio() if abs(amount.adjusted()) < LONGEST else (0, 0)
    except (InvalidOperation, ValueError, OverflowError):
        return None
    if not denominator:
        return None
    scaled = numerator * 10 ** money.exponent(currency)
    return money.half_up(scaled, denominator) if abs(scaled) <= money.MAX_MINOR * denominator else None


def sum_of(amounts: list[int | None]) -> int | None:
    """None where nothing is told."""
    told = [amount for amount in amounts if amount is not None]
    return sum(told) if told else None


def moment_of(value: object) -> datetime | None:
    """ISO 8601; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text_of(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
