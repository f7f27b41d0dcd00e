"""Soft sacks: one that folds away, one that is drawn shut."""

from __future__ import annotations

from demo.flagship.art.svg import Piece, dark, light, stroke
from demo.flagship.art.trim import (
    floor_shadow,
    loop,
    plate,
    shaded,
    sheet,
    zipper,
)


def folded_bag(w: float, h: float, colour: str) -> Piece:
    """A packable bag, open, with its own pouch lying in front of it."""
    body = f"M{-w / 2:.0f} {-h + 14:.0f}Q0 {-h - 12:.0f} {w / 2:.0f} {-h + 14:.0f}L{w / 2 - 6:.0f} -20q-2 20-22 20H{-w / 2 + 28:.0f}q-20 0-22-20z"
    creases = "".join(
        stroke(f"M{x * w:.0f} {-h:.0f}V0", "#fff", 2, 0.22)
        + stroke(f"M{x * w + 3:.0f} {-h:.0f}V0", "#000", 3, 0.08)
        for x in (-0.25, 0, 0.25)
    )
    straps = "".join(
        loop(
            f"M{-w * 0.18:.0f} {-h + 6 + d:.0f}C{-w * 0.16:.0f} {-h - 86 + d:.0f} {w * 0.16:.0f} {-h - 86 + d:.0f} {w * 0.18:.0f} {-h + 6 + d:.0f}",
            10,
            dark(colour, 0.4),
        )
        for d in (-8, 8)
    )
    pouch = sheet(
        w * 0.14, -72, 104, 76, 14, dark(colour, 0.22), zipper(f"M{w * 0.14 + 12:.0f} -56h80", 4)
    ) + plate(w * 0.14 + 52, -26, 30)
    return Piece(
        floor_shadow(w + 70)
        + straps
        + shaded(
            body,
            colour,
            creases,
            zipper(f"M{-w * 0.42:.0f} {-h + 24:.0f}Q0 {-h:.0f} {w * 0.42:.0f} {-h + 24:.0f}"),
        )
        + pouch,
        w,
        h + 70,
    )


def shopper(w: float, h: float, colour: str) -> Piece:
    """A laundry or shoe sack with a drawn cord."""
    body = f"M{-w * 0.2:.0f} {-h + 40:.0f}C{-w * 0.62:.0f} {-h * 0.72:.0f} {-w * 0.54:.0f} 0 {-w * 0.34:.0f} 0H{w * 0.34:.0f}C{w * 0.54:.0f} 0 {w * 0.62:.0f} {-h * 0.72:.0f} {w * 0.2:.0f} {-h + 40:.0f}z"
    frill = f"M{-w * 0.2:.0f} {-h + 42:.0f}L{-w * 0.32:.0f} {-h + 4:.0f}Q0 {-h - 16:.0f} {w * 0.32:.0f} {-h + 4:.0f}L{w * 0.2:.0f} {-h + 42:.0f}z"
    pleats = "".join(
        stroke(
            f"M{x * w * 0.4:.0f} {-h + 44:.0f}Q{x * w:.0f} {-h * 0.76:.0f} {x * w * 0.9:.0f} {-h * 0.5:.0f}",
            "#000",
            4,
            0.1,
        )
        for x in (-0.4, -0.2, 0, 0.2, 0.4)
    )
    cord = loop(f"M{-w * 0.22:.0f} {-h + 42:.0f}H{w * 0.22:.0f}", 9, PLAIT) + loop(
        f"M{w * 0.2:.0f} {-h + 42:.0f}q40 40 14 96m-14-96q64 30 44 84", 5, PLAIT
    )
    return Piece(
        floor_shadow(w + 40)
        + shaded(frill, light(colour, 0.06))
        + shaded(body, colour, pleats, plate(0, -h * 0.34, 46))
        + cord,
        w,
        h + 8,
    )


PLAIT = "#e9dcc3"
