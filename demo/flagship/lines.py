"""What a product line is: one row of the range, from which listings, codes and pictures follow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """One size: outer centimetres (wheels included), weight in grams, price in yuan."""

    code: str
    label: str
    wide: float
    high: float
    deep: float
    grams: int
    price: int
    litres: float | None = None
    sale: int | None = None


@dataclass(frozen=True)
class Line:
    """A product: `number` and `code` never change, they are in every id, barcode and SKU."""

    number: int
    code: str
    name: str
    english: str
    kind: str
    shape: str
    material: str
    colours: str
    sizes: tuple[Size, ...]
    text: str
    warranty_years: int
    place: str
    views: str = "group size scene"
    sold_out: str = ""

    @property
    def colour_codes(self) -> tuple[str, ...]:
        return tuple(self.colours.split())

    @property
    def view_names(self) -> tuple[str, ...]:
        return tuple(self.views.split())


def sku_code(line: Line, size: Size, colour: str) -> str:
    """FW-A20-FOG; a line of one size has no size in its code: FW-TAG-FOG."""
    return f"FW-{line.code}{size.code}-{colour}"


def media_name(line: Line, view: str, size: Size, colour: str) -> str:
    """The picture of this view: shared by every variant that looks the same in it."""
    own = {"hero": (size.code, colour), "close": (colour,), "size": (size.code,)}.get(view, ())
    return "-".join(part.lower() for part in ("fw", line.code, view, *own) if part)
