"""Where a piece stands: the sand stage with its arch, and the plain grounds of the other views."""

from __future__ import annotations

from demo.flagship.art.svg import (
    Piece,
    circle,
    element,
    ellipse,
    fade,
    group,
    light,
    mix,
    path,
    rect,
)

FLOOR = 1090.0
SAND = ("#f6f1e6", "#e9e2d3", "#d9d0bd")


def ground(top: str, bottom: str, *middle: tuple[float, str], name: str = "ground") -> str:
    return element("defs", fade(name, top, bottom, *middle)) + rect(
        0, 0, 1000, 1250, fill=f"url(#{name})"
    )


def _tinted(colour: str, part: float) -> tuple[str, str, str]:
    top, middle, bottom = (mix(sand, colour, part) for sand in SAND)
    return top, middle, bottom


def stage(colour: str) -> str:
    """Sand, a breath of the piece's colour in it, an arch of light and a floor."""
    top, middle, bottom = _tinted(light(colour, 0.2), 0.1)
    arch = "M150 1250V505a350 350 0 0 1 700 0V1250z"
    return (
        ground(top, bottom, (0.55, middle))
        + element("defs", fade("arch", light(top, 0.72), middle, (0.35, light(top, 0.5))))
        + path(arch, "url(#arch)")
        + element("defs", fade("floor", middle, mix(bottom, "#8d7f63", 0.18)))
        + rect(0, FLOOR - 70, 1000, 1250 - FLOOR + 70, fill="url(#floor)", opacity=0.85)
        + rect(0, FLOOR - 70, 1000, 2, fill="#fff", opacity=0.3)
    )


def disc(colour: str) -> str:
    """A sun behind the piece and a low round plinth: the stage of small things."""
    top, middle, bottom = _tinted(light(colour, 0.25), 0.16)
    return (
        ground(top, bottom, (0.55, middle))
        + circle(500, 560, 380, light(top, 0.6))
        + rect(0, FLOOR - 40, 1000, 1250 - FLOOR + 40, fill=mix(bottom, "#8d7f63", 0.1))
        + path("M110 1090v52a390 62 0 0 0 780 0v-52z", mix(bottom, "#6d6250", 0.22))
        + ellipse(500, 1090, 390, 62, light(middle, 0.5))
        + ellipse(500, 1090, 390, 62, stroke="#fff", stroke_opacity=0.6, stroke_width=2)
    )


def wall(colour: str) -> str:
    """A flat coloured wall in two tones, for close views."""
    deep = mix(mix(colour, "#e9e2d3", 0.62), "#ffffff", 0.1)
    return (
        ground(light(deep, 0.35), deep)
        + circle(830, 250, 420, "#fff", opacity=0.16)
        + circle(120, 1120, 300, "#000", opacity=0.04)
    )


def stood(piece: Piece, scale: float, x: float = 500, y: float = FLOOR, turn: float = 0) -> str:
    return group(piece.svg, x=x, y=y, scale=scale, turn=turn)


def fitting(piece: Piece, wide: float, high: float) -> float:
    """The scale at which the piece fills this many pixels in one direction."""
    return min(wide / piece.width, high / piece.height)
