"""How a page that is the same for everyone says so."""

from __future__ import annotations

from datetime import datetime

from flask import Response, g, make_response, request
from flask.typing import ResponseReturnValue

from app.web.shared.application import now

from .page_cache import RENEWAL

PAGE_SECONDS = 10
"""A share page may be this old. Price and stock are asked again at checkout (R10)."""


def public(content: ResponseReturnValue, *, seconds: int = PAGE_SECONDS, by_language: bool = True, until: datetime | None = None) -> Response:
    """The answer as cacheable for everyone, with an ETag; 304 when the caller has it already. At `until` nobody shows it any more."""
    response = make_response(content)
    g.cacheable = True
    left = int((until - now()).total_seconds()) if until else None
    near = left is not None and left < seconds + RENEWAL
    seconds = max(min(seconds, left), 0) if near and left is not None else seconds
    response.headers["Cache-Control"] = f"public, max-age={seconds}, s-maxage={seconds}{', must-revalidate' if near else ''}"
    if by_language:
        response.vary.add("Accept-Language")
    response.add_etag()
    response.make_conditional(request)
    return response
