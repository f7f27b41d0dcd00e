"""The ten fronts of a case, drawn on a face w wide and h high whose foot is y = 0."""

from __future__ import annotations

from collections.abc import Callable

from demo.flagship.art.svg import INK, circle, dark, path, rect, stroke
from demo.flagship.art.trim import (
    box,
    leather_tab,
    plate,
    pull,
    sheet,
    zipper,
)

Front = Callable[[float, float, str], str]


def ribs(w: float, h: float, colour: str) -> str:
    count = max(4, round((w - 8) / 32))
    pitch = (w - 12) / count
    return "".join(
        rect(-w / 2 + 6 + i * pitch + 2, -h - 12, pitch - 4, h + 24, 4, "url(#gR)")
        for i in range(count)
    ) + plate(0, -h + h * 0.15)


def bands(w: float, h: float, colour: str) -> str:
    count = max(3, round(h / 60))
    pitch = h / count
    drawn = ""
    for i in range(count):
        y = -h + i * pitch + 14
        drawn += rect(-w, y, 2 * w, pitch - 16, 0, "#fff", opacity=0.1)
        drawn += rect(-w, y + pitch - 16, 2 * w, 3, 0, "#000", opacity=0.24)
        drawn += rect(-w, y - 2, 2 * w, 1.6, 0, "#fff", opacity=0.32)
    return drawn + plate(0, -h + 14 + (pitch - 16) / 2)


def pocket_lid(w: float, h: float, colour: str) -> str:
    """A front that opens above the zip; ribs below it."""
    cut = -h * 0.44
    count = max(4, round((w - 12) / 32))
    pitch = (w - 12) / count
    lid = box(-w / 2 + 18, -h + 22, w - 36, h * 0.56 - 44, 18)
    low = "".join(
        rect(-w / 2 + 8 + i * pitch, cut + 16, pitch - 4, h, 4, "url(#gR)") for i in range(count)
    )
    return (
        low
        + path(lid, "#000", opacity=0.1)
        + stroke(lid, "#fff", 2, 0.24)
        + zipper(f"M{-w / 2:.1f} {cut:.1f}h{w:.1f}")
        + pull(w / 2 - 18, cut)
        + plate(0, -h + 52)
    )


def office_lid(w: float, h: float, colour: str) -> str:
    """A full-height front compartment with its own U-shaped zip and a code lock."""
    edge = w / 2 - 16
    run = f"M{-edge:.1f} -18V{-h + 44:.1f}a26 26 0 0 1 26-26h{2 * edge - 52:.1f}a26 26 0 0 1 26 26V-18"
    panel = "".join(
        rect(-edge + 12, -h + 110 + i * 22, 2 * edge - 24, 2, 0, "#000", opacity=0.16)
        + rect(-edge + 12, -h + 112 + i * 22, 2 * edge - 24, 1.2, 0, "#fff", opacity=0.2)
        for i in range(int((h - 130) / 22))
    )
    lock = rect(edge - 9, -h * 0.55, 18, 42, 5, "#2b2d31") + "".join(
        rect(edge - 4, -h * 0.55 + 7 + i * 10, 8, 6, 1, "#b9bcc0") for i in range(3)
    )
    return panel + zipper(run) + lock + pull(-edge, -40, 8, 22) + plate(0, -h + 66)


def twill(w: float, h: float, colour: str) -> str:
    lines = "".join(
        stroke(f"M{x:.0f} {-h - 10:.0f}l{-h * 0.62:.0f} {h + 20:.0f}", "#000", 7, 0.15, cap="butt")
        + stroke(
            f"M{x + 6:.0f} {-h - 10:.0f}l{-h * 0.62:.0f} {h + 20:.0f}", "#fff", 2.4, 0.3, cap="butt"
        )
        for x in range(int(-w / 2), int(w / 2 + h * 0.62) + 30, 30)
    )
    return lines + plate(0, -h + h * 0.16)


def facets(w: float, h: float, colour: str) -> str:
    """Folded like paper: light and dark planes that meet in points."""
    rows = max(2, round(h / 110))
    step, half = h / rows, w / 2
    drawn = ""
    for i in range(rows):
        y = -h + i * step
        drawn += path(
            f"M{-half:.0f} {y:.0f}L0 {y + step / 2:.0f}L{-half:.0f} {y + step:.0f}z",
            "#fff",
            opacity=0.16,
        )
        drawn += path(
            f"M{half:.0f} {y:.0f}L0 {y + step / 2:.0f}L{half:.0f} {y + step:.0f}z",
            "#000",
            opacity=0.2,
        )
        drawn += path(
            f"M{-half:.0f} {y:.0f}H{half:.0f}L0 {y + step / 2:.0f}z", "#fff", opacity=0.06
        )
        drawn += path(
            f"M{-half:.0f} {y + step:.0f}H{half:.0f}L0 {y + step / 2:.0f}z", "#000", opacity=0.1
        )
        drawn += stroke(
            f"M{-half:.0f} {y:.0f}L{half:.0f} {y + step:.0f}M{half:.0f} {y:.0f}L{-half:.0f} {y + step:.0f}",
            "#fff",
            1.6,
            0.24,
        )
    return drawn + plate(0, -h + 28, 34)


def frame(w: float, h: float, colour: str) -> str:
    """An aluminium shell: fine grooves, riveted corner guards, two latches."""
    grooves = "".join(
        rect(x, -h, 7, h, 0, "url(#gR)") for x in range(int(-w / 2) + 6, int(w / 2) - 8, 13)
    )
    corner = ""
    for sx in (-1, 1):
        for y, sy in ((-h, 1), (0, -1)):
            x = sx * w / 2
            d = f"M{x:.0f} {y:.0f}L{x - sx * 48:.0f} {y:.0f}Q{x - sx * 40:.0f} {y + sy * 40:.0f} {x:.0f} {y + sy * 48:.0f}z"
            corner += path(d, "#d9dbdd") + path(d, "url(#gV)") + stroke(d, "#000", 1, 0.3)
            corner += circle(x - sx * 26, y + sy * 15, 2.6, "#777b81")
            corner += circle(x - sx * 15, y + sy * 26, 2.6, "#777b81")
    belt = rect(-w / 2, -h * 0.5 - 5, w, 10, 0, "#fff", opacity=0.12)
    return grooves + belt + corner + plate(0, -h + h * 0.18)


def smooth(w: float, h: float, colour: str) -> str:
    """A calm shell with one raised field and a coloured strap low on it."""
    field = box(-w / 2 + 16, -h + 16, w - 32, h - 32, 24)
    return (
        path(field, "#fff", opacity=0.07)
        + stroke(field, "#000", 2, 0.13)
        + stroke(box(-w / 2 + 18, -h + 18, w - 36, h - 36, 23), "#fff", 1.4, 0.3)
        + rect(-w / 2, -h * 0.3, w, 22, 0, dark(colour, 0.34))
        + rect(-w / 2, -h * 0.3, w, 2, 0, "#fff", opacity=0.3)
        + leather_tab(0, -h * 0.3 + 11, 34)
    )


def fabric(w: float, h: float, colour: str) -> str:
    """Woven cloth: a small pocket over a large one, piping along the edge."""
    weave = "".join(rect(-w / 2, -y, w, 0.8, 0, "#000", opacity=0.1) for y in range(0, int(h), 5))
    tall, low = h * 0.47, h * 0.27
    return (
        weave
        + stroke(box(-w / 2 + 7, -h + 7, w - 14, h - 14, 22), dark(colour, 0.4), 4, 0.8)
        + sheet(-w / 2 + 20, -tall - 16, w - 40, tall, 14, dark(colour, 0.06))
        + zipper(f"M{-w / 2 + 34:.0f} {-tall - 2:.0f}h{w - 68:.0f}", 4)
        + pull(w / 2 - 44, -tall - 2, 20, 7)
        + sheet(-w / 2 + 26, -h + 26, w - 52, low, 12, dark(colour, 0.1))
        + zipper(f"M{-w / 2 + 38:.0f} {-h + 40:.0f}h{w - 76:.0f}", 4)
        + pull(w / 2 - 50, -h + 40, 20, 7)
        + leather_tab(0, -tall * 0.5, 38)
    )


def friend(w: float, h: float, colour: str) -> str:
    """A children's case: a sleepy face and round cheeks."""
    y = -h * 0.5
    return (
        circle(0, y + 6, w * 0.36, "#fff", opacity=0.34)
        + stroke(
            f"M{-w * 0.2:.0f} {y - 6:.0f}q9 9 18 0M{w * 0.2 - 18:.0f} {y - 6:.0f}q9 9 18 0",
            INK,
            4.5,
        )
        + stroke(f"M-9 {y + 18:.0f}q9 9 18 0", INK, 4)
        + circle(-w * 0.25, y + 20, 10, "#e58a76", opacity=0.6)
        + circle(w * 0.25, y + 20, 10, "#e58a76", opacity=0.6)
        + circle(0, y + 7, 4, "#b4573f")
        + plate(0, -26, 34)
    )


FRONTS: dict[str, Front] = {
    "rib": ribs,
    "band": bands,
    "front": pocket_lid,
    "office": office_lid,
    "twill": twill,
    "facet": facets,
    "frame": frame,
    "smooth": smooth,
    "soft": fabric,
    "kid": friend,
}
