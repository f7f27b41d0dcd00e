"""What a brand may decide about itself, and whether its colours can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.kernel.errors import Refused

HEX = re.compile(r"#[0-9a-fA-F]{6}")
WHITE, INK = "#ffffff", "#16181b"
READABLE = 4.5
"""Contrast that normal text needs (WCAG 2.2 AA)."""
NEXT_STATUS = {"pending": ("approved",), "approved": ("suspended",), "suspended": ("approved",)}
MOST_FEE_BP = 3_000
BOUNDS = {
    "guard_bp": (0, 10_000),
    "commission_cap_bp": (0, 10_000),
    "attribution_window_days": (1, 90),
    "binding_days": (0, 3650),
    "binding_protection_days": (0, 3650),
    "after_sale_days": (0, 90),
    "payment_minutes": (5, 10_080),
    "stock_ttl_hours": (1, 720),
    "shipping_fee_minor": (0, 10**8),
    "free_shipping_from_minor": (0, 10**10),
    "payout_minimum_minor": (0, 10**8),
    "withdrawal_minimum_minor": (0, 10**8),
    "credit_online_bp": (0, 10_000),
    "credit_selling_bp": (0, 10_000),
    "credit_fulfilling_bp": (0, 10_000),
}
GUIDE_LINK, STOREFRONT = "guide_link", "storefront"
"""An order has exactly one channel (R28)."""


@dataclass(frozen=True, slots=True)
class FeePlan:
    """The platform's fee in basis points of the base, by channel; the first `free_days` days of the plan cost nothing.

    `provider_fee_party` bears what the payment provider takes of an order.
    """

    id: UUID
    number: int
    rate_bp: int
    storefront_bp: int
    free_days: int
    effective_from: datetime
    provider_fee_party: str = "brand"

    @property
    def free_until(self) -> datetime:
        """Not included."""
        return self.effective_from + timedelta(days=self.free_days)

    def fee_bp(self, channel: str, at: datetime) -> int:
        if at < self.free_until:
            return 0
        return self.rate_bp if channel == GUIDE_LINK else self.storefront_bp


def require_inside(field: str, value: int) -> int:
    low, high = BOUNDS[field]
    if low <= value <= high:
        return value
    if field.endswith("_minor"):
        raise Refused("out_of_range", "须在 %(low)s 到 %(high)s 之间", field=field, low_minor=low, high_minor=high)
    raise Refused("out_of_range", "须在 %(low)d 到 %(high)d 之间", field=field, low=low, high=high)


ATTRIBUTION_MODELS = ("last_touch", "first_touch")
SELF_PURCHASE = ("none", "allowed", "discount")
"""What a guide's own order pays her: nothing, as any other, or her commission off the price (R20)."""


def require_attribution(model: str, self_purchase: str, binding_days: int, protection_days: int) -> None:
    """A customer cannot be protected for longer than she is bound."""
    if model not in ATTRIBUTION_MODELS:
        raise Refused("attribution_model_unknown", "没有这种归因方式", field="attribution_model")
    if self_purchase not in SELF_PURCHASE:
        raise Refused("self_purchase_unknown", "没有这种自购规则", field="self_purchase")
    if binding_days and protection_days > binding_days:
        raise Refused("protection_too_long", "保护期不能比锁客有效期长", field="binding_protection_days")


def require_schedule(schedule: str, day: int, tax_scheme: str) -> None:
    """Payout runs draft themselves weekly (day 1–7, Monday is 1), monthly (1–28) or not at all; tax by a scheme we know."""
    if schedule not in ("none", "weekly", "monthly"):
        raise Refused("schedule_unknown", "没有这种打款周期", field="payout_schedule")
    latest = 7 if schedule == "weekly" else 28
    if not 1 <= day <= latest:
        raise Refused("out_of_range", "须在 %(low)d 到 %(high)d 之间", field="payout_day", low=1, high=latest)
    if tax_scheme not in ("none", "cn_labour"):
        raise Refused("tax_scheme_unknown", "没有这种代扣方式", field="tax_scheme")


def require_colors(color: str, tint: str, sand: str) -> None:
    """White on the brand colour, the brand colour on its tint and ink on the sand: each at least 4.5:1."""
    for field, value in (("color", color), ("tint", tint), ("sand", sand)):
        if not HEX.fullmatch(value):
            raise Refused("color_invalid", "颜色写成 #1f3d36 这样的 6 位十六进制", field=field)
    if contrast(WHITE, color) < READABLE:
        raise Refused("color_contrast", "白字在这个颜色上的对比度只有 %(ratio)s，至少要 4.5，请选深一些", field="color", ratio=_shown(WHITE, color))
    if contrast(color, tint) < READABLE:
        raise Refused("color_contrast", "品牌色在这个浅底上的对比度只有 %(ratio)s，至少要 4.5，请选浅一些", field="tint", ratio=_shown(color, tint))
    if contrast(INK, sand) < READABLE:
        raise Refused("color_contrast", "正文在这个底色上的对比度只有 %(ratio)s，至少要 4.5，请选浅一些", field="sand", ratio=_shown(INK, sand))


def _shown(one: str, other: str) -> str:
    """Cut, not rounded: 4.499 is shown as 4.49."""
    return f"{int(contrast(one, other) * 100) / 100:.2f}"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours after WCAG 2: 1 (the same) to 21 (black and white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[at:at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def require_next_status(status: str, wanted: str) -> None:
    if wanted not in NEXT_STATUS[status]:
        raise Refused("brand_status", "品牌的状态已经变了，请刷新后再看", status=status)


FEE_PARTIES = ("brand", "platform")


def require_fee_party(party: str) -> str:
    if party not in FEE_PARTIES:
        raise Refused("fee_party_unknown", "支付渠道的手续费只能由品牌或平台承担", field="provider_fee_party")
    return party


def require_fee(fee_bp: int, *, field: str = "fee") -> int:
    if not 0 <= fee_bp <= MOST_FEE_BP:
        raise Refused("fee_out_of_range", "平台扣点须在 0%% 到 30%% 之间", field=field)
    return fee_bp
