"""Guessing is slow: five wrong sign-ins a minute per name and address, and a page that says when to try again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Response, make_response, request
from flask_babel import gettext
from flask_limiter.util import get_remote_address
from limits import RateLimitItem

from .errors import page
from .safety import limiter


def _who() -> str:
    return f"{get_remote_address()}|{request.form.get('login', '').strip().lower()[:200]}"


def _was_wrong(response: Response) -> bool:
    return response.status_code >= 400


def limit_guesses(view: Callable[..., Any]) -> Callable[..., Any]:
    """For the POST of a sign-in form with a `login` field; only wrong attempts count."""
    decorated: Callable[..., Any] = limiter.limit("5 per minute", key_func=_who, deduct_when=_was_wrong)(view)
    return decorated


def limit_forms(view: Callable[..., Any]) -> Callable[..., Any]:
    """For public forms: twenty wrong posts a minute from one address."""
    decorated: Callable[..., Any] = limiter.limit("20 per minute", methods=["POST"], deduct_when=_was_wrong)(view)
    return decorated


def limit_codes(view: Callable[..., Any]) -> Callable[..., Any]:
    """For sign-in codes: sixty posts an hour from one address, right or wrong; each phone has its own, narrower bound."""
    decorated: Callable[..., Any] = limiter.limit("60 per hour", methods=["POST"])(view)
    return decorated


def spend(limit: RateLimitItem, *who: str) -> bool:
    """Counts one; False when it is one too many."""
    return not limiter.enabled or limiter.limiter.hit(limit, *who)


def seconds_to_wait(limit: RateLimitItem, *who: str) -> int:
    """0 while there is room, else until the window opens again."""
    if not limiter.enabled or limiter.limiter.test(limit, *who):
        return 0
    return max(1, int(limiter.limiter.get_window_stats(limit, *who).reset_time - time.time()) + 1)


def too_often(_: Exception) -> Response:
    """The 429 page: says in how many seconds the door opens again."""
    limit = limiter.current_limit
    seconds = max(1, int(limit.reset_at - time.time()) + 1) if limit else 60
    text = gettext("尝试次数太多。请在 %(seconds)d 秒后再试。", seconds=seconds)
    response = make_response(page(429, gettext("太频繁了，请稍后再试"), text))
    response.headers["Retry-After"] = str(seconds)
    return response
