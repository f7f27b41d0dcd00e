"""R31: 劳务报酬 withheld per calendar month of the brand, cumulative in it; every number worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.settlement.withholding import labour_tax, month_of, withhold


@pytest.mark.parametrize(("income", "tax"), [
    (0, 0), (1, 0),
    (80_000, 0),                # 800.00: nothing above 800
    (80_001, 0),                # 0.01 × 20 % = 0.002
    (80_003, 1),                # 0.03 × 20 % = 0.006
    (100_000, 4_000),           # 200 × 20 %
    (380_000, 60_000),          # 3,000 × 20 %
    (400_000, 64_000),          # 3,200 × 20 %
    (400_001, 64_000),          # 3,200.008 × 20 % = 640.0016
    (400_004, 64_001),          # 3,200.032 × 20 % = 640.0064
    (500_000, 80_000),          # 4,000 × 20 %
    (2_000_000, 320_000),       # 16,000 × 20 %
    (2_500_000, 400_000),       # 20,000 × 20 %, the edge: 20,000 × 30 % − 2,000 is the same
    (2_500_010, 400_002),       # 20,000.08 × 30 % − 2,000 = 4,000.024
    (5_000_000, 1_000_000),     # 40,000 × 30 % − 2,000
    (6_250_000, 1_300_000),     # 50,000 × 30 % − 2,000; × 40 % − 7,000 is the same
    (10_000_000, 2_500_000),    # 80,000 × 40 % − 7,000
])
def test_by_hand(income: int, tax: int) -> None:
    assert labour_tax(income)[0] == tax


def test_the_trace_says_how() -> None:
    assert labour_tax(5_000_000)[1] == {"income_minor": 5_000_000, "taxable_minor": 4_000_000, "rate_bp": 3_000, "quick_minor": 200_000, "tax_minor": 1_000_000}
    assert withhold(200_000, paid_before=380_000, withheld_before=60_000, month="2026-11") == (
        32_800, {"scheme": "cn_labour", "month": "2026-11", "paid_before_minor": 380_000, "withheld_before_minor": 60_000, "income_minor": 580_000,
                 "taxable_minor": 464_000, "rate_bp": 2_000, "quick_minor": 0, "tax_minor": 92_800, "withheld_minor": 32_800})


def test_payouts_of_one_month_pay_the_tax_of_their_sum() -> None:
    """1,000 + 3,000 + 20,000 = 24,000 → 19,200 × 20 % = 3,840 in whatever parts it comes."""
    paid = withheld = 0
    for part, due in ((100_000, 4_000), (300_000, 60_000), (2_000_000, 320_000)):
        tax, _ = withhold(part, paid_before=paid, withheld_before=withheld, month="2026-11")
        assert tax == due
        paid, withheld = paid + part, withheld + tax
    assert (paid, withheld) == (2_400_000, 384_000)


def test_never_less_than_nothing_or_more_than_the_payout() -> None:
    """An earlier payout of the month failed after a later one was taxed on top of it: nothing more is due, nothing is given back."""
    assert withhold(1_000, paid_before=100_000, withheld_before=16_000, month="2026-11")[0] == 0
    assert withhold(100, paid_before=379_900, withheld_before=0, month="2026-11")[0] == 100


@pytest.mark.parametrize(("at", "zone", "month", "start", "end"), [
    ("2026-11-30T15:59:59", "Asia/Shanghai", "2026-11", "2026-10-31T16:00", "2026-11-30T16:00"),
    ("2026-11-30T16:00:00", "Asia/Shanghai", "2026-12", "2026-11-30T16:00", "2026-12-31T16:00"),
    ("2026-11-01T06:59:59", "America/Los_Angeles", "2026-10", "2026-10-01T07:00", "2026-11-01T07:00"),
])
def test_a_month_is_the_brands(at: str, zone: str, month: str, start: str, end: str) -> None:
    moments = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (at, start, end)]
    assert month_of(moments[0], zone) == (month, moments[1], moments[2])
