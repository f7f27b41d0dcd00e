"""Tax withheld from individuals (R31): 劳务报酬所得预扣预缴, per calendar month, cumulative within it.

个人所得税扣缴申报管理办法（国家税务总局公告 2018 年第 61 号）第八条 and its 预扣率表二: income up to 4,000 yuan less 800, above it
less 20 %; the rest at 20 %, above 20,000 at 30 % less 2,000, above 50,000 at 40 % less 7,000. Continuous income of one
month counts as one payment (个人所得税法实施条例第十四条). An internet platform that pays its own workers withholds over
the year instead (公告 2025 年第 16 号): that would be a scheme of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.kernel.clock import day_start, local_day
from app.kernel.money import FULL_BP, half_up

SCHEME = "cn_labour"
FREE_UP_TO, FLAT_UP_TO, DEDUCTION_BP = 80_000, 400_000, 2_000
"""Fen: 800.00 off, up to 4,000.00; 20 % off above."""
BRACKETS = ((2_000_000, 2_000, 0), (5_000_000, 3_000, 200_000), (None, 4_000, 700_000))
"""(taxable up to, rate, quick deduction), in fen and basis points."""


def labour_tax(income_minor: int) -> tuple[int, dict[str, Any]]:
    """Tax on one month's income in fen, and how it came about. Rounded once, half up."""
    parts = 1 if income_minor <= FLAT_UP_TO else FULL_BP
    taxable = max(income_minor - FREE_UP_TO, 0) if parts == 1 else income_minor * (FULL_BP - DEDUCTION_BP)
    _, rate_bp, quick = next(one for one in BRACKETS if one[0] is None or taxable <= one[0] * parts)
    tax = max(half_up(taxable * rate_bp, parts * FULL_BP) - quick, 0)
    return tax, {"income_minor": income_minor, "taxable_minor": half_up(taxable, parts), "rate_bp": rate_bp, "quick_minor": quick, "tax_minor": tax}


def withhold(amount_minor: int, *, paid_before: int, withheld_before: int, month: str) -> tuple[int, dict[str, Any]]:
    """What to withhold from this payout: the tax on the month so far, less what was withheld in it; the trace says so."""
    tax, trace = labour_tax(paid_before + amount_minor)
    now = min(max(tax - withheld_before, 0), amount_minor)
    return now, {"scheme": SCHEME, "month": month, "paid_before_minor": paid_before, "withheld_before_minor": withheld_before, **trace,
                 "withheld_minor": now}


def month_of(at: datetime, timezone: str) -> tuple[str, datetime, datetime]:
    """'2026-11' and [start, end) of the brand-local calendar month of a moment."""
    first = local_day(at, timezone).replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return f"{first:%Y-%m}", day_start(first, timezone), day_start(following, timezone)

