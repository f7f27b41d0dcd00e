"""Who is paid how, who is left out and why (R15, R31), and on which day a schedule drafts a run."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

METHODS = {"employee": "payroll", "internal": "internal", "individual": "bank", "company": "bank"}
BY_TRANSFER = "stripe"
"""The method of whoever has an account at the provider of that name: nothing of hers goes into a file."""
DRAFT_TIME = time(9)
"""Brand-local: from here on a schedule's day has begun."""


def method_of(tax_kind: str) -> str:
    """employee → payroll export, the brand's own unit → internal booking, everyone else → bank transfer."""
    return METHODS[tax_kind]


def left_out(*, tax_kind: str, status: str, verified: bool, guide_status: str | None, amount_minor: int, minimum_minor: int,
             uncovered_minor: int = 0, owes_minor: int = 0, was: str = "", method: str = "", account: str | None = None) -> str | None:
    """Why a payee gets nothing in this run, or None. A leaver is still paid what she earned (R21).

    `uncovered_minor` is what a company has not invoiced of it; `owes_minor` what was taken back beyond her balance, which
    blocks what she asked for (R14); `was` is how she was to be paid when the run was drafted. By transfer she is paid while
    her `account` at the provider is ready, and needs no other.
    """
    if status == "suspended" or guide_status == "suspended":
        return "suspended"
    if amount_minor <= 0:
        return "nothing_due"
    if owes_minor > 0:
        return "owes"
    if amount_minor < minimum_minor:
        return "below_minimum"
    if was not in ("", tax_kind):
        return "details_changed"
    if method == BY_TRANSFER and account != "ready":
        return "account_restricted"
    if method != BY_TRANSFER and method_of(tax_kind) == "bank" and not verified:
        return "no_bank_details"
    return "no_invoice" if uncovered_minor > 0 else None


def scheduled_day(*, schedule: str, day: int, timezone: str, now: datetime) -> date | None:
    """Today in the brand's time zone, if it is a day of the schedule and past nine: weekly 1–7 (Monday is 1), monthly 1–28."""
    local = now.astimezone(ZoneInfo(timezone))
    today = {"weekly": local.isoweekday(), "monthly": local.day}.get(schedule)
    return local.date() if today == day and local.time() >= DRAFT_TIME else None


def drafted_at(day: date, timezone: str) -> datetime:
    """The moment a scheduled run counts from: what becomes available later that day waits for the next one."""
    return datetime.combine(day, DRAFT_TIME, ZoneInfo(timezone))
