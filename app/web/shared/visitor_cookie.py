"""The visitor: an opaque first-party id in a signed cookie of the storefront. Nothing about the person is in it."""

from __future__ import annotations

from flask import request

from .signed_tokens import read

COOKIE = "yd_v"
PURPOSE = "visitor"
LIFETIME = 180 * 86400


def visitor_id() -> str | None:
    """The visitor's id, if the cookie is ours and still good."""
    known = read(PURPOSE, request.cookies.get(COOKIE, ""), max_age=LIFETIME)
    return known if isinstance(known, str) and 0 < len(known) <= 40 else None
