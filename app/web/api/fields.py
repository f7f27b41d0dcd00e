"""Strict fields: a wrong value is refused with its field named, never converted. The same fields document the schema.

Amounts are integers in minor units (R1), rates in basis points, times RFC 3339 with an offset, ids opaque strings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from marshmallow import ValidationError, fields

from app.kernel.errors import NotFound
from app.kernel.money import FULL_BP, MAX_MINOR
from app.web.shared.json import rfc3339

LARGEST = 2**53 - 1
"""Integers above it do not survive a JavaScript client; no count of ours comes near."""
EXAMPLE_ID = "0196f0c2-5b7a-7c3e-9a51-3f2f6f0b8f11"
MESSAGES = {"required": "required", "null": "null", "invalid": "type", "type": "type", "validator_failed": "type"}


class House:
    """Our error codes instead of marshmallow's English; `reading` puts them into the reader's language."""

    default_error_messages: Any = MESSAGES


class Text(House, fields.String):
    """`least` to `most` characters; `pattern` must match the whole."""

    def __init__(self, most: int = 200, *, least: int = 0, pattern: str = "", **options: Any) -> None:
        shape = {"minLength": least, "maxLength": most, **({"pattern": f"^(?:{pattern})$"} if pattern else {})}
        super().__init__(metadata={**shape, **options.pop("metadata", {})}, **options)
        self.least, self.most, self.pattern = least, most, re.compile(pattern, re.ASCII) if pattern else None

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > self.most:
            raise ValidationError(gettext("最多 %(most)d 个字", most=self.most))
        if len(text) < self.least:
            raise ValidationError(gettext("至少 %(least)d 个字", least=self.least))
        if self.pattern and not self.pattern.fullmatch(text):
            raise ValidationError(gettext("格式不对"))
        return text


class Whole(House, fields.Integer):
    """An integer from `least` to `most`; no text, no fraction, no true or false."""

    def __init__(self, least: int = 0, most: int = LARGEST, **options: Any) -> None:
        shape = {"minimum": least, "maximum": most, "format": "int64"}
        super().__init__(metadata={**shape, **options.pop("metadata", {})}, **options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return self._within(value)

    def _within(self, value: int) -> int:
        if not self.least <= value <= self.most:
            raise ValidationError(gettext("须在 %(least)d 到 %(most)d 之间", least=self.least, most=self.most))
        return value


class Number(Whole):
    """The same, as it stands in a query string."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,16}", value):
            raise self.make_error("invalid")
        return self._within(int(value))


class Amount(Whole):
    """Money in minor units (fen for CNY). `signed` for balances."""

    def __init__(self, least: int = 0, *, signed: bool = False, **options: Any) -> None:
        words = options.pop("metadata", {})
        words = {"description": "Minor units of the currency (fen for CNY).", "examples": [129900], **words}
        super().__init__(-MAX_MINOR if signed else least, MAX_MINOR, metadata=words, **options)


class Rate(Whole):
    """Basis points: 1250 is 12.5 %."""

    def __init__(self, **options: Any) -> None:
        words = {"description": "Basis points; 1250 is 12.5 %.", "examples": [1200], **options.pop("metadata", {})}
        super().__init__(0, FULL_BP, metadata=words, **options)


class Flag(House, fields.Boolean):
    """true or false, nothing else."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Switch(Flag):
    """The same, as it stands in a query string: true, false, 1 or 0."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if value not in ("true", "false", "1", "0"):
            raise self.make_error("invalid")
        return value in ("true", "1")


class Choice(House, fields.String):
    def __init__(self, *values: str, **options: Any) -> None:
        super().__init__(metadata={"enum": [*values, None] if options.get("allow_none") else list(values), **options.pop("metadata", {})}, **options)
        self.values = values

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if value not in self.values:
            raise ValidationError(gettext("只能是 %(values)s 之一", values=gettext("、").join(self.values)))
        return str(value)


class Ref(House, fields.String):
    """An id of `kind`. What is no id is an id of nothing: not found, as another brand's is."""

    def __init__(self, kind: str = "row", **options: Any) -> None:
        words = {"description": f"Id of a {kind}: an opaque string.", "maxLength": 64, "examples": [EXAMPLE_ID], **options.pop("metadata", {})}
        super().__init__(metadata=words, **options)
        self.kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            return UUID(value)
        except ValueError:
            raise NotFound(self.kind, value[:64]) from None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)


MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
LITTLE, LATE = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class When(House, fields.String):
    """RFC 3339 with an offset, between 2000 and 2200; answered in UTC."""

    def __init__(self, **options: Any) -> None:
        words = {"format": "date-time", "examples": ["2026-11-22T04:00:00Z"], **options.pop("metadata", {})}
        super().__init__(metadata=words, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not MOMENT.fullmatch(value):
            raise ValidationError(gettext("须是带时区的时间，例如 2026-11-22T04:00:00Z"))
        try:
            moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError(gettext("没有这个时间")) from None
        if not LITTLE <= moment < LATE:
            raise ValidationError(gettext("时间须在 2000 年到 2200 年之间"))
        return moment

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return rfc3339(value)


class Day(House, fields.String):
    """A calendar day, '2026-11-22', between 2000 and 2200."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"format": "date", "examples": ["2026-11-22"], **options.pop("metadata", {})}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValidationError(gettext("须是日期，例如 2026-11-22"))
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValidationError(gettext("没有这一天")) from None
        if not LITTLE.date() <= day < LATE.date():
            raise ValidationError(gettext("时间须在 2000 年到 2200 年之间"))
        return day

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.isoformat() if value else None
