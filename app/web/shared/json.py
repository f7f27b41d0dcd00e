"""JSON at the edge: orjson, ids as strings, times as RFC 3339 UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
from flask import Response


def plain(value: object) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (datetime, date)):
        return rfc3339(value) if isinstance(value, datetime) else value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def rfc3339(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def json_response(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body, default=plain, option=orjson.OPT_UTC_Z), status, content_type="application/json")
