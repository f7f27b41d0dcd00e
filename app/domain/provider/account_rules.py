"""Where a payee may have an account at the provider, what a reading of it makes of the account, and what people are told of it."""

from __future__ import annotations

import re
from collections.abc import Collection

from app.kernel.errors import Refused
from app.kernel.texts import required

TOGETHER = frozenset((
    "AT", "BE", "BG", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO",
    "PL", "PT", "RO", "SE", "SI", "SK", "US"))
"""US, Britain, EEA, Canada and Switzerland: a platform in one of them may have payees in all (Connect, cross-border payouts)."""
OFFERED = TOGETHER | frozenset(("AE", "AU", "BR", "JP", "MX", "MY", "NZ", "SG"))
"""Where money collected by the platform can be sent on to others (separate charges and transfers)."""
WAITS = frozenset({"determining_status", "requirements_pending_verification"})
"""The provider is looking; nothing is wanted of the payee."""
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,}", re.ASCII)
REF = re.compile(r"acct_[0-9A-Za-z]{1,100}", re.ASCII)


def countries(home: str) -> frozenset[str]:
    """Where payees of a platform in `home` may be: its own country, or the group that pays each other."""
    return TOGETHER if home in TOGETHER else OFFERED & {home}


def country_of(typed: str, *, home: str) -> str:
    """Two letters; refuses a country without the model, and one that a platform in `home` cannot pay."""
    code = required(typed or home, field="country", most=2).upper()
    if code not in OFFERED:
        raise Refused("country_not_offered", "Stripe 在这个国家或地区（%(country)s）没有把货款分给收款方的服务，请改用银行账户收款", field="country",
                      country=code)
    if code not in countries(home):
        raise Refused("country_apart", "平台的 Stripe 账户在 %(home)s，不能给 %(country)s 的收款方分钱，请改用银行账户收款", field="country",
                      home=home, country=code)
    return code


def email_of(typed: str) -> str:
    email = required(typed, field="email", most=200)
    if not EMAIL.fullmatch(email):
        raise Refused("email_invalid", "请填写有效的邮箱", field="email")
    return email


def ref_of(typed: str) -> str:
    """An account's id at the provider, as HQ copies it from there."""
    ref = required(typed, field="ref", most=120)
    if not REF.fullmatch(ref):
        raise Refused("account_ref_invalid", "账户编号以 acct_ 开头，后面是字母和数字", field="ref")
    return ref


def state_after(was: str, found: str) -> str:
    """One that never was ready is still being set up, whatever the provider calls it; one that was ready is restricted."""
    if found == "ready":
        return "ready"
    return "restricted" if was in ("ready", "restricted") else "onboarding"


def wanted(problems: Collection[str]) -> frozenset[str]:
    """What of the provider's problems asks something of the payee."""
    return frozenset(problems) - WAITS


def telling(was: str, before: Collection[str], state: str, after: Collection[str]) -> str:
    """The kind of notice a reading is worth, '' for none: while she fills the form in, every step of hers is not."""
    if state != was and state in ("ready", "restricted"):
        return "account_ready" if state == "ready" else "account_stopped"
    return "account_wanted" if was != "due" and wanted(after) and not wanted(before) else ""
