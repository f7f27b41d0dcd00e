"""The only rounding in the house (R1, R2): integers in minor units, rates in basis points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .errors import Refused
from .texts import clean

FULL_BP = 10_000
NUMBER = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?", re.ASCII)
"""Commas only between thousands: '59,90' is no amount."""
MAX_MINOR = 10**13
"""No single amount exceeds 100 billion yuan; sums of a brand stay far inside 64 bits."""

EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3}
CURRENCIES = frozenset((
    "CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "SGD", "AUD", "CAD", "CHF", "KRW", "MYR", "THB", "PHP",
    "IDR", "VND", "INR", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RUB", "BRL", "MXN", "CLP", "ISK",
    "KWD", "BHD", "OMR", "JOD", "TND", "AED", "SAR", "TRY", "ZAR", "MOP",
))


def half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator rounded half away from zero, exactly; the one rounding of R1."""
    if denominator <= 0:
        raise ValueError("denominator must be positive")
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def share_of(amount_minor: int, rate_bp: int) -> int:
    """`rate_bp` basis points of an amount. 645 at 3000 bp is 194 (R2)."""
    return half_up(amount_minor * rate_bp, FULL_BP)


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split a whole by weight, by largest remainder, ties by order; the parts sum to `total` (R2).

    100 over 1,1,1 is 34/33/33. All weights zero: the first takes everything.
    """
    if total < 0:
        return [-part for part in apportion(-total, weights)]
    weight_sum = sum(weights)
    if weight_sum <= 0:
        return [total, *([0] * (len(weights) - 1))] if weights else []
    parts = [total * weight // weight_sum for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % weight_sum), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def reverse_now(original: int, *, paid: int, refunded: int, reversed_before: int) -> int:
    """R11: what to take back now, so that the sum reversed follows the cumulative refund.

    100.00 paid, 12.35 due, refunds of 33.33, 33.33 and 33.34 reverse 4.12, 4.11 and 4.12.
    """
    if paid <= 0:
        return 0
    return half_up(original * min(refunded, paid), paid) - reversed_before


def exponent(currency: str) -> int:
    """Digits after the point: CNY 2, JPY 0, KWD 3."""
    return EXPONENTS.get(currency, 2)


def parse(text: str, currency: str, *, field: str = "amount") -> int:
    """A typed or imported amount in major units ('1,299.00', '¥59.9') to minor units; refuses what is not exact."""
    cleaned = text.strip().lstrip("¥￥$€£").replace("，", ",").strip()
    if len(cleaned) > 26 or not NUMBER.fullmatch(cleaned):
        raise Refused("amount_invalid", "“%(text)s”不是金额", field=field, text=clean(text)[:40])
    scaled = Decimal(cleaned.replace(",", "")).scaleb(exponent(currency))
    if abs(scaled) >= MAX_MINOR:
        raise Refused("amount_out_of_range", "金额超出范围", field=field)
    if scaled != scaled.to_integral_value():
        raise Refused("amount_too_fine", "%(currency)s 最多 %(digits)d 位小数", field=field,
                      currency=currency, digits=exponent(currency))
    return int(scaled)


def decimal_text(amount_minor: int, currency: str) -> str:
    """Plain machine text: 129900 CNY is '1299.00'."""
    digits = exponent(currency)
    whole, part = divmod(abs(amount_minor), 10**digits)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"
