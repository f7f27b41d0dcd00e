"""Typed percentages: '12.5' or '12.5%' is 1250 basis points, exactly or not at all."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from app.kernel.errors import Refused


def rate_bp(text: str, *, field: str) -> int:
    """Basis points of a typed percentage between 0 and 100; refuses what is finer than 0.01 %."""
    typed = text.strip().rstrip("%％").strip()
    try:
        percent = Decimal(typed) if len(typed) <= 12 else Decimal("NaN")
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise Refused("rate_invalid", "请填写 0 到 100 之间的百分比", field=field)
    if percent * 100 != (percent * 100).to_integral_value():
        raise Refused("rate_too_fine", "百分比最多两位小数", field=field)
    return int(percent * 100)


def percent_text(value_bp: int) -> str:
    """1250 → '12.5', for a field with % behind it."""
    return f"{value_bp // 100}.{value_bp % 100:02d}".rstrip("0").rstrip(".")
