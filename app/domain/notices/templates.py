"""WeChat's message templates as the operator names them: `kind=TEMPLATE_ID:field=part,field=part`, one word each; kind * is any other.

A field's name says what it may hold (thing1, amount2, time3 …: 类目模板消息参数值内容限制).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .rules import URGENT

ANY = "*"
PARTS = frozenset({"brand", "title", "text", "amount", "time"})
LONGEST = {"thing": 20, "phrase": 5, "name": 10, "character_string": 32, "short_thing": 5}


@dataclass(frozen=True, slots=True)
class Template:
    """`fields`: a field of the template → the part of a notice it shows."""

    id: str
    fields: Mapping[str, str]

    def filled(self, parts: Mapping[str, str]) -> dict[str, dict[str, str]]:
        return {field: {"value": _fit(field, parts[part])} for field, part in self.fields.items()}


def read_templates(text: str) -> dict[str, Template]:
    """ValueError says what is wrong."""
    found: dict[str, Template] = {}
    for word in text.split():
        kind, _, rest = word.partition("=")
        template_id, _, said = rest.partition(":")
        fields = dict(pair.partition("=")[::2] for pair in said.split(","))
        if kind != ANY and kind not in URGENT:
            raise ValueError(f"{kind!r} is no kind that is sent: {', '.join(sorted(URGENT))} or *")
        if not re.fullmatch(r"[\w-]{1,80}", template_id, re.ASCII):
            raise ValueError(f"{word!r} names no template: kind=TEMPLATE_ID:thing1=title,thing2=text")
        wrong = [f"{field}={part}" for field, part in fields.items() if part not in PARTS or not re.fullmatch(r"[a-z_]+\d+", field, re.ASCII)]
        if wrong:
            raise ValueError(f"{wrong[0]!r}: a field like thing1 shows one of {', '.join(sorted(PARTS))}")
        found[kind] = Template(template_id, fields)
    return found


def _fit(field: str, part: str) -> str:
    """One line, as long as the field takes; money without separators."""
    kind, line = field.rstrip("0123456789"), " ".join(part.split()) or "-"
    longest = LONGEST.get(kind, 100)
    if kind == "amount":
        return line.replace(",", "").replace(" ", "")
    return line if len(line) <= longest else f"{line[:longest - 1]}…" if kind == "thing" else line[:longest]
