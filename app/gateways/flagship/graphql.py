"""GraphQL over HTTP: one question, and its data or what the errors mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from app.domain.catalog.ports import FlagshipUnreachable, NeedsAuthorisation

from .asking import Call
from .encodings import scrub
from .retrying import TryAgain
from .wire import Fields, fields_of, list_of, text_of

PASSING = frozenset({"THROTTLED", "INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE", "TOO_MANY_REQUESTS", "RATE_LIMITED"})
FORBIDDEN = frozenset({"ACCESS_DENIED", "FORBIDDEN", "UNAUTHENTICATED", "UNAUTHORIZED", "PermissionDenied", "InvalidTokenError", "ExpiredSignatureError"})


def question(url: str, query: str, variables: Mapping[str, Any], headers: Mapping[str, str]) -> Call:
    body = orjson.dumps({"query": query, "variables": dict(variables)})
    return Call("POST", url, {"Content-Type": "application/json", "Accept": "application/json", **headers}, body)


def data_of(document: object, *, after: float = 0.0) -> Fields:
    """The data of a whole answer; half of one counts for nothing. Raises TryAgain, NeedsAuthorisation, FlagshipUnreachable."""
    errors = [fields_of(error) for error in list_of(fields_of(document).get("errors"))]
    codes = {code_of(error) for error in errors}
    said = scrub("；".join(text_of(error.get("message")) for error in errors))[:200]
    if codes & FORBIDDEN:
        raise NeedsAuthorisation("access_denied", "旗舰店不允许读取商品：%(said)s", said=said)
    if errors:
        wrong = FlagshipUnreachable("graphql_error", "旗舰店回答了错误：%(said)s", said=said)
        raise TryAgain(wrong, after=after) if codes & PASSING else wrong
    data = fields_of(document).get("data")
    if not isinstance(data, dict):
        raise TryAgain(FlagshipUnreachable("broken_answer", "旗舰店的回答不完整或看不懂"))
    return data


def code_of(error: Fields) -> str:
    """Where servers write it: extensions.code, or extensions.exception.code (Saleor)."""
    extensions = fields_of(error.get("extensions"))
    return text_of(extensions.get("code")) or text_of(fields_of(extensions.get("exception")).get("code"))
