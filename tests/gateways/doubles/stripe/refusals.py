"""What Stripe answers when it does not do a thing."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class Refusal(Exception):
    """Becomes an answer with Stripe's error body."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"error": {"type": kind, "message": message, **({"code": code} if code else {}), **({"param": param} if param else {})}}


def missing(kind: str, id_: str, param: str = "id") -> Refusal:
    return Refusal(f"No such {kind}: '{id_}'", status=404, code="resource_missing", param=param)


def played(status: int) -> Refusal:
    """A fault that somebody asked for."""
    if status == 429:
        return Refusal("Too many requests.", status=429, code="rate_limit")
    if status == 409:
        return Refusal("Another request holds this object.", status=409, code="lock_timeout")
    return Refusal("Something went wrong on Stripe's end.", status=status, kind="api_error")
