"""The whole range, and what each picture name stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from demo.flagship.lines import Line, Size, media_name, sku_code
from demo.flagship.range_bags import BAGS
from demo.flagship.range_cabin import CABIN_CASES
from demo.flagship.range_gear import GEAR_AND_PAPERS
from demo.flagship.range_hold import HOLD_CASES
from demo.flagship.range_packing import PACKING
from demo.flagship.range_rest import REST_AND_COVERS

LINES: tuple[Line, ...] = (
    CABIN_CASES + HOLD_CASES + BAGS + PACKING + REST_AND_COVERS + GEAR_AND_PAPERS
)


@dataclass(frozen=True)
class Shot:
    """One picture to draw: a line seen in a view, in a size and a colour."""

    line: Line
    view: str
    size: Size
    colour: str


def variants() -> Iterator[tuple[Line, Size, str, str]]:
    """Line, size, colour code and SKU code of everything on sale, in the order of the tables."""
    for line in LINES:
        for size in line.sizes:
            for colour in line.colour_codes:
                yield line, size, colour, sku_code(line, size, colour)


def shots_of(line: Line, size: Size, colour: str) -> list[str]:
    """A variant's picture names; the first is its main picture."""
    return [media_name(line, view, size, colour) for view in ("hero", *line.view_names)]


def shots() -> dict[str, Shot]:
    """Every picture of the shop by name. A shared picture shows the first size and colour."""
    found: dict[str, Shot] = {}
    for line, size, colour, _ in variants():
        for view in ("hero", *line.view_names):
            found.setdefault(media_name(line, view, size, colour), Shot(line, view, size, colour))
    return found
