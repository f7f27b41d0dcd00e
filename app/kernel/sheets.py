"""A table with a header that people filled in: where the header is, which column is which, and what is wrong in a line."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .texts import clean

Row = tuple[int, Sequence[str]]
"""(line number as the spreadsheet shows it, cells)."""
HEADER_WITHIN = 10
"""Title lines above the header are passed over."""


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one line; `message` is a msgid filled from `data`."""

    line: int
    field: str
    code: str
    message: str
    data: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines below the header and the place of each known column; `missing` names the needed ones that no line has."""

    lines: Sequence[Row]
    places: Mapping[str, int]
    missing: Sequence[str]

    def told(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each line by column; '' for a cell that is not there."""
        for line, cells in self.lines:
            yield line, {name: cells[at] if at < len(cells) else "" for name, at in self.places.items()}


def sheet(rows: Iterable[Row], *, columns: Mapping[str, Sequence[str]], needed: Mapping[str, str]) -> Sheet:
    """`columns` are the names each may have, in lower case; `needed` those without which nothing can be read, by the title people know."""
    lines = [(line, cells) for line, cells in ((line, [clean(cell) for cell in cells]) for line, cells in rows) if any(cells)]
    best: dict[str, int] = {}
    for index, (_, cells) in enumerate(lines[:HEADER_WITHIN]):
        names = [cell.strip("*：: ").lower().replace("_", " ") for cell in cells]
        found = {column: names.index(alias) for column, aliases in columns.items() if (alias := next((one for one in aliases if one in names), ""))}
        if needed.keys() <= found.keys():
            return Sheet(lines[index + 1:], found, ())
        best = max(best, found, key=len)
    return Sheet((), best, [title for column, title in needed.items() if column not in best])
