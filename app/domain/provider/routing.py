"""Whose a thing at the provider is: the marks we gave it say so, and the row they name must be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Told:
    """What an applier found: the brand a thing belongs to, and the payment it is about, if it is about one."""

    brand_id: int
    payment_id: UUID | None = None


def brand_of(marks: Mapping[str, str]) -> int | None:
    """The brand that marks name, None where they were not given by us."""
    text = marks.get("brand_id", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def id_of(marks: Mapping[str, str], name: str) -> UUID | None:
    """The id of our row that marks name; None for none or none readable."""
    try:
        return UUID(marks.get(name, ""))
    except ValueError:
        return None
