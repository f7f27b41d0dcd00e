"""Signed-in people, per surface: console, guide and platform each keep their own sign-in in one signed cookie.

The cookie holds brand, account and the account's epoch; every request reads the account again, so leaving, suspension
and a new password end a session at once (R35).
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import session as cookie

from app.domain.people.models import Account
from app.kernel.ids import new_secret

SURFACES = ("console", "guide", "platform")
LONGEST = 1000
"""More of a typed password is never looked at; none that was set is longer."""
_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """The hash of a password nobody has."""
    return _hasher.hash(new_secret())


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def password_matches(password_hash: str, password: str) -> bool:
    """Takes as long for an account that does not exist (pass an empty hash) as for one that does."""
    try:
        return _hasher.verify(password_hash or _nobody(), password[:LONGEST]) and bool(password_hash)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def sign_in(surface: str, account: Account, *, now: datetime) -> None:
    """Begins anew: nothing of an earlier sign-in on this surface, and no earlier CSRF token, is carried over."""
    sign_out(surface)
    cookie.permanent = True
    cookie[surface] = {"brand": account.brand_id, "account": str(account.id), "epoch": account.epoch}
    account.last_sign_in_at = now


def sign_out(surface: str) -> None:
    cookie.pop(surface, None)
    cookie.pop("csrf_token", None)


def signed_in(surface: str) -> tuple[int, UUID, int] | None:
    """(brand_id, account_id, epoch) as the cookie says; the caller still has to find the account."""
    known: Any = cookie.get(surface)
    if not isinstance(known, dict) or not {"brand", "account", "epoch"} <= known.keys():
        return None
    return int(known["brand"]), UUID(known["account"]), int(known["epoch"])
