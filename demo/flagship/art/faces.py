"""Portraits, flat and friendly, and the brand's mark. Drawn on 64 units."""

from __future__ import annotations

import zlib

from demo.flagship.art.svg import circle, dark, element, ellipse, group, path, rect, stroke
from demo.flagship.palette import BRAND_COLOUR

SKINS = ("#f1cdb3", "#f5d7c0", "#e6b995", "#d9a57f", "#edc4a6")
HAIRS = ("#2b2320", "#3a2c26", "#1f1d20", "#5a3f2e", "#4a4a4c")
COATS = (BRAND_COLOUR, "#2a4f9e", "#8f3339", "#63686e", "#8199af", "#b08a5e", "#34574d")
GROUNDS = ("#e4ebe6", "#efe6d6", "#e6eaf1", "#f1e4df", "#e9ecdf")

CAP = "M21 31c-2-14 3-19.500 11-19.500s13 5.500 11 19.500z"
BEHIND = {
    "bob": "M16 43c-3-22 3-32 16-32s19 10 16 32c-2 3-5 4-8 4H24c-3 0-6-1-8-4z",
    "long": "M15 58c-3-32 1-48 17-48s20 16 17 48c-4 3-10 3-14 0H29c-4 3-10 3-14 0z",
    "bun": "M25 12a7 7 0 1 1 14 0a7 7 0 1 1-14 0z",
    "tail": "M42 16c12 2 14 14 10 30c-2 4-7 4-7-1c2-10 0-18-6-23z",
    "waves": "M14 46c-4-4 0-8-1-14C12 16 20 10 32 10s20 6 19 22c-1 6 3 10-1 14c-3 4-8 2-10 0H24c-2 2-7 4-10 0z",
    "short": CAP,
    "crop": CAP,
    "side": CAP,
}
FRINGE = {
    "bob": "M21 30c1-8 5-11 8-13 3 5 9 8 14 8v5c2-14-4-18-11-18s-13 5-11 18z",
    "long": "M21 32c0-9 4-13 11-15 7 2 11 6 11 15 2-14-3-21-11-21s-13 7-11 21z",
    "bun": "M21 30c0-12 4-18 11-18s11 6 11 18c-1-6-3-9-6-10-3 2-9 2-12 0-2 2-3 5-4 10z",
    "tail": "M21 31c-1-13 4-19 11-19s12 6 11 19c-1-7-4-10-8-12-5 3-11 4-14 12z",
    "waves": "M21 31c0-10 5-12 8-15 4 4 10 4 14 15 2-13-3-19-11-19s-13 6-11 19z",
    "short": "M20.500 31c-2-14 4-20 12-20s13 6 11 20c-1-5-2-8-4-10-5 1-11 0-14-2-3 3-4 7-5 12z",
    "crop": "M21 29c-1-11 4-17 11-17s12 6 11 17c-1-4-2-6-3-8-5-2-11-2-16 0-1 2-2 4-3 8z",
    "side": "M20.500 31c-3-16 5-21 13-20 8 0 11 7 10 20-1-5-2-8-4-10-6 0-12-1-15-4-1 5-3 8-4 14z",
}
WOMEN, MEN = ("bob", "long", "bun", "tail", "waves"), ("short", "crop", "side")


def _collar(kind: int, coat: str) -> str:
    if kind == 0:
        return path("M26 52l6 5 6-5 3 1.5-9 9-9-9z", "#fff", opacity=0.85)
    if kind == 1:
        return path("M25 51q7 9 14 0l2 2q-9 12-18 0z", dark(coat, 0.35))
    return path("M27 51l5 5 5-5 4 2-9 14-9-14z", "#fff", opacity=0.92) + path(
        "M30.500 57h3l2 9h-7z", dark(coat, 0.4)
    )


def _face(skin: str, glasses: bool, smile: int) -> str:
    lips = ("M28.5 36.500c2 2 5 2 7 0", "M28 36c2 3 6 3 8 0", "M29 37c2 1.400 4 1.400 6 0")[smile]
    eyes = circle(28, 30.5, 1.2, "#2a2320") + circle(36.2, 30.5, 1.2, "#2a2320")
    brows = stroke("M26 27.600q2-1 4 0M34.200 27.600q2-1 4 0", "#2a2320", 0.8, 0.7)
    specs = stroke(
        "M24.500 30.500a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0M32.700 30.500a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0M31.500 30.500h1.200",
        "#3d4046",
        0.9,
    )
    blush = ellipse(25.4, 34.6, 2, 1.3, "#e58a76", opacity=0.35) + ellipse(
        38.8, 34.6, 2, 1.3, "#e58a76", opacity=0.35
    )
    return (
        ellipse(32, 31, 10.5, 12.5, skin)
        + blush
        + eyes
        + brows
        + stroke(lips, "#a8563f", 1.5)
        + (specs if glasses else "")
    )


def portrait(seed: str, looks: tuple[str, ...] = WOMEN + MEN) -> str:
    """The same seed gives the same face, always."""
    draw = zlib.crc32(seed.encode())
    picks = [(draw >> shift) & 0xFF for shift in (0, 5, 10, 15, 20, 24)]
    look = looks[(draw // 7) % len(looks)]
    skin, hair = SKINS[picks[1] % len(SKINS)], HAIRS[picks[2] % len(HAIRS)]
    coat, back = COATS[picks[3] % len(COATS)], GROUNDS[picks[4] % len(GROUNDS)]
    neck = path("M26 40h12v10c0 4-12 4-12 0z", skin) + path(
        "M26 44c4 3 8 3 12 0v3c-4 3-8 3-12 0z", "#000", opacity=0.1
    )
    ears = circle(21.4, 32, 2.2, skin) + circle(42.6, 32, 2.2, skin)
    person = (
        path(BEHIND[look], hair)
        + path("M10 68c1-14 10-19 22-19s21 5 22 19z", coat)
        + neck
        + (ears if look in MEN or look in ("bun", "tail") else "")
        + _face(skin, picks[5] % 4 == 0, picks[0] % 3)
        + path(FRINGE[look], hair)
        + _collar(picks[0] % 3, coat)
    )
    return rect(0, 0, 64, 64, 0, back) + person


def canvas(svg: str, pixels: int) -> str:
    return element(
        "svg",
        svg,
        xmlns="http://www.w3.org/2000/svg",
        viewBox="0 0 64 64",
        width=pixels,
        height=pixels,
    )


def emblem() -> str:
    """The road that climbs, on the brand's green."""
    road = stroke("M4 17c4 0 5-9 10-9h6M9.5 17H20", "#f6f1e6", 1.7)
    return rect(0, 0, 64, 64, 0, BRAND_COLOUR) + group(road, x=8, y=8, scale=2)
