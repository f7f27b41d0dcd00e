"""What every layout of a poster is made of: boxes, lines of text, capsules. Pure; all numbers are pixels on 750 × 1334."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.domain.sharing.typography import font, text_width

WIDTH, HEIGHT = 750, 1334
INK, INK_2, INK_3, PRICE = "#16181b", "#52555a", "#686b70", "#b3361c"

LEFT, RIGHT = 72, 678
CARD_LEFT, CARD_RIGHT, CARD_BOTTOM = 32, 718, 1302


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float


LOGO = Box(56, 52, 108, 104)


@dataclass(frozen=True, slots=True)
class TextRun:
    """One line of one style; `baseline` is where its letters stand. `color` None means the brand's."""

    text: str
    left: float
    baseline: float
    size: int
    weight: int
    color: str | None = INK
    tracking: float = 0.0
    struck: bool = False

    @property
    def width(self) -> float:
        return text_width(self.text, size=self.size, weight=self.weight, tracking=self.tracking)

    @property
    def box(self) -> Box:
        """The inked part."""
        left, top, right, bottom = font(self.size, self.weight).getbbox(self.text, anchor="ls")
        spread = self.tracking * len(self.text)
        return Box(self.left + left, self.baseline + top, self.left + right + spread, self.baseline + bottom)


@dataclass(frozen=True, slots=True)
class Pill:
    """A tinted capsule; `mark` names the sign drawn at its left end, if any."""

    box: Box
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class PosterLayout:
    """`qr` is without quiet zone: the white card around it is at least 4 modules wide on every side.

    No words of the brand stand below the row `words_end`; `mark` is where the brand's sign stands in for a missing
    picture. The picture fills everything above the card, or `frame` where there is one; then `sheet` is a second card.
    """

    words_end: float
    card: Box
    rule_y: float | None
    mark: Box
    logo: Box
    avatar: Box | None
    qr: Box
    qr_scale: int
    runs: tuple[TextRun, ...]
    pills: tuple[Pill, ...]
    frame: Box | None = None
    sheet: Box | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in a stack: `height` includes leading."""

    text: str
    size: int
    weight: int
    height: float
    color: str | None = INK


def stack(lines: list[Line], *, left: float, top: float, tracking: float = 0.0) -> tuple[TextRun, ...]:
    runs: list[TextRun] = []
    for line in lines:
        ascent, descent = font(line.size, line.weight).getmetrics()
        baseline = top + (line.height - ascent - descent) / 2 + ascent
        runs.append(TextRun(line.text, left, baseline, line.size, line.weight, line.color, tracking))
        top += line.height
    return tuple(runs)
