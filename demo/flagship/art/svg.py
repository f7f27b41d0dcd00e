"""The few SVG words the drawings are written in."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

INK = "#26282c"
STEEL = "#3d4046"
PAPER = "#f3f1ec"


@dataclass(frozen=True)
class Piece:
    """A drawing and its extent: x from -width/2 to width/2, y from -height to 0 (the floor)."""

    svg: str
    width: float
    height: float


def number(value: float | str) -> str:
    """At most two decimals: short, and the same on every machine."""
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def element(tag: str, *children: str, **attributes: float | str) -> str:
    """`stroke_width=2` becomes `stroke-width="2"`.

    The opacity of a single shape is written as that of its fill, which needs no layer of its own.
    """
    if tag != "g" and "opacity" in attributes:
        attributes["fill_opacity"] = attributes.pop("opacity")
    written = "".join(
        f' {key.replace("_", "-")}="{number(value)}"' for key, value in attributes.items()
    )
    return f"<{tag}{written}>{''.join(children)}</{tag}>"


def rect(
    x: float, y: float, w: float, h: float, r: float = 0, fill: str = "none", **more: float | str
) -> str:
    return element("rect", x=x, y=y, width=w, height=h, rx=r, fill=fill, **more)


def circle(x: float, y: float, r: float, fill: str = "none", **more: float | str) -> str:
    return element("circle", cx=x, cy=y, r=r, fill=fill, **more)


def ellipse(
    x: float, y: float, rx: float, ry: float, fill: str = "none", **more: float | str
) -> str:
    return element("ellipse", cx=x, cy=y, rx=rx, ry=ry, fill=fill, **more)


def path(d: str, fill: str = "none", **more: float | str) -> str:
    return element("path", d=d, fill=fill, **more)


def stroke(
    d: str, colour: str, width: float, opacity: float = 1, cap: str = "round", **more: float | str
) -> str:
    return element(
        "path",
        d=d,
        fill="none",
        stroke=colour,
        stroke_width=width,
        stroke_opacity=opacity,
        stroke_linecap=cap,
        stroke_linejoin="round",
        **more,
    )


def group(
    *parts: str,
    x: float = 0,
    y: float = 0,
    scale: float = 1,
    turn: float = 0,
    opacity: float = 1,
) -> str:
    transform = f"translate({x:.2f} {y:.2f}) rotate({turn:.2f}) scale({scale:.4f})"
    if opacity == 1:
        return element("g", *parts, transform=transform)
    return element("g", *parts, transform=transform, opacity=opacity)


def clipped(outline: str, *parts: str) -> str:
    """The parts, cut off at the outline. Equal outlines share one name, so names never clash."""
    name = f"c{zlib.crc32(outline.encode()):08x}"
    cut = element("clipPath", outline, id=name)
    return cut + element("g", *parts, clip_path=f"url(#{name})")


def mix(colour: str, other: str, part: float) -> str:
    """`part` 0 gives the colour, 1 the other."""
    pairs = [(int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def dark(colour: str, part: float = 0.3) -> str:
    return mix(colour, "#15181a", part)


def light(colour: str, part: float = 0.3) -> str:
    return mix(colour, "#ffffff", part)


def _stop(offset: float, colour: str, opacity: float = 1) -> str:
    return element("stop", offset=offset, stop_color=colour, stop_opacity=opacity)


def across(name: str, *stops: str) -> str:
    return element("linearGradient", *stops, id=name, x1=0, x2=1, y1=0, y2=0)


def down(name: str, *stops: str) -> str:
    return element("linearGradient", *stops, id=name, x1=0, x2=0, y1=0, y2=1)


def fade(name: str, top: str, bottom: str, *middle: tuple[float, str]) -> str:
    """A gradient from top to bottom through named colours."""
    between = [_stop(at, colour) for at, colour in middle]
    return down(name, _stop(0, top), *between, _stop(1, bottom))


SHADES = "".join(
    (
        across("gH", _stop(0, "#fff", 0.3), _stop(0.35, "#fff", 0.06), _stop(1, "#000", 0.22)),
        down("gV", _stop(0, "#fff", 0.22), _stop(0.25, "#fff", 0), _stop(1, "#000", 0.22)),
        element(
            "linearGradient",
            _stop(0, "#fff", 0.42),
            _stop(0.38, "#fff", 0.06),
            _stop(0.6, "#000", 0.05),
            _stop(1, "#000", 0.36),
            id="gD",
            x1=0,
            y1=0,
            x2=0.8,
            y2=1,
        ),
        across(
            "gR",
            _stop(0, "#000", 0.2),
            _stop(0.18, "#fff", 0.3),
            _stop(0.55, "#fff", 0.05),
            _stop(1, "#000", 0.22),
        ),
        across("gM", _stop(0, "#8d9196"), _stop(0.35, "#eef0f1"), _stop(1, "#777b81")),
        across("gS", _stop(0, "#000", 0.4), _stop(0.5, "#000", 0.2), _stop(1, "#000", 0.42)),
        across(
            "gC",
            _stop(0, "#000", 0.28),
            _stop(0.22, "#fff", 0.28),
            _stop(0.5, "#fff", 0.04),
            _stop(1, "#000", 0.34),
        ),
        down("gB", _stop(0, "#fff", 0.26), _stop(0.5, "#fff", 0), _stop(1, "#000", 0.34)),
        element(
            "radialGradient",
            _stop(0, "#10140f", 0.46),
            _stop(0.55, "#10140f", 0.18),
            _stop(1, "#10140f", 0),
            id="gG",
        ),
    )
)


def document(*parts: str, width: int = 1000, height: int = 1250) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><defs>{SHADES}</defs>{"".join(parts)}</svg>'
    )
