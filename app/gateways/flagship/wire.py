"""What came over the wire, one value at a time: anything may be missing or of another type, and nothing of it may break a reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.catalog.ports import FlagshipUnreachable, ListedVariant, UnreadableItem
from app.kernel.errors import Refused

from .encodings import scrub
from .values import MAX_ID

Fields = Mapping[str, Any]


def text_of(value: object) -> str:
    """Text as it is; a number as people write it; anything else is blank."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value) if isinstance(value, int) else format(Decimal(repr(value)), "f").removesuffix(".0")


def fields_of(value: object) -> Fields:
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def texts_of(values: Iterable[object], name: str) -> list[str]:
    """The `name` of each object that has one."""
    return [text for value in values if (text := text_of(fields_of(value).get(name)))]


def id_of(value: object) -> str:
    """An id as the catalogue keeps it; blank if it is none."""
    text = " ".join(scrub(text_of(value)).split())
    return text if len(text) <= MAX_ID else ""


def refuse_other_currency(written: str, currency: str) -> None:
    """The shop sells in another currency than the brand (R17: nothing is converted), so none of its prices can be taken."""
    if written != currency:
        raise FlagshipUnreachable("currency_differs", "旗舰店的币种是 %(written)s，品牌的币种是 %(currency)s，不会换算",
                                  written=written[:20], currency=currency)


@dataclass(slots=True)
class Tally:
    """Every item of a reading comes out once: as a variant, or as unreadable with its place and reason (R36)."""

    position: int = 0

    def one(self, external_id: object, build: Callable[[str, int], ListedVariant]) -> ListedVariant | UnreadableItem:
        self.position += 1
        known = id_of(external_id)
        try:
            if not known:
                raise Refused("id_missing", "没有编号", field="id")
            return build(known, self.position)
        except Refused as refusal:
            return UnreadableItem(self.position, known, refusal.code, refusal.message, dict(refusal.data))
