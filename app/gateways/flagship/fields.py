"""What a kind must be told about a shop, and what is wrong with what a person typed."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.kernel.errors import Refused

from .source import MAX_BYTES

MAX_LINE, MAX_SECRET, MAX_DOCUMENT = 2_000, 4_000, 60_000


@dataclass(frozen=True, slots=True)
class SettingsField:
    """`control` is url, line, document (lines), choice, json, secret, upload or text (the two last are a whole file).

    `label` and `help` are gettext msgids. `choices` are (value, label). A secret is sealed and never shown again.
    """

    name: str
    label: str
    control: str
    accept: str = ""
    required: bool = False
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def field_problems(fields: Iterable[SettingsField], settings: Mapping[str, object], *, kept: Collection[str]) -> list[Refused]:
    """By field; unknown names and blank required fields too. `kept` names secrets that may stay blank."""
    known = {field.name: field for field in fields}
    given = {name: value for name, value in settings.items() if value not in (None, "")}
    strange = [Refused("setting_unknown", "这种来源没有设置项“%(name)s”", field=str(name)[:40], name=str(name)[:40]) for name in given if name not in known]
    missing = [Refused("setting_missing", "请填写“%(label)s”", field=field.name, label=field.label)
               for field in known.values() if field.required and field.name not in given and field.name not in kept]
    wrong = [error for name, value in given.items() if name in known and (error := _problem(known[name], value))]
    return [*strange, *missing, *wrong]


def is_web_address(value: object) -> bool:
    """An absolute http(s) URL without a password in it."""
    if not isinstance(value, str) or len(value) > MAX_LINE or not value.isprintable() or " " in value.strip():
        return False
    try:
        parts = urlsplit(value.strip())
        return parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False


def travels_in_the_open(url: str) -> bool:
    """Whether others on the way could read along: plain HTTP that leaves this machine."""
    parts = urlsplit(url.strip())
    return parts.scheme.lower() != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}


def json_setting(value: object) -> object:
    """A json field's value as data, whether it was stored as data or as text. Raises ValueError."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def _problem(field: SettingsField, value: object) -> Refused | None:
    name = field.name
    if field.control == "url":
        return None if is_web_address(value) else Refused("url_invalid", "网址须以 http:// 或 https:// 开头", field=name)
    if field.control == "upload" and not isinstance(value, bytes | os.PathLike):
        return Refused("file_invalid", "请上传文件", field=name)
    if field.control == "text" and not isinstance(value, str | bytes):
        return Refused("content_invalid", "内容须是文字", field=name)
    if field.control in ("upload", "text"):
        if value == b"":
            return Refused("empty", "文件是空的", field=name)
        too_large = isinstance(value, str | bytes) and len(value) > MAX_BYTES
        return Refused("too_large", "文件超过 %(limit_mb)d MB", field=name, limit_mb=MAX_BYTES // 1024 // 1024) if too_large else None
    if field.control == "json":
        return _json_problem(field, value)
    return _line_problem(field, value)


def _line_problem(field: SettingsField, value: object) -> Refused | None:
    most = {"secret": MAX_SECRET, "document": MAX_DOCUMENT}.get(field.control, MAX_LINE)
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        return Refused("setting_invalid", "“%(label)s”须是文字，不能太长", field=field.name, label=field.label)
    if field.control != "document" and not value.strip().isprintable():
        return Refused("setting_invalid", "“%(label)s”须是一行文字", field=field.name, label=field.label)
    if field.choices and value not in {known for known, _ in field.choices}:
        return Refused("choice_unknown", "“%(label)s”没有这个选项", field=field.name, label=field.label)
    return None


def _json_problem(field: SettingsField, value: object) -> Refused | None:
    try:
        text = value if isinstance(value, str) else json.dumps(value)
        fits = len(text) <= MAX_DOCUMENT and isinstance(json.loads(text), dict)
    except (TypeError, ValueError, RecursionError):
        fits = False
    return None if fits else Refused("json_invalid", "“%(label)s”须是一个 JSON 对象", field=field.name, label=field.label)
