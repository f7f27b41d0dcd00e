"""Text a person typed: trimmed, without unprintable characters, not too long."""

from __future__ import annotations

import unicodedata

from .errors import Refused


def clean(text: object) -> str:
    """Trimmed, inner line breaks and runs of blanks made one blank, unprintable characters dropped."""
    kept = (" " if letter.isspace() else letter for letter in str(text or "") if letter.isspace() or _printable(letter))
    return " ".join("".join(kept).split())


def required(text: object, *, field: str, most: int) -> str:
    """Clean text that is there and fits; refuses `required` or `too_long`."""
    cleaned = optional(text, field=field, most=most)
    if not cleaned:
        raise Refused("required", "这一项必须填写", field=field)
    return cleaned


def optional(text: object, *, field: str, most: int) -> str:
    """Clean text that fits, or ''."""
    cleaned = clean(text)
    if len(cleaned) > most:
        raise Refused("too_long", "最长 %(most)d 个字", field=field, most=most)
    return cleaned


def _printable(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cs", "Cn", "Co")
