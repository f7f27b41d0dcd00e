"""Opening what JD answered: the body under the method's name, or the refusal, in every shape seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from app.domain.catalog.ports import Answer
from app.kernel.texts import clean

from .reactions import NoReply, code_in

Body = dict[str, Any]
Refusal = Callable[[str, str], Exception]
"""(JD's code, JD's words) → what to raise."""
WORDS = ("zh_desc", "errorMessage", "error_description", "en_desc", "errorSolution", "msg")


def opened(answer: Answer, method: str, refusal: Refusal) -> Body:
    """The inner object of a good answer; amounts are Decimal. Raises NoReply, or what `refusal` makes of JD's code and words.

    The HTTP status says nothing: errors come with 200. JD misspells "response" in most answers.
    """
    whole = read_object(answer.body, status=answer.status)
    error = whole.get("error_response")
    if isinstance(error, dict) or "errorMessage" in whole:
        raise refusal(*_told(error if isinstance(error, dict) else whole))
    name = method.replace(".", "_")
    inner = next((whole[key] for key in (f"{name}_responce", f"{name}_response") if isinstance(whole.get(key), dict)), None)
    if inner is None:
        raise NoReply(answer.status)
    if text(inner.get("code", "0")) not in ("0", "200"):
        raise refusal(*_told(inner))
    return inner


def read_object(body: bytes | str, *, status: int = 200) -> Body:
    """JSON text of one object; raises NoReply for anything else."""
    try:
        whole = json.loads(body.decode("utf-8-sig") if isinstance(body, bytes) else body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise NoReply(status) from None
    if not isinstance(whole, dict):
        raise NoReply(status)
    return whole


def page_of(body: Mapping[str, Any], *names: str) -> tuple[list[Body], int]:
    """(rows, how many there are in all) of a page; rows may be left out when there are none, the total may not."""
    page = part(body, *names)
    total, rows = page.get("totalItem"), page.get("data") or []
    if not isinstance(total, int) or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NoReply(200)
    return rows, total


def part(body: Mapping[str, Any], *names: str) -> Body:
    """The object at this path. Raises NoReply when the answer has none."""
    found: Any = body
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, dict):
        raise NoReply(200)
    return found


def objects(value: object) -> list[Body]:
    """The objects of a list; a missing list is an empty one."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """A value as text: JD sends numbers, texts and truth for the same field."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value).strip()


def whole_number(value: object) -> int:
    """An id or a count; 0 for none. Ids exceed 2^31."""
    try:
        return int(text(value) or 0)
    except ValueError:
        return 0


def yes(value: object) -> bool:
    """Success arrives as a bool or as "true"."""
    return text(value).lower() in ("true", "1")


def _told(error: Mapping[str, Any]) -> tuple[str, str]:
    words = clean(next((text(error[name]) for name in WORDS if text(error.get(name))), ""))[:200]
    code = text(error.get("code", error.get("errorCode")))
    return code or code_in(f"{words} {text(error.get('en_desc'))}"), words


def _refuse_constant(name: str) -> object:
    raise ValueError(name)
