"""Pure rules of customers: who a phone is, what a code is worth, when a binding gives way (R9)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.kernel import sealing

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
AGAIN_AFTER = timedelta(seconds=60)
MOST_AN_HOUR = 5
TOKEN_LIFE = timedelta(days=90)
MOST_TOKENS = 10
"""Devices of one customer that are signed in by program; one more, and the oldest is signed out."""
RENEW, KEEP, BIND = "renew", "keep", "bind"


def phone_digest(brand_id: int, phone: str) -> str:
    """What stands for a phone (E.164) in one brand: the same for the same phone, and told to nobody without our key."""
    return sealing.derive("customer", f"{brand_id}:{phone}")


def customer_key(brand_id: int, phone: str) -> UUID:
    """The customer's id: it follows from the phone, so that an order knows its customer without asking for her."""
    return UUID(bytes=base64.urlsafe_b64decode(phone_digest(brand_id, phone))[:16])


def code_digest(brand_id: int, phone: str, code: str) -> str:
    """Six digits are soon tried out, so the digest is keyed."""
    return sealing.derive("sign-in code", f"{brand_id}:{phone}:{code}")


@dataclass(frozen=True, slots=True)
class Bound:
    """A binding that stands. `guide_works`: she is active."""

    guide_id: UUID
    guide_works: bool
    protected_until: datetime
    expires_at: datetime


def after_sale_to(bound: Bound | None, guide_id: UUID, now: datetime) -> tuple[str, str]:
    """(what to do, why the old one ends) when this guide has won an order or a sign-in of the customer.

    The same guide renews the validity; another one waits until protection is over, unless the first expired or works no more.
    """
    if bound is None:
        return BIND, ""
    if bound.expires_at <= now:
        return BIND, "expired"
    if bound.guide_id == guide_id:
        return RENEW, ""
    if not bound.guide_works:
        return BIND, "guide_gone"
    return (KEEP, "") if now < bound.protected_until else (BIND, "won_over")
