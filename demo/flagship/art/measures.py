"""The dimension drawing: a piece on squared paper, size lines, figures drawn as strokes (no font)."""

from __future__ import annotations

from demo.flagship.art.stage import stood
from demo.flagship.art.svg import Piece, group, rect, stroke

LINE = "#1f3d36"
GLYPHS = {
    "0": "M10 0C2 0 0 8 0 18S2 36 10 36S20 28 20 18S18 0 10 0z",
    "1": "M4 7L12 0V36",
    "2": "M1 9C1 3 5 0 10 0C16 0 19 4 19 9C19 18 5 24 1 36H20",
    "3": "M2 3C8-2 19-1 18 9C17 16 10 17 8 17C13 17 19 19 19 27C19 38 5 38 1 31",
    "4": "M15 36V0L0 25H20",
    "5": "M17 0H4L2 16C8 12 19 13 19 25C19 38 4 38 1 31",
    "6": "M16 1C4 6 0 16 0 25C0 39 20 39 20 25C20 12 3 12 0 24",
    "7": "M0 0H19L7 36",
    "8": "M10 17C-1 14 0 0 10 0S21 14 10 17C-4 20-3 36 10 36S24 20 10 17z",
    "9": "M4 35C16 30 20 20 20 11C20-3 0-3 0 11C0 24 17 24 20 12",
    ".": "M9 34h2v2h-2z",
    "c": "M16 17C9 9 0 14 0 25S9 40 16 32",
    "m": "M0 36V13M0 20C4 11 11 12 11 20V36M11 20C15 11 22 12 22 20V36",
    " ": "",
}


def figures(text: str, x: float, y: float, high: float) -> str:
    """The text centred on (x, y)."""
    step, scale = 30.0, high / 36
    drawn = "".join(
        group(stroke(GLYPHS[sign], LINE, 4), x=index * step - len(text) * step / 2 + 4)
        for index, sign in enumerate(text)
        if sign != " "
    )
    return group(drawn, x=x, y=y - high / 2, scale=scale)


def _paper() -> str:
    grid = "".join(rect(x, 0, 1.5, 1250, 0, "#e6e1d5") for x in range(0, 1000, 50))
    return (
        rect(0, 0, 1000, 1250, 0, "#f8f6f1")
        + grid
        + "".join(rect(0, y, 1000, 1.5, 0, "#e6e1d5") for y in range(0, 1250, 50))
    )


def _level(left: float, right: float, y: float, cm: float) -> str:
    ends = stroke(f"M{left:.0f} {y - 16:.0f}v32M{right:.0f} {y - 16:.0f}v32", LINE, 4)
    return (
        ends
        + stroke(f"M{left:.0f} {y:.0f}H{right:.0f}", LINE, 3)
        + figures(_written(cm), (left + right) / 2, y + 46, 34)
    )


def _upright(x: float, top: float, bottom: float, cm: float) -> str:
    ends = stroke(f"M{x - 16:.0f} {top:.0f}h32M{x - 16:.0f} {bottom:.0f}h32", LINE, 4)
    return (
        ends
        + stroke(f"M{x:.0f} {top:.0f}V{bottom:.0f}", LINE, 3)
        + figures(_written(cm), x - 68, (top + bottom) / 2, 34)
    )


def _written(cm: float) -> str:
    return f"{cm:.1f}".removesuffix(".0")


def measured(
    piece: Piece, size: tuple[float, float, float], body: tuple[float, float], case: bool
) -> str:
    """`body` is the front's width and height in the piece's units; a case shows its depth as well."""
    scale = min(620 / piece.width, 880 / piece.height)
    x, floor = 560.0, 1085.0
    left = x - piece.width * scale / 2 if case else x - body[0] * scale / 2
    front = left + body[0] * scale
    lines = _level(left, front, floor + 52, size[0]) + _upright(
        left - 54, floor - body[1] * scale, floor, size[1]
    )
    if case:
        lines += _level(front + 12, x + piece.width * scale / 2, floor + 52, size[2])
    return _paper() + stood(piece, scale, x, floor) + lines
