"""Covers and belts on a case; tags and holders for papers."""

from __future__ import annotations

from demo.flagship.art.suitcase import UNIT, WHEELS, suitcase
from demo.flagship.art.svg import INK, PAPER, Piece, circle, dark, group, light, path, rect, stroke
from demo.flagship.art.trim import (
    box,
    buckle,
    floor_shadow,
    loop,
    mark,
    plate,
    seam,
    shaded,
    sheet,
)


def cover(w: float, h: float, colour: str) -> Piece:
    """A stretch cover on a case: piped edges, a zip down the middle, a handle hole."""
    case = suitcase("smooth", w / UNIT, h / UNIT, 23, "#63686e")
    side = 20 + 23 * 1.15
    high = h - WHEELS
    body = shaded(
        box(-w / 2 - 5, -high - WHEELS - 5, w + 10, high - 4, 34),
        colour,
        seam(f"M0 {-h:.0f}V-20"),
        stroke(box(-w / 2 + 8, -h + 8, w - 16, high - 30, 24), "#000", 3, 0.22),
        path(
            f"M{-w / 2:.0f} {-h * 0.36:.0f}Q0 {-h * 0.5:.0f} {w / 2:.0f} {-h * 0.36:.0f}V0H{-w / 2:.0f}z",
            "#000",
            opacity=0.12,
        ),
        plate(0, -h * 0.62, 48),
    )
    flank = shaded(box(w / 2 - 20, -h - 3, side + 24, high - 6, 34), dark(colour, 0.34))
    return Piece(case.svg + group(flank, body, x=-side / 2), case.width, case.height)


def clear_cover(w: float, h: float, colour: str) -> Piece:
    """A see-through cover on a coloured case: shine, piping, a press-stud line."""
    case = suitcase("rib", w / UNIT, h / UNIT, 23, "#cf6f4e")
    side, high = 20 + 23 * 1.15, h - WHEELS
    film = box(-w / 2 - 6, -h - 5, w + side + 12, high - 2, 34)
    shine = path(
        f"M{-w * 0.36:.0f} {-h:.0f}h46l-40 {high:.0f}h-46zM{w * 0.1:.0f} {-h:.0f}h16l-40 {high:.0f}h-16z",
        "#fff",
        opacity=0.3,
    )
    studs = "".join(circle(-w / 2 + 24 + i * (w - 48) / 4, -50, 4.5, "#e7e9ea") for i in range(5))
    return Piece(
        case.svg
        + group(
            path(film, "#fff", opacity=0.17),
            shine,
            stroke(film, "#f4f6f7", 6, 0.9),
            stroke(film, "#5b6166", 1.2, 0.5),
            studs,
            x=-side / 2,
        ),
        case.width,
        case.height,
    )


def belt(w: float, h: float, colour: str) -> Piece:
    """A luggage belt round a case, its buckle in front."""
    case = suitcase("band", 38, 54, 23, "#d9d4c9")
    side = 20 + 23 * 1.15
    y = -54 * UNIT * 0.52
    strap = rect(-38 * UNIT / 2 - side / 2 - 3, y, 38 * UNIT + side + 6, 30, 3, colour) + rect(
        -38 * UNIT / 2 - side / 2 - 3, y + 12, 38 * UNIT + side + 6, 5, 0, "#fff", opacity=0.4
    )
    lock = (
        rect(-54, y - 8, 84, 46, 9, INK)
        + "".join(rect(-44 + i * 16, y + 6, 11, 18, 2, PAPER) for i in range(3))
        + rect(12, y + 2, 12, 26, 3, "#b23b3b")
    )
    return Piece(case.svg + strap + lock, case.width, case.height)


def tag(w: float, h: float, colour: str) -> Piece:
    """Two leather tags, one turned to show its name card."""

    def one(shade: str, inside: str) -> str:
        body = "M-46 0q-14 0-14-14V-150L-26 -196H26L60 -150V-14Q60 0 46 0z"
        strap = loop("M0-176C-40-250 50-300 44-236S16-190 0-176", 9, dark(shade, 0.35))
        return (
            strap
            + shaded(body, shade, seam("M-46-12h92V-146L22-184H-22L-46-146z"))
            + circle(0, -172, 9, "#d8d2c4")
            + circle(0, -172, 5, dark(shade, 0.7))
            + inside
        )

    card = rect(-36, -128, 72, 84, 6, PAPER) + "".join(
        rect(-26, -114 + i * 20, (52, 40, 48)[i], 5, 2.5, "#a9a69d") for i in range(3)
    )
    face = mark(0, -80, 62, light(colour, 0.75), 1.6)
    return Piece(
        floor_shadow(280, 12)
        + group(one(dark(colour, 0.2), card), x=64, turn=9)
        + group(one(colour, face), x=-60, turn=-7),
        270,
        285,
    )


def passport(w: float, h: float, colour: str) -> Piece:
    """A holder with a passport and a boarding pass looking out."""
    ticket = group(
        rect(-70, -h - 46, 130, h, 6, PAPER),
        rect(-58, -h - 30, 70, 8, 2, colour),
        rect(-58, -h - 14, 40, 5, 2, "#a9a69d"),
        *(rect(20 + i * 6, -h - 32, 3 if i % 2 else 2, 28, 0, "#3d4046") for i in range(6)),
        turn=5,
        x=24,
    )
    book = rect(-w / 2 + 12, -h - 18, w - 34, h, 8, "#7d2a33")
    front = shaded(
        box(-w / 2, -h, w, h, 16),
        colour,
        rect(-w / 2, -h, 18, h, 0, "#000", opacity=0.16),
        seam(box(-w / 2 + 8, -h + 8, w - 16, h - 16, 11)),
        mark(6, -h * 0.56, w * 0.34, "#e9d9b8", 1.5),
    )
    return Piece(
        floor_shadow(w + 60, 12) + ticket + book + front + buckle(w / 2 - 4, -h * 0.5, 22, 40),
        w + 20,
        h + 56,
    )


def card_case(w: float, h: float, colour: str) -> Piece:
    cards = "".join(
        sheet(-w / 2 + 18, -h - 40 + i * 20, w - 36, 90, 10, shade)
        for i, shade in enumerate(("#cfd6d4", "#c98f6b", "#8199af"))
    )
    slots = "".join(
        path(f"M{-w / 2:.0f} {-h + 34 + i * 34:.0f}h{w:.0f}v3h{-w:.0f}z", "#000", opacity=0.25)
        + seam(f"M{-w / 2 + 8:.0f} {-h + 41 + i * 34:.0f}h{w - 16:.0f}")
        for i in range(2)
    )
    return Piece(
        floor_shadow(w + 50, 12)
        + cards
        + shaded(
            box(-w / 2, -h, w, h, 16),
            colour,
            slots,
            mark(0, -h * 0.26, 54, light(colour, 0.7), 1.6),
        ),
        w,
        h + 42,
    )
