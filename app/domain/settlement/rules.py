"""Who is paid how, and who is left out and why (R15, R31)."""

from __future__ import annotations

METHODS = {"employee": "payroll", "internal": "internal", "individual": "bank", "company": "bank"}


def method_of(tax_kind: str) -> str:
    """employee → payroll export, the brand's own unit → internal booking, everyone else → bank transfer."""
    return METHODS[tax_kind]


def left_out(*, tax_kind: str, status: str, verified: bool, guide_status: str | None, amount_minor: int, minimum_minor: int) -> str | None:
    """Why a payee gets nothing in this run, or None. A leaver is still paid what she earned (R21)."""
    if status == "suspended" or guide_status == "suspended":
        return "suspended"
    if amount_minor <= 0:
        return "nothing_due"
    if amount_minor < minimum_minor:
        return "below_minimum"
    if method_of(tax_kind) == "bank" and not verified:
        return "no_bank_details"
    return None
