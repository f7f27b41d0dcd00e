"""Bags carried in the hand or across the body; units as for backpacks."""

from __future__ import annotations

from demo.flagship.art.svg import INK, Piece, dark, ellipse, path, rect, stroke
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

TAN = "#8a5a37"


def duffel(w: float, h: float, colour: str) -> Piece:
    """A weekend bag: barrel body, two handles joined by a wrap, leather ends."""
    body = f"M{-w / 2 + 22:.0f} {-h:.0f}H{w / 2 - 22:.0f}C{w / 2 + 10:.0f} {-h * 0.9:.0f} {w / 2 + 8:.0f} -16 {w / 2 - 18:.0f} 0H{-w / 2 + 18:.0f}C{-w / 2 - 8:.0f} -16 {-w / 2 - 10:.0f} {-h * 0.9:.0f} {-w / 2 + 22:.0f} {-h:.0f}z"
    ends = "".join(
        path(
            f"M{s * w / 2:.0f} {-h:.0f}h{-s * 54}q{s * 16} {h * 0.5:.0f} 0 {h:.0f}h{s * 70}V{-h:.0f}z",
            TAN,
        )
        + seam(f"M{s * (w / 2 - 58):.0f} {-h:.0f}q{s * 16} {h * 0.5:.0f} 0 {h:.0f}")
        for s in (-1, 1)
    )
    lane = w * 0.22
    web = "".join(rect(s * lane - 8, -h, 16, h, 0, dark(colour, 0.5)) for s in (-1, 1))
    back = loop(
        f"M{-lane:.0f} {-h + 4:.0f}C{-lane * 0.9:.0f} {-h - 92:.0f} {lane * 0.9:.0f} {-h - 92:.0f} {lane:.0f} {-h + 4:.0f}",
        13,
        dark(colour, 0.6),
    )
    front = loop(
        f"M{-lane:.0f} {-h * 0.7:.0f}C{-lane * 0.95:.0f} {-h - 74:.0f} {lane * 0.95:.0f} {-h - 74:.0f} {lane:.0f} {-h * 0.7:.0f}",
        15,
        dark(colour, 0.5),
    )
    top = zipper(f"M{-w / 2 + 40:.0f} {-h + 12:.0f}H{w / 2 - 40:.0f}", 6) + pull(
        w / 2 - 80, -h + 12
    )
    pocket = sheet(
        -lane + 16,
        -h * 0.6,
        2 * lane - 32,
        h * 0.5,
        12,
        dark(colour, 0.08),
        zipper(f"M{-lane + 22:.0f} {-h * 0.52:.0f}h{2 * lane - 44:.0f}", 4),
    )
    wrap = rect(-22, -h - 66, 44, 22, 8, TAN)
    return Piece(
        floor_shadow(w + 90)
        + back
        + shaded(body, colour, ends, web, top, pocket, leather_tab(0, -h * 0.24, 36, "#5d3b22"))
        + front
        + wrap,
        w + 24,
        h + 78,
    )


def tote(w: float, h: float, colour: str) -> Piece:
    """Canvas, open at the top, leather handles and foot."""
    body = f"M{-w / 2:.0f} {-h:.0f}H{w / 2:.0f}L{w * 0.43:.0f} -12q-1 12-14 12H{-w * 0.43 + 14:.0f}q-13 0-14-12z"
    lane = w * 0.2
    back = loop(
        f"M{-lane:.0f} {-h:.0f}C{-lane:.0f} {-h - 130:.0f} {lane:.0f} {-h - 130:.0f} {lane:.0f} {-h:.0f}",
        11,
        dark(TAN, 0.25),
    )
    front = loop(
        f"M{-lane:.0f} {-h + 40:.0f}V{-h - 10:.0f}C{-lane:.0f} {-h - 116:.0f} {lane:.0f} {-h - 116:.0f} {lane:.0f} {-h - 10:.0f}V{-h + 40:.0f}",
        12,
        TAN,
    )
    mouth = ellipse(0, -h, w / 2, 9, dark(colour, 0.5))
    foot = rect(-w / 2, -h * 0.2, w, h, 0, TAN) + seam(f"M{-w / 2:.0f} {-h * 0.2:.0f}h{w:.0f}")
    fold = stroke(
        f"M{-w * 0.3:.0f} {-h * 0.8:.0f}q10 {h * 0.24:.0f} 0 {h * 0.5:.0f}M{w * 0.33:.0f} {-h * 0.86:.0f}q-12 {h * 0.3:.0f} 2 {h * 0.58:.0f}",
        "#000",
        6,
        0.06,
    )
    body_svg = shaded(
        body,
        colour,
        foot,
        fold,
        seam(f"M{-w / 2:.0f} {-h + 16:.0f}h{w:.0f}"),
        plate(0, -h * 0.55, 46),
    )
    tabs = "".join(rect(s * lane - 10, -h + 30, 20, 26, 4, dark(TAN, 0.2)) for s in (-1, 1))
    return Piece(floor_shadow(w + 60) + back + mouth + body_svg + front + tabs, w, h + 104)


def sling(w: float, h: float, colour: str) -> Piece:
    """A chest bag on one wide strap."""
    strap = loop(
        f"M{-w * 0.36:.0f} {-h * 0.82:.0f}C{-w * 0.2:.0f} {-h * 1.7:.0f} {w * 0.7:.0f} {-h * 1.75:.0f} {w * 0.42:.0f} {-h * 0.5:.0f}",
        20,
        dark(colour, 0.5),
    )
    body = f"M{-w / 2:.0f} {-h * 0.62:.0f}C{-w / 2:.0f} {-h * 0.98:.0f} {-w * 0.36:.0f} {-h:.0f} {-w * 0.1:.0f} {-h:.0f}H{w * 0.2:.0f}C{w * 0.48:.0f} {-h:.0f} {w / 2:.0f} {-h * 0.72:.0f} {w / 2:.0f} {-h * 0.4:.0f}S{w * 0.36:.0f} 0 {w * 0.1:.0f} 0H{-w * 0.22:.0f}C{-w * 0.42:.0f} 0 {-w / 2:.0f} {-h * 0.2:.0f} {-w / 2:.0f} {-h * 0.62:.0f}z"
    inner = sheet(
        -w * 0.38,
        -h * 0.56,
        w * 0.72,
        h * 0.46,
        26,
        dark(colour, 0.1),
        zipper(f"M{-w * 0.32:.0f} {-h * 0.46:.0f}h{w * 0.62:.0f}"),
    )
    top = zipper(
        f"M{-w * 0.38:.0f} {-h * 0.78:.0f}Q0 {-h * 0.92:.0f} {w * 0.38:.0f} {-h * 0.74:.0f}", 5
    )
    return Piece(
        floor_shadow(w + 70)
        + strap
        + buckle(w * 0.36, -h * 1.16, 34, 26)
        + shaded(
            body,
            colour,
            top,
            pull(w * 0.3, -h * 0.76),
            inner,
            leather_tab(-w * 0.18, -h * 0.26, 34),
        ),
        w + 30,
        h * 1.55,
    )


def waist_bag(w: float, h: float, colour: str) -> Piece:
    belt = loop(
        f"M{-w * 0.46:.0f} {-h * 0.7:.0f}C{-w * 0.7:.0f} {-h * 1.6:.0f} {w * 0.7:.0f} {-h * 1.6:.0f} {w * 0.46:.0f} {-h * 0.7:.0f}",
        17,
        dark(colour, 0.5),
    )
    body = f"M{-w / 2:.0f} {-h * 0.86:.0f}Q{-w / 2:.0f} {-h:.0f} {-w * 0.4:.0f} {-h:.0f}H{w * 0.4:.0f}Q{w / 2:.0f} {-h:.0f} {w / 2:.0f} {-h * 0.86:.0f}C{w / 2:.0f} {-h * 0.3:.0f} {w * 0.34:.0f} 0 0 0S{-w / 2:.0f} {-h * 0.3:.0f} {-w / 2:.0f} {-h * 0.86:.0f}z"
    pocket = zipper(
        f"M{-w * 0.36:.0f} {-h * 0.5:.0f}Q0 {-h * 0.4:.0f} {w * 0.36:.0f} {-h * 0.5:.0f}"
    )
    return Piece(
        floor_shadow(w + 50)
        + belt
        + buckle(0, -h * 1.37, 48, 30)
        + shaded(
            body,
            colour,
            zipper(f"M{-w * 0.42:.0f} {-h * 0.84:.0f}h{w * 0.84:.0f}", 5),
            pull(w * 0.3, -h * 0.84),
            pocket,
            plate(0, -h * 0.24, 36),
        ),
        w + 20,
        h * 1.45,
    )


def briefcase(w: float, h: float, colour: str) -> Piece:
    """A slim office bag with a sleeve for the trolley handle."""
    handle = loop(
        f"M-52 {-h + 4:.0f}C-50 {-h - 58:.0f} 50 {-h - 58:.0f} 52 {-h + 4:.0f}",
        12,
        dark(colour, 0.55),
    )
    body = shaded(
        box(-w / 2, -h, w, h, 22),
        colour,
        zipper(f"M{-w / 2 + 16:.0f} {-h + 16:.0f}h{w - 32:.0f}", 6),
        pull(w / 2 - 56, -h + 16),
        rect(-w / 2, -h * 0.72, w, 4, 0, "#000", opacity=0.2),
        sheet(
            -w / 2 + 14,
            -h * 0.64,
            w - 28,
            h * 0.58,
            14,
            dark(colour, 0.08),
            zipper(f"M{-w / 2 + 26:.0f} {-h * 0.55:.0f}h{w - 52:.0f}", 4),
        ),
        leather_tab(0, -h * 0.27, 44),
    )
    rings = "".join(rect(s * 52 - 9, -h - 2, 18, 20, 4, TAN) for s in (-1, 1))
    return Piece(floor_shadow(w + 70) + handle + body + rings, w, h + 52)


def vanity(w: float, h: float, colour: str) -> Piece:
    """A hard hand case without wheels: ribs, a zip round the middle, a top handle."""
    handle = loop(
        f"M-44 {-h + 4:.0f}C-42 {-h - 50:.0f} 42 {-h - 50:.0f} 44 {-h + 4:.0f}",
        12,
        dark(colour, 0.55),
    )
    count = round(w / 30)
    pitch = w / count
    ribs = "".join(
        rect(-w / 2 + i * pitch + 2, -h, pitch - 4, h, 4, "url(#gR)") for i in range(count)
    )
    body = shaded(
        box(-w / 2, -h, w, h, 38),
        colour,
        ribs,
        rect(-w / 2, -h * 0.64, w, 16, 0, dark(colour, 0.35)),
        zipper(f"M{-w / 2:.0f} {-h * 0.64 + 8:.0f}h{w:.0f}", 6),
        pull(0, -h * 0.64 + 22, 10, 26),
        plate(0, -h * 0.3, 42),
    )
    return Piece(
        floor_shadow(w + 60)
        + handle
        + body
        + rect(-54, -h - 2, 20, 12, 4, INK)
        + rect(34, -h - 2, 20, 12, 4, INK),
        w,
        h + 40,
    )
