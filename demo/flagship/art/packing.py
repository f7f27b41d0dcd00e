"""Things that keep a case in order, and things that go over or round it."""

from __future__ import annotations

from demo.flagship.art.sacks import shopper
from demo.flagship.art.svg import PAPER, Piece, circle, dark, group, light, path, rect, stroke
from demo.flagship.art.trim import (
    box,
    floor_shadow,
    leather_tab,
    loop,
    plate,
    pull,
    seam,
    shaded,
    sheet,
    zipper,
)


def _cube(y: float, w: float, h: float, colour: str) -> str:
    """One packing cube: a zip near the top edge, a mesh window with folded cloth behind."""
    window = sheet(-w / 2 + 24, y + 38, w - 48, h - 54, 10, light(colour, 0.35))
    mesh = "".join(
        rect(-w / 2 + 24, y + 38 + i * 6, w - 48, 1, 0, "#000", opacity=0.12)
        for i in range(int((h - 54) / 6))
    )
    run = f"M{-w / 2 + 14:.0f} {y + 20:.0f}h{w - 28:.0f}"
    return sheet(-w / 2, y, w, h, 20, colour, zipper(run, 5), window, mesh) + pull(
        w / 2 - 42, y + 20
    )


def _stack(colour: str, sizes: tuple[tuple[float, float], ...]) -> Piece:
    drawn, y = "", 0.0
    for index, (w, h) in enumerate(sizes):
        y -= h
        drawn += _cube(y, w, h, light(colour, 0.1 * index))
        y += 3
    drawn += loop(f"M-30 {y:.0f}c0-24 60-24 60 0", 8)
    return Piece(floor_shadow(sizes[0][0] + 60) + drawn, sizes[0][0], -y + 20)


def cubes(w: float, h: float, colour: str) -> Piece:
    return _stack(colour, ((272, 98), (252, 92), (228, 92)))


def five_cubes(w: float, h: float, colour: str) -> Piece:
    left = _stack(colour, ((190, 92), (176, 84), (160, 78)))
    right = _stack(dark(colour, 0.18), ((132, 96), (118, 80)))
    return Piece(group(left.svg, x=-62) + group(right.svg, x=106), 330, left.height)


def wash_bag(w: float, h: float, colour: str) -> Piece:
    body = shaded(
        box(-w / 2, -h, w, h, 34),
        colour,
        zipper(f"M{-w / 2 + 20:.0f} {-h + 26:.0f}h{w - 40:.0f}", 6),
        pull(w / 2 - 62, -h + 26, 34, 10),
        rect(-w / 2, -h * 0.3, w, h, 0, "#000", opacity=0.12),
        seam(f"M{-w / 2:.0f} {-h * 0.3:.0f}h{w:.0f}"),
        leather_tab(0, -h * 0.52, 46),
    )
    return Piece(
        floor_shadow(w + 60)
        + loop(f"M{-w / 2 + 6:.0f} {-h + 30:.0f}c-46 6-46 64 0 66", 12, dark(colour, 0.4))
        + body,
        w + 40,
        h,
    )


def hanging_bag(w: float, h: float, colour: str) -> Piece:
    """A wash bag unrolled from its hook: four compartments."""
    hook = loop(f"M0 {-h + 26:.0f}V{-h:.0f}c0-26 34-26 34-4", 7, "#9aa0a5")
    part = (h - 30) / 4
    rows = "".join(
        sheet(
            -w / 2,
            -h + 26 + i * part,
            w,
            part + 2,
            14,
            light(colour, 0.05 * i),
            zipper(f"M{-w / 2 + 16:.0f} {-h + 42 + i * part:.0f}h{w - 32:.0f}"),
            rect(
                -w / 2 + 22,
                -h + 56 + i * part,
                w - 44,
                part - 38,
                8,
                "#fff",
                opacity=0.3 if i % 2 else 0.12,
            ),
        )
        + pull(w / 2 - 40, -h + 42 + i * part)
        for i in range(4)
    )
    return Piece(
        floor_shadow(w + 40, 8) + hook + rows + plate(0, -h + 26 + part * 0.68, 40), w, h + 24
    )


def shoe_bags(w: float, h: float, colour: str) -> Piece:
    """Two sacks of different height, cord drawn."""
    tall, low = shopper(w * 0.72, h, colour), shopper(w * 0.66, h * 0.8, light(colour, 0.3))
    return Piece(group(tall.svg, x=-w * 0.22) + group(low.svg, x=w * 0.28, y=8), w * 1.05, h + 8)


def cable_case(w: float, h: float, colour: str) -> Piece:
    """Open like a book: elastic loops with cables and a plug on the left, mesh on the right."""
    cable = stroke(
        f"M{-w * 0.4:.0f} {-h * 0.8:.0f}c70-6 80 40 20 46s-40 40 40 36", PAPER, 7
    ) + rect(-w * 0.18, -h * 0.44, 26, 14, 4, "#9aa0a5")
    loops = "".join(
        rect(-w * 0.42 + i * 44, -h * 0.3, 30, h * 0.2, 4, dark(colour, 0.5))
        + rect(-w * 0.42 + 5 + i * 44, -h * 0.42, 20, h * 0.3, 5, shade)
        for i, shade in enumerate((PAPER, "#b9bcc0", "#c98f6b"))
    )
    mesh = "".join(
        rect(w * 0.06, -h * 0.86 + i * 8, w * 0.38, 1.4, 0, "#000", opacity=0.16)
        for i in range(int(h * 0.72 / 8))
    )
    left = shaded(box(-w / 2, -h, w / 2, h, 22), light(colour, 0.18), cable, loops)
    right = shaded(
        box(0, -h, w / 2, h, 22),
        colour,
        sheet(w * 0.06, -h * 0.86, w * 0.38, h * 0.72, 10, light(colour, 0.3)),
        mesh,
        plate(w * 0.25, -h * 0.2, 36),
    )
    return Piece(
        floor_shadow(w + 40)
        + left
        + right
        + zipper(box(-w / 2 + 5, -h + 5, w - 10, h - 10, 18), 4),
        w,
        h,
    )


def pouch(w: float, h: float, colour: str) -> Piece:
    """A soft make-up bag, wider at the foot."""
    body = f"M{-w * 0.4:.0f} {-h:.0f}H{w * 0.4:.0f}Q{w * 0.46:.0f} {-h:.0f} {w * 0.48:.0f} {-h * 0.8:.0f}L{w / 2:.0f} -26Q{w / 2:.0f} 0 {w * 0.42:.0f} 0H{-w * 0.42:.0f}Q{-w / 2:.0f} 0 {-w / 2:.0f} -26L{-w * 0.48:.0f} {-h * 0.8:.0f}Q{-w * 0.46:.0f} {-h:.0f} {-w * 0.4:.0f} {-h:.0f}z"
    quilt = "".join(
        stroke(
            f"M{x:.0f} {-h:.0f}l{h:.0f} {h:.0f}M{x:.0f} {-h:.0f}l{-h:.0f} {h:.0f}",
            "#000",
            1.6,
            0.14,
        )
        + stroke(f"M{x + 2:.0f} {-h:.0f}l{h:.0f} {h:.0f}", "#fff", 1.2, 0.24)
        for x in range(int(-w), int(w), 44)
    )
    tassel = stroke(f"M{w * 0.36:.0f} {-h + 14:.0f}q26 20 20 58", "#c9a15a", 5) + rect(
        w * 0.36 + 12, -h + 66, 16, 34, 3, "#8a5a37"
    )
    return Piece(
        floor_shadow(w + 50)
        + shaded(
            body,
            colour,
            quilt,
            rect(-w / 2, -h, w, 24, 0, dark(colour, 0.2)),
            zipper(f"M{-w * 0.42:.0f} {-h + 13:.0f}h{w * 0.84:.0f}", 6),
            plate(0, -h * 0.42, 44),
        )
        + tassel,
        w,
        h,
    )


def laundry(w: float, h: float, colour: str) -> Piece:
    return shopper(w, h, colour)


def vacuum(w: float, h: float, colour: str) -> Piece:
    """A clear bag with jumpers pressed flat in it, a double zip and a valve."""
    knit = "".join(
        sheet(-w / 2 + 26, -h * 0.76 + i * h * 0.165, w - 52, h * 0.155, 20, shade)
        for i, shade in enumerate(("#8199af", "#e9dcc3", "#34574d", "#cf8f78"))
    )
    film = box(-w / 2, -h, w, h, 16)
    glare = path(f"M{-w * 0.4:.0f} {-h:.0f}h60l{-w * 0.1:.0f} {h:.0f}h-60z", "#fff", opacity=0.2)
    valve = (
        circle(w * 0.28, -h * 0.2, 26, "#fff", opacity=0.9)
        + circle(w * 0.28, -h * 0.2, 26, stroke=colour, stroke_width=6)
        + circle(w * 0.28, -h * 0.2, 9, colour)
    )
    return Piece(
        floor_shadow(w + 40)
        + path(film, "#fff", opacity=0.45)
        + knit
        + glare
        + rect(-w / 2, -h + 20, w, 9, 0, colour)
        + rect(-w / 2, -h + 34, w, 5, 0, colour, opacity=0.6)
        + valve
        + stroke(film, "#fff", 4, 0.8)
        + stroke(film, "#000", 1, 0.2),
        w,
        h,
    )
