"""Pure rules of customer care: what a tag or segment may ask for, when to call whom, what a hand-over keeps (R21)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.kernel.errors import Refused

TAG_KINDS = ("manual", "bought", "spent", "lapsed", "birthday")
MOST_DAYS = 3650
REASONS = ("cart", "checkout", "birthday", "arrival", "lapsed")
"""Reasons to follow up, most urgent first."""
LAPSED_DAYS, ARRIVAL_DAYS, CART_DAYS, BIRTHDAY_DAYS = 60, 7, 14, 7
CHECKOUT_REST = timedelta(hours=1)
"""So long a checkout that was begun may still become an order."""
SNOOZES = (7, 30)
UNDO_WITHIN = timedelta(days=7)
TOLD_FOR = timedelta(days=90)
"""How long a shopper is told that somebody else serves her now."""
UNMASK_REASONS = ("delivery", "after_sale", "asked", "visit", "other")


def kept_dates(*, protected_until: datetime, expires_at: datetime, now: datetime) -> tuple[datetime, datetime]:
    """(protected until, valid until) of a binding that is handed over: both go on, neither begins again.

    The customer was won by somebody's work once. If handing her on began the period again, a brand could hold her for ever by
    passing her around, and a successor would be protected for a sale she never made.
    """
    return max(protected_until, now), expires_at


def clean_birthday(month: object, day: object) -> str:
    """'MMDD' of a day that exists in some year; '' when both are left out."""
    month_text, day_text = str(month or "").strip(), str(day or "").strip()
    if not month_text and not day_text:
        return ""
    try:
        found = date(2000, int(month_text[:4]), int(day_text[:4]))
    except ValueError:
        raise Refused("birthday_invalid", "没有这一天", field="birthday") from None
    return f"{found:%m%d}"


def birthdays_ahead(today: date, days: int = BIRTHDAY_DAYS) -> dict[str, int]:
    """'MMDD' → days until then, from today on. In a year without a 29 February it is kept on the 28th."""
    ahead: dict[str, int] = {}
    for left in range(days + 1):
        one = today + timedelta(days=left)
        ahead[f"{one:%m%d}"] = left
        if one.month == 2 and one.day == 28 and (one + timedelta(days=1)).month == 3:
            ahead["0229"] = left
    return ahead


def require_tag(*, kind: str, category: str, days: int | None, amount_minor: int | None) -> None:
    """Each kind of tag asks for its own terms; Refused names the one that is missing or out of bounds."""
    if kind not in TAG_KINDS:
        raise Refused("unknown_choice", "请选一项", field="kind")
    if kind != "birthday" and (days is None or not 1 <= days <= MOST_DAYS):
        raise Refused("out_of_range", "须在 %(low)d 到 %(high)d 之间", field="days", low=1, high=MOST_DAYS)
    if kind == "bought" and not category:
        raise Refused("required", "这一项必须填写", field="category")
    if kind == "spent" and (amount_minor is None or amount_minor < 1):
        raise Refused("required", "这一项必须填写", field="amount")


def with_tag(terms: Mapping[str, Any], tag_id: UUID | None) -> dict[str, Any]:
    """A segment's terms, narrowed by one more tag."""
    return dict(terms) | {"tags": [*terms.get("tags", ()), *([str(tag_id)] if tag_id else [])]}


def clean_terms(terms: Mapping[str, Any]) -> dict[str, Any]:
    """{tags: [id], bought_within, silent_for: days, spent_minor, spent_days, store_id}, only what is asked; Refused when nothing is.

    `bought_within` and `silent_for` are about her last paid order; `spent_minor` counts the last `spent_days`, 365 if not said.
    """
    kept: dict[str, Any] = {"tags": sorted({str(one) for one in terms.get("tags") or ()})}
    for name in ("bought_within", "silent_for", "spent_days"):
        if terms.get(name) is not None:
            if not 1 <= terms[name] <= MOST_DAYS:
                raise Refused("out_of_range", "须在 %(low)d 到 %(high)d 之间", field=name, low=1, high=MOST_DAYS)
            kept[name] = terms[name]
    if terms.get("spent_minor"):
        kept |= {"spent_minor": terms["spent_minor"], "spent_days": kept.get("spent_days", 365)}
    else:
        kept.pop("spent_days", None)
    if terms.get("store_id"):
        kept["store_id"] = str(terms["store_id"])
    if not kept["tags"] and len(kept) == 1:
        raise Refused("segment_empty", "至少选一个条件", field="tags")
    return kept
