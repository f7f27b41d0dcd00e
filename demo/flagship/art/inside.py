"""An open case seen from above: packed half with straps, half with a mesh divider."""

from __future__ import annotations

from demo.flagship.art.svg import INK, dark, ellipse, light, mix, path, rect, stroke
from demo.flagship.art.trim import box, buckle, leather_tab, plate, pull, sheet, zipper

LINING = "#e9e3d6"


def _shell(x: float, y: float, w: float, h: float, colour: str) -> str:
    return (
        sheet(x, y, w, h, 46, colour)
        + rect(x + 16, y + 16, w - 32, h - 32, 34, dark(colour, 0.45))
        + rect(x + 24, y + 24, w - 48, h - 48, 28, LINING)
        + rect(x + 24, y + 24, w - 48, 40, 28, "#000", opacity=0.1)
        + rect(x + 24, y + 24, 18, h - 48, 9, "#000", opacity=0.07)
        + zipper(box(x + 9, y + 9, w - 18, h - 18, 40), 6)
    )


def _packed(x: float, y: float, w: float, h: float, colour: str) -> str:
    """Rolled shirts, a cube, shoes in a bag, held by crossed straps."""
    shades = (light(colour, 0.45), "#f3efe6", mix(colour, "#c98f6b", 0.6), "#8199af", "#d8c6a6")
    rolls = "".join(
        sheet(x + 44, y + 50 + i * 66, w - 88, 62, 30, shade) for i, shade in enumerate(shades)
    )
    low = y + 50 + 5 * 66 + 8
    cube = sheet(
        x + 44,
        low,
        (w - 96) * 0.56,
        h - (low - y) - 48,
        18,
        light(colour, 0.15),
        zipper(f"M{x + 56:.0f} {low + 20:.0f}h{(w - 96) * 0.56 - 24:.0f}"),
    )
    shoes = sheet(x + 52 + (w - 96) * 0.56, low, (w - 96) * 0.44, h - (low - y) - 48, 26, "#b08a5e")
    mid_x, mid_y = x + w / 2, y + h * 0.46
    straps = stroke(
        f"M{x + 30:.0f} {y + 60:.0f}L{mid_x:.0f} {mid_y:.0f}L{x + w - 30:.0f} {y + 60:.0f}M{x + 30:.0f} {y + h - 60:.0f}L{mid_x:.0f} {mid_y:.0f}L{x + w - 30:.0f} {y + h - 60:.0f}",
        INK,
        15,
        0.88,
    )
    return rolls + cube + shoes + straps + buckle(mid_x, mid_y, 58, 42)


def _divider(x: float, y: float, w: float, h: float, colour: str) -> str:
    """A zipped panel with a mesh pocket and a small flat pocket."""
    mesh_y, mesh_h = y + h * 0.42, h * 0.5
    mesh = "".join(
        rect(x + 60, mesh_y + i * 10, w - 120, 1.5, 0, "#000", opacity=0.16)
        for i in range(int(mesh_h / 10))
    )
    columns = "".join(
        rect(x + 60 + i * 10, mesh_y, 1.5, mesh_h, 0, "#000", opacity=0.12)
        for i in range(int((w - 120) / 10))
    )
    return (
        sheet(x + 40, y + 40, w - 80, h - 80, 24, light(colour, 0.62))
        + zipper(box(x + 50, y + 50, w - 100, h - 100, 20), 5)
        + sheet(
            x + 66,
            y + 76,
            w - 132,
            h * 0.26,
            14,
            light(colour, 0.5),
            zipper(f"M{x + 82:.0f} {y + 96:.0f}h{w - 164:.0f}"),
        )
        + pull(x + w - 104, y + 96)
        + sheet(x + 60, mesh_y, w - 120, mesh_h, 14, mix(light(colour, 0.3), "#ffffff", 0.2))
        + mesh
        + columns
        + zipper(f"M{x + 66:.0f} {mesh_y + 14:.0f}h{w - 132:.0f}")
        + leather_tab(x + w / 2, y + h * 0.26, 56)
        + plate(x + w / 2, mesh_y + mesh_h - 40, 50)
    )


def open_case(wide: float, high: float, colour: str) -> str:
    """Both halves on a plain floor; proportions follow the case."""
    floor = mix(light(colour, 0.5), "#e4dccb", 0.72)
    w = 430.0
    h = min(w * high / wide * 0.98, 860)
    x, y = 500 - w - 6, 625 - h / 2
    boards = "".join(rect(0, 156 * i, 1000, 2, 0, "#000", opacity=0.07) for i in range(1, 8))
    shadow = ellipse(500, y + h + 6, 500, 46, "url(#gG)")
    hinge = "".join(rect(486, y + h * at, 28, 70, 6, INK) for at in (0.16, 0.72))
    return (
        rect(0, 0, 1000, 1250, 0, floor)
        + boards
        + path("M620 0H1000V760z", "#fff", opacity=0.2)
        + shadow
        + hinge
        + _shell(x, y, w, h, colour)
        + _packed(x, y, w, h, colour)
        + _shell(506, y, w, h, colour)
        + _divider(506, y, w, h, colour)
    )
