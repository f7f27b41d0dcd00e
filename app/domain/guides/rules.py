"""A guide's phone, her kinds, and which status may follow which."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import TypeVar

import phonenumbers

from app.kernel.errors import Conflict, Refused
from app.kernel.texts import clean

Key = TypeVar("Key", bound=Hashable)
TAX_KINDS = {"staff": "employee", "affiliate": "individual"}
"""Staff are paid with their wages, affiliates to their own bank account (R31)."""
FOLLOWS = {
    "approve": ("pending", "active"),
    "reject": ("pending", "rejected"),
    "suspend": ("active", "suspended"),
    "reinstate": ("suspended", "active"),
    "leave": ("active", "left"),
    "rehire": ("left", "active"),
}
"""What is done → (status before, status after). A suspended guide may also leave."""
MAX_USES, MAX_DAYS = 1000, 90


def normal_phone(text: object, *, region: str = "CN", field: str = "phone") -> str:
    """A typed phone as E.164: '138 1234 5678' → '+8613812345678'. Refuses what is no phone number."""
    typed = clean(text)
    try:
        number = phonenumbers.parse(typed[:40], region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_valid_number(number):
        raise Refused("phone_invalid", "“%(phone)s”不是有效的手机号", field=field, phone=typed[:40])
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def require_kind(kind: str) -> str:
    if kind not in TAX_KINDS:
        raise Refused("guide_kind_unknown", "类型只能是员工或分销员", field="kind")
    return kind


def status_after(doing: str, status: str) -> str:
    """The status that follows; Conflict when the guide is not where it starts."""
    before, after = FOLLOWS[doing]
    if status != before and not (doing == "leave" and status == "suspended"):
        raise Conflict("guide_status", "导购的状态已经变了，请刷新后再看", status=status)
    return after


def closes_circle(who: Key, referrer: Key, above: Mapping[Key, Key]) -> bool:
    """Whether `who` would stand above herself if `referrer` stood above her (R19); `above` is who referred whom so far."""
    seen = {who}
    step: Key | None = referrer
    while step is not None and step not in seen:
        seen.add(step)
        step = above.get(step)
    return step == who


def require_quota(max_uses: int, days: int) -> None:
    """An invite code admits 1 to 1000 people and lives 1 to 90 days."""
    if not 1 <= max_uses <= MAX_USES:
        raise Refused("invite_quota", "名额须在 1 到 %(most)d 之间", field="max_uses", most=MAX_USES)
    if not 1 <= days <= MAX_DAYS:
        raise Refused("invite_days", "有效期须在 1 到 %(most)d 天之间", field="days", most=MAX_DAYS)


def require_usable(*, revoked_at: datetime | None, expires_at: datetime, used_count: int, max_uses: int, now: datetime) -> None:
    """Says which way an invite code is spent."""
    if revoked_at is not None:
        raise Refused("invite_revoked", "这个邀请码已被收回，请向店长要一个新的")
    if expires_at <= now:
        raise Refused("invite_expired", "这个邀请码已过期，请向店长要一个新的")
    if used_count >= max_uses:
        raise Refused("invite_full", "这个邀请码的名额已用完，请向店长要一个新的")
