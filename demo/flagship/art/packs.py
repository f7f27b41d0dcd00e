"""Backpacks: width and height are in drawing units, about 300 for the longer side."""

from __future__ import annotations

from demo.flagship.art.svg import INK, Piece, dark, group, light, path, rect, stroke
from demo.flagship.art.trim import (
    box,
    buckle,
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


def _straps(w: float, h: float, colour: str) -> str:
    """Shoulder straps that show behind the body on both sides."""
    deep = dark(colour, 0.45)
    return "".join(
        loop(
            f"M{s * w * 0.3:.0f} {-h + 8:.0f}C{s * w * 0.72:.0f} {-h * 0.8:.0f} {s * w * 0.66:.0f} {-h * 0.3:.0f} {s * w * 0.45:.0f} -22",
            15,
            deep,
        )
        for s in (-1, 1)
    ) + loop(f"M-26 {-h + 6:.0f}c0-30 52-30 52 0", 10, deep)


def _arched(w: float, h: float, shoulder: float) -> str:
    """A body with a round top and a soft, slightly wider foot."""
    half = w / 2
    return (
        f"M{-half:.0f} -26V{-h + shoulder:.0f}C{-half:.0f} {-h + shoulder * 0.25:.0f} {-half * 0.62:.0f} {-h:.0f} 0 {-h:.0f}"
        f"S{half:.0f} {-h + shoulder * 0.25:.0f} {half:.0f} {-h + shoulder:.0f}V-26q0 24-26 24H{-half + 26:.0f}q-26 0-26-24z"
    )


def _pack(w: float, h: float, svg: str, colour: str) -> Piece:
    return Piece(floor_shadow(w + 110) + _straps(w, h, colour) + svg, w + 56, h + 22)


def office_pack(w: float, h: float, colour: str) -> Piece:
    """Square shoulders, a flat organiser pocket, a leather tab."""
    deep = dark(colour, 0.12)
    low = h * 0.44
    body = shaded(
        box(-w / 2, -h, w, h, 40),
        colour,
        zipper(
            f"M{-w / 2 + 12:.0f} {-h * 0.52:.0f}V{-h + 46:.0f}q0-26 26-26h{w - 76:.0f}q26 0 26 26V{-h * 0.52:.0f}",
            5,
        ),
        pull(w / 2 - 13, -h * 0.56, 8, 24),
        rect(-w / 2, -h * 0.5, w, 3, 0, "#000", opacity=0.25),
        sheet(
            -w / 2 + 14,
            -low - 12,
            w - 28,
            low,
            20,
            deep,
            zipper(f"M{-w / 2 + 26:.0f} {-low + 12:.0f}h{w - 52:.0f}", 5),
        ),
        pull(w / 2 - 46, -low + 12),
        seam(f"M{-w / 2 + 28:.0f} {-low * 0.4:.0f}h{w - 56:.0f}"),
        leather_tab(0, -h + 74, 40),
    )
    return _pack(w, h, body, colour)


def day_pack(w: float, h: float, colour: str) -> Piece:
    """A round everyday pack: curved zip, half-moon pocket."""
    pocket = group(
        shaded(
            _arched(w * 0.78, h * 0.42, 54),
            dark(colour, 0.1),
            zipper(
                f"M{-w * 0.36:.0f} {-h * 0.23:.0f}C{-w * 0.3:.0f} {-h * 0.38:.0f} {w * 0.3:.0f} {-h * 0.38:.0f} {w * 0.36:.0f} {-h * 0.23:.0f}"
            ),
        ),
        y=-16,
    )
    arc = f"M{-w / 2 + 16:.0f} {-h * 0.4:.0f}V{-h + 96:.0f}C{-w / 2 + 18:.0f} {-h + 22:.0f} {w / 2 - 18:.0f} {-h + 22:.0f} {w / 2 - 16:.0f} {-h + 96:.0f}V{-h * 0.4:.0f}"
    body = shaded(
        _arched(w, h, 120),
        colour,
        zipper(arc, 5),
        pull(w / 2 - 16, -h * 0.42, 8, 24),
        pocket,
        plate(0, -h * 0.66, 38),
    )
    return _pack(w, h, body, colour)


def roll_pack(w: float, h: float, colour: str) -> Piece:
    """A roll-top: the mouth is rolled down and buckled on a long strap."""
    body = shaded(
        box(-w / 2, -h + 40, w, h - 40, 24),
        colour,
        path(box(-w / 2, -h * 0.34, w, h, 4), "#000", opacity=0.16),
        seam(f"M{-w / 2:.0f} {-h * 0.34:.0f}h{w:.0f}"),
        zipper(f"M{-w * 0.3:.0f} {-h * 0.46:.0f}h{w * 0.6:.0f}", 5),
        pull(w * 0.24, -h * 0.46),
    )
    roll = (
        sheet(-w / 2 - 8, -h + 24, w + 16, 40, 20, dark(colour, 0.08))
        + sheet(-w / 2 - 2, -h + 4, w + 4, 34, 17, light(colour, 0.08))
        + stroke(f"M{-w / 2 + 10:.0f} {-h + 30:.0f}h{w - 20:.0f}", "#000", 2, 0.2)
    )
    strap = rect(-9, -h + 4, 18, h * 0.42, 4, "#8a5a37") + rect(
        -6, -h + 8, 3, h * 0.4, 1, "#fff", opacity=0.2
    )
    return _pack(
        w,
        h,
        body + roll + strap + buckle(0, -h * 0.6, 34, 24) + plate(-w * 0.28, -h * 0.2, 36),
        colour,
    )


def trek_pack(w: float, h: float, colour: str) -> Piece:
    """For the hills: a lid, compression straps, mesh pockets with a bottle in one."""
    mesh = "".join(
        shaded(box(s * w * 0.5 - 28, -h * 0.4, 56, h * 0.4 - 8, 14), dark(colour, 0.5))
        for s in (-1, 1)
    )
    bottle = sheet(w * 0.5 - 10, -h * 0.56, 30, 90, 8, "#c9d4d6") + rect(
        w * 0.5 - 5, -h * 0.56 - 16, 20, 18, 4, INK
    )
    belts = "".join(
        rect(-w / 2, y, w, 9, 0, dark(colour, 0.5)) + buckle(w * 0.24, y + 4)
        for y in (-h * 0.62, -h * 0.34)
    )
    body = shaded(
        box(-w / 2, -h + 26, w, h - 26, 34),
        colour,
        sheet(-w * 0.33, -h * 0.56, w * 0.66, h * 0.48, 22, light(colour, 0.12)),
        zipper(f"M{-w * 0.25:.0f} {-h * 0.5:.0f}q{w * 0.25:.0f} -18 {w * 0.5:.0f} 0"),
        belts,
        plate(0, -h * 0.2, 36),
    )
    lid = shaded(
        f"M{-w * 0.46:.0f} {-h * 0.74:.0f}C{-w * 0.5:.0f} {-h * 0.94:.0f} {-w * 0.4:.0f} {-h:.0f} 0 {-h:.0f}S{w * 0.5:.0f} {-h * 0.94:.0f} {w * 0.46:.0f} {-h * 0.74:.0f}Q0 {-h * 0.68:.0f} {-w * 0.46:.0f} {-h * 0.74:.0f}z",
        "#d07a3f",
        zipper(f"M{-w * 0.32:.0f} {-h * 0.86:.0f}q{w * 0.32:.0f} -16 {w * 0.64:.0f} 0", 4),
    )
    return _pack(w, h, bottle + mesh + body + lid, colour)


def travel_pack(w: float, h: float, colour: str) -> Piece:
    """Opens like a case; side handle, two compression straps, three ways to carry."""
    handle = loop(
        f"M{w / 2 - 4:.0f} {-h * 0.64:.0f}c30 0 30 {h * 0.22:.0f} 0 {h * 0.22:.0f}",
        11,
        dark(colour, 0.4),
    )
    strap = "".join(
        rect(-w / 2, -h * at, w, 12, 0, dark(colour, 0.42)) + buckle(w * 0.28, -h * at + 6, 30, 20)
        for at in (0.72, 0.3)
    )
    body = shaded(
        box(-w / 2, -h, w, h, 30),
        colour,
        zipper(box(-w / 2 + 13, -h + 13, w - 26, h - 26, 22), 5),
        sheet(-w * 0.34, -h * 0.62, w * 0.68, h * 0.28, 16, dark(colour, 0.1)),
        zipper(f"M{-w * 0.28:.0f} {-h * 0.57:.0f}h{w * 0.56:.0f}", 4),
        strap,
        leather_tab(0, -h * 0.87, 36),
    )
    return _pack(w, h, handle + body, colour)


def small_pack(w: float, h: float, colour: str) -> Piece:
    """A little pack with a flap and one buckle."""
    flap = f"M{-w / 2 + 4:.0f} {-h + 74:.0f}C{-w / 2:.0f} {-h + 6:.0f} {-w * 0.34:.0f} {-h:.0f} 0 {-h:.0f}S{w / 2:.0f} {-h + 6:.0f} {w / 2 - 4:.0f} {-h + 74:.0f}L{w * 0.4:.0f} {-h * 0.5:.0f}Q0 {-h * 0.38:.0f} {-w * 0.4:.0f} {-h * 0.5:.0f}z"
    body = shaded(
        _arched(w, h, 110),
        colour,
        sheet(-w * 0.34, -h * 0.32, w * 0.68, h * 0.26, 18, dark(colour, 0.1)),
    )
    cover = shaded(
        flap,
        light(colour, 0.06),
        seam(f"M{-w * 0.37:.0f} {-h * 0.53:.0f}Q0 {-h * 0.42:.0f} {w * 0.37:.0f} {-h * 0.53:.0f}"),
    )
    latch = rect(-10, -h * 0.56, 20, h * 0.26, 4, "#8a5a37") + buckle(0, -h * 0.4, 34, 24)
    return _pack(w, h, body + cover + latch + plate(0, -h * 0.76, 34), colour)


def school_pack(w: float, h: float, colour: str) -> Piece:
    """For children: two-coloured, with a star and a reflecting stripe."""
    star = "M0-34l9 20 22 3-16 15 4 22-19-11-19 11 4-22-16-15 22-3z"
    body = shaded(
        _arched(w, h, 120),
        colour,
        path(
            f"M{-w / 2:.0f} {-h * 0.5:.0f}Q0 {-h * 0.62:.0f} {w / 2:.0f} {-h * 0.5:.0f}V0H{-w / 2:.0f}z",
            "#f0dfc0",
        ),
        zipper(
            f"M{-w / 2 + 18:.0f} {-h * 0.5:.0f}V{-h + 100:.0f}C{-w / 2 + 18:.0f} {-h + 22:.0f} {w / 2 - 18:.0f} {-h + 22:.0f} {w / 2 - 18:.0f} {-h + 100:.0f}V{-h * 0.5:.0f}"
        ),
        rect(-w / 2, -46, w, 14, 0, "#dfe3e4"),
        rect(-w / 2, -41, w, 3, 0, "#fff"),
        group(path(star, "#d9a13b"), y=-h * 0.34, scale=1.1),
        plate(0, -h * 0.72, 36),
    )
    return _pack(w, h, body, colour)
