"""What a program sent, read strictly: right media type, bounded size, plain JSON, known fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from flask import request
from flask_babel import lazy_gettext
from marshmallow import Schema, ValidationError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from app.kernel.errors import Invalid, Refused

KILOBYTE = 1024
PIECE = 64 * KILOBYTE
READ_AWAY = 64 * KILOBYTE * KILOBYTE
"""Who announces more than this has the connection closed on her."""
DEEPEST = 40
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
WORDS = {
    "required": lazy_gettext("必须填写"),
    "null": lazy_gettext("不能为空"),
    "type": lazy_gettext("类型不对"),
    "unknown": lazy_gettext("没有这个字段"),
}


def read_body(schema: Schema) -> Any:
    """The JSON body as the schema loads it. No body at all is {}. 413, 415, 400 and 422 as they come."""
    return load(schema, parse(request.get_data(cache=True)))


def is_upload() -> bool:
    return bool(request.mimetype == "multipart/form-data")


def read_form(schema: Schema) -> tuple[Any, FileStorage | None]:
    """The fields of a form as the schema loads them, and its part `file`. Names given twice are refused."""
    given = request.form.to_dict(flat=False)
    twice = [name for name, values in given.items() if len(values) > 1]
    if twice:
        raise Refused("given_twice", "参数只能出现一次", field=twice[0][:80])
    return load(schema, {name: values[0] for name, values in given.items()}), request.files.get("file")


def bound_body(kilobytes: int) -> None:
    """A longer body is 413. It is read away unkept first: a program that is still sending would see a broken pipe, not the answer."""
    request.max_content_length = most = kilobytes * KILOBYTE
    left = min(request.content_length or 0, READ_AWAY)
    if left <= most:
        return
    while left > 0 and (piece := request.environ["wsgi.input"].read(min(left, PIECE))):
        left -= len(piece)
    raise RequestEntityTooLarge


def parse(raw: bytes) -> Any:
    if not raw and not request.content_length and request.mimetype not in FORMS:
        return {}
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType("application/json")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"JSON: {error}") from None
    for path, inner in _walk(value, "", 0):
        if isinstance(inner, str) and "\x00" in inner:
            raise Refused("unreadable", "内容里有无法保存的字符", field=path or "body")
    return value


def read_query(schema: Schema) -> Any:
    """The query string as the schema loads it; a name given twice is refused."""
    given = request.args.to_dict(flat=False)
    twice = [name for name, values in given.items() if len(values) > 1]
    if twice:
        raise Refused("given_twice", "参数只能出现一次", field=twice[0][:80])
    return load(schema, {name: values[0] for name, values in given.items() if name != "lang"})


def load(schema: Schema, value: Any) -> Any:
    try:
        return schema.load(value)
    except ValidationError as error:
        found = [Refused(_code(text), _said(text), field=path) for path, text in _flat(error.messages, "")]
        raise Invalid(found) from None


def _flat(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            name = "" if key in ("_schema", "value", "key") else str(key)[:80]
            yield from _flat(inner, f"{path}.{name}".strip("."))
    else:
        for text in messages if isinstance(messages, list) else [messages]:
            yield path or "body", str(text)


def _code(text: str) -> str:
    return text if text in WORDS else "invalid"


def _said(text: str) -> str:
    return str(WORDS.get(text, text))


def _walk(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > DEEPEST:
        raise Refused("too_deep", "内容嵌套得太深", field=path[:80])
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path, key
            yield from _walk(inner, f"{path}.{key[:80]}".strip("."), depth + 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _walk(inner, f"{path}.{place}".strip("."), depth + 1)
