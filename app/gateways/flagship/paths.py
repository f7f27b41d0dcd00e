"""Where a value stands in a shop's answer: `variants[].price.amount`; `[]` goes through a list, `=text` is the text itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .wire import text_of

PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\[\])?(\.[A-Za-z_][A-Za-z0-9_-]*(\[\])?)*")
MAX_PATH, MAX_DEPTH = 200, 12


@dataclass(frozen=True, slots=True)
class Path:
    """`steps` are names, each with whether a list stands there; `literal` is what is said instead of looked up."""

    steps: tuple[tuple[str, bool], ...] = ()
    literal: str | None = None

    @classmethod
    def parse(cls, text: object) -> Path:
        """Raises ValueError."""
        if not isinstance(text, str) or len(text) > MAX_PATH:
            raise ValueError("path")
        if text.startswith("="):
            return cls(literal=text[1:])
        if not PATH.fullmatch(text) or text.count(".") >= MAX_DEPTH:
            raise ValueError("path")
        return cls(tuple((step.removesuffix("[]"), step.endswith("[]")) for step in text.split(".")))

    def values(self, source: object) -> Iterator[object]:
        """What stands there; nothing where the answer is of another shape."""
        if self.literal is not None:
            yield self.literal
        else:
            yield from _follow(source, self.steps)


@dataclass(frozen=True, slots=True)
class Paths:
    """Several places for one thing: the first that says something counts."""

    paths: tuple[Path, ...] = ()

    @classmethod
    def parse(cls, given: object) -> Paths:
        """A path or a list of them. Raises ValueError."""
        return cls(tuple(Path.parse(text) for text in (given if isinstance(given, list) else [given])))

    def all(self, source: object) -> list[object]:
        return [value for path in self.paths for value in path.values(source) if value is not None]

    def first(self, source: object) -> object:
        return next((value for value in self.all(source) if value != ""), None)

    def text(self, source: object) -> str:
        return next((text for value in self.all(source) if (text := text_of(value))), "")

    def texts(self, source: object) -> list[str]:
        return [text for value in self.all(source) if (text := text_of(value))]


def _follow(source: object, steps: Sequence[tuple[str, bool]]) -> Iterator[object]:
    if not steps:
        yield source
        return
    name, through = steps[0]
    value = source.get(name) if isinstance(source, dict) else None
    if not through:
        yield from _follow(value, steps[1:])
    elif isinstance(value, list):
        for one in value:
            yield from _follow(one, steps[1:])
