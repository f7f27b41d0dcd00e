"""The visitor: an opaque first-party id in a signed cookie of the storefront; programs carry the same signed value. Nothing
about the person is in it."""

from __future__ import annotations

from flask import request

from .signed_tokens import read, sign

COOKIE = "yd_v"
PURPOSE = "visitor"
LIFETIME = 180 * 86400


def visitor_id() -> str | None:
    """The visitor's id, if the cookie is ours and still good."""
    return visitor_in(request.cookies.get(COOKIE, ""))


def sealed_visitor(visitor: str) -> str:
    """What leaves the house of a visitor's id."""
    return sign(PURPOSE, visitor)


def visitor_in(sealed: str) -> str | None:
    """And what comes back."""
    known = read(PURPOSE, sealed, max_age=LIFETIME)
    return known if isinstance(known, str) and 0 < len(known) <= 40 else None
