"""Signed values that travel outside: visitor tokens, activation links. Each purpose has its own salt."""

from __future__ import annotations

from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from .application import app


def sign(purpose: str, value: Any) -> str:
    return URLSafeTimedSerializer(app().settings.secret_key, salt=purpose).dumps(value)


def read(purpose: str, token: str, *, max_age: int) -> Any | None:
    """The value, or None when it is forged, damaged or older than `max_age` seconds."""
    try:
        return URLSafeTimedSerializer(app().settings.secret_key, salt=purpose).loads(token, max_age=max_age)
    except (BadData, UnicodeError):
        return None
