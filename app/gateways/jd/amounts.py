"""Amounts and rates as JD writes them, number or text, → exact minor units and basis points."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from app.kernel import money

from .replies import text

FEN = 100
FULL = 10_000
LONGEST = 40
"""Characters of an amount, and places before or behind its point: 1e999999999 is a short text and a number that fills the memory."""


def minor(value: object) -> int | None:
    """Yuan → fen; what JD gives finer (fees) is rounded half up. None for nothing and for what is no amount."""
    return _scaled(value, FEN)


def basis_points(value: object) -> int:
    """Percent → basis points; 0 for none."""
    return _scaled(value, FULL // 100) or 0


def _scaled(value: object, factor: int) -> int | None:
    try:
        amount = Decimal(value if isinstance(value, Decimal) else text(value)[:LONGEST])
        numerator, denominator = amount.as_integer_ratio() if abs(amount.adjusted()) < LONGEST else (0, 0)
    except (InvalidOperation, ValueError, OverflowError):
        return None
    if not denominator:
        return None
    if abs(numerator) > money.MAX_MINOR * denominator:
        return None
    return money.half_up(numerator * factor, denominator)
