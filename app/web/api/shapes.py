"""Compound fields and the schema base: lists with a limit, small tables, nested objects, the brand's currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from marshmallow import RAISE, Schema, ValidationError, fields

from app.web.shared.serving import brand

from .fields import House, Number, Text


class Shape(Schema):
    """Unknown fields are refused by name."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "unknown", "type": "type"}


class Listed(House, fields.List[Any]):
    def __init__(self, inner: Any, *, most: int = 200, least: int = 0, **options: Any) -> None:
        super().__init__(inner, metadata={"minItems": least, "maxItems": most, **options.pop("metadata", {})}, **options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if not self.least <= len(value) <= self.most:
            raise ValidationError(gettext("须有 %(least)d 到 %(most)d 项", least=self.least, most=self.most))
        return super()._deserialize(value, attr, data, **kwargs)


class Nest(House, fields.Nested):
    pass


class Table(House, fields.Dict):
    """A small table of texts, such as {"颜色": "雾蓝"}."""

    def __init__(self, *, most: int = 10, longest: int = 120, **options: Any) -> None:
        super().__init__(keys=Text(60, least=1), values=Text(longest), metadata={"maxProperties": most, **options.pop("metadata", {})}, **options)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> dict[str, Any]:
        if isinstance(value, dict) and len(value) > self.most:
            raise ValidationError(gettext("最多 %(most)d 项", most=self.most))
        table: dict[str, Any] = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]  # marshmallow leaves it bare
        return table


class Free(House, fields.Dict):
    """Any JSON object; its parts are checked where they are used."""


class Anything(House, fields.Raw):
    """Any JSON value, in answers."""


class Currency(fields.String):
    """The brand's one currency (R17), beside every amount."""

    def __init__(self) -> None:
        super().__init__(dump_only=True, metadata={"description": "ISO 4217.", "examples": ["CNY"], "minLength": 3, "maxLength": 3})

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> Any:
        return brand().currency


class Paging(Shape):
    """Every list takes these."""

    limit = Number(1, 200, load_default=50, metadata={"description": "Rows a page.", "examples": [50]})
    cursor = Text(64, load_default=None, metadata={"description": "`next_cursor` of the page before."})
