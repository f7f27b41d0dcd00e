"""How a page that is the same for everyone says so."""

from __future__ import annotations

from flask import Response, g, make_response, request
from flask.typing import ResponseReturnValue

PAGE_SECONDS = 10
"""A share page may be this old. Price and stock are asked again at checkout (R10)."""


def public(content: ResponseReturnValue, *, seconds: int = PAGE_SECONDS, by_language: bool = True) -> Response:
    """The answer as cacheable for everyone, with an ETag; 304 when the caller has it already."""
    response = make_response(content)
    g.cacheable = True
    response.headers["Cache-Control"] = f"public, max-age={seconds}, s-maxage={seconds}"
    if by_language:
        response.vary.add("Accept-Language")
    response.add_etag()
    response.make_conditional(request)
    return response
