"""Suitcases: one body, ten fronts. Five units are one centimetre; wheels and handles stay one size."""

from __future__ import annotations

from demo.flagship.art.fronts import FRONTS
from demo.flagship.art.svg import INK, STEEL, Piece, circle, dark, group, path, rect, stroke
from demo.flagship.art.trim import (
    box,
    floor_shadow,
    loop,
    shaded,
    sheet,
)

UNIT = 5.0
WHEELS = 24.0


def wheel(x: float, r: float, y: float = 0) -> str:
    top = y - r - 15
    fork = f"M{x - r:.1f} {top:.1f}h{2 * r:.1f}v7a8 8 0 0 1-8 8h{16 - 2 * r:.1f}a8 8 0 0 1-8-8z"
    return (
        path(fork, "#2a2c30")
        + circle(x, y - r, r, "#1d1f22")
        + circle(x, y - r, r * 0.52, STEEL)
        + circle(x, y - r, r * 0.2, "#8d9196")
        + stroke(
            f"M{x - r * 0.8:.1f} {y - r * 1.25:.1f}a{r * 0.85:.1f} {r * 0.85:.1f} 0 0 1 {r * 0.75:.1f} {-r * 0.6:.1f}",
            "#fff",
            1.6,
            0.25,
        )
    )


def trolley(left: float, top: float, width: float, rise: float) -> str:
    """The telescopic handle: two tubes and a grip, above the body's top edge."""
    grip = width + 34
    return (
        rect(left, top - rise, 9, rise + 8, 0, "url(#gM)")
        + rect(left + width - 9, top - rise, 9, rise + 8, 0, "url(#gM)")
        + rect(left - 17, top - rise - 12, grip, 20, 10, INK)
        + rect(left - 11, top - rise - 9, grip - 12, 5, 2.5, "#fff", opacity=0.16)
        + rect(left + width / 2 - 13, top - rise - 5, 26, 8, 4, STEEL)
    )


def _flank(w: float, h: float, side: float, colour: str, soft: bool) -> str:
    """The side that is seen: darker, with the main zip, the lock and the side handle."""
    right, top = w / 2, -WHEELS - h
    zip_x = right + side * 0.45
    body = box(w / 2 - 60, top, side + 60, h, 32)
    lock = rect(zip_x - 12, top + 40, 23, 34, 5, "#2b2d31") + circle(
        zip_x - 0.5, top + 51, 4, "#b9bcc0"
    )
    return (
        path(body, dark(colour, 0.1))
        + path(body, "url(#gS)")
        + stroke(f"M{zip_x:.1f} {top + 3:.1f}v{h - 6:.1f}", "#000", 6, 0.42, cap="butt")
        + stroke(
            f"M{zip_x:.1f} {top + 8:.1f}v{h - 16:.1f}",
            "#fff",
            1.6,
            0.3,
            cap="butt",
            stroke_dasharray="2.5 2.5",
        )
        + rect(zip_x - 8, top + h * 0.42, 15, min(h * 0.24, 64), 7.5, "#222428")
        + rect(zip_x - 5, top + h * 0.42 + 6, 4, min(h * 0.24, 64) - 12, 2, "#fff", opacity=0.15)
        + ("" if soft else lock + rect(zip_x - 6, top + 60, 12, 8, 2, "#6b6f75"))
    )


def _ears(w: float, top: float, colour: str) -> str:
    return "".join(
        sheet(x - 24, top - 22, 48, 60, 24, colour) + circle(x, top + 4, 12, "#fff", opacity=0.3)
        for x in (-w / 2 + 36, w / 2 - 34)
    )


def suitcase(style: str, wide: float, high: float, deep: float, colour: str) -> Piece:
    """A case of these outer centimetres, wheels included, with its handle pulled half out."""
    w, h = wide * UNIT, high * UNIT - WHEELS
    side = 20 + deep * 1.15
    top, rise = -WHEELS - h, 34 + high * 0.75
    span = min(w * 0.44, 92)
    back = wheel(-w / 2 + 68, 9, -6) + wheel(w / 2 + side - 24, 10, -5)
    shell = box(
        -w / 2, top, w, h, 44 if style == "kid" else 22 if style in ("frame", "soft") else 30
    )
    face = group(FRONTS[style](w, h, colour), y=-WHEELS)
    parts = (
        floor_shadow(w + side + 90),
        trolley(-span / 2 + 12, top, span, rise),
        back,
        _flank(w, h, side, colour, style == "soft"),
        _ears(w, top, colour) if style == "kid" else "",
        loop(f"M{-span / 2 - 4:.0f} {top + 2:.0f}c0-12 7-15 16-15h{span - 24:.0f}c9 0 16 3 16 15"),
        shaded(shell, colour, face),
        wheel(-w / 2 + 30, 13, 4),
        wheel(w / 2 - 28, 13, 4),
    )
    return Piece(group(*parts, x=-side / 2), w + side, h + WHEELS + rise + 12)
