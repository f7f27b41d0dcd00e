"""Small gear for the way: bottle, umbrella, lock, scale, adapter, wheels."""

from __future__ import annotations

from demo.flagship.art.svg import (
    INK,
    PAPER,
    STEEL,
    Piece,
    circle,
    dark,
    group,
    path,
    rect,
    stroke,
)
from demo.flagship.art.trim import (
    box,
    floor_shadow,
    loop,
    mark,
    plate,
    shaded,
    sheet,
)


def bottle(w: float, h: float, colour: str) -> Piece:
    """A steel flask in lacquer with a loop on its lid."""
    body = f"M{-w / 2:.0f} -14V{-h + 92:.0f}C{-w / 2:.0f} {-h + 60:.0f} {-w * 0.36:.0f} {-h + 60:.0f} {-w * 0.36:.0f} {-h + 44:.0f}H{w * 0.36:.0f}C{w * 0.36:.0f} {-h + 60:.0f} {w / 2:.0f} {-h + 60:.0f} {w / 2:.0f} {-h + 92:.0f}V-14q0 14-14 14H{-w / 2 + 14:.0f}q-14 0-14-14z"
    ring = shaded(box(-w * 0.37, -h + 36, w * 0.74, 14, 3), "#c4c8cb", shade="gC")
    lid = shaded(box(-w * 0.4, -h, w * 0.8, 40, 10), dark(colour, 0.45), shade="gC")
    carry = loop(
        f"M{-w * 0.3:.0f} {-h + 4:.0f}C{-w * 0.3:.0f} {-h - 46:.0f} {w * 0.3:.0f} {-h - 46:.0f} {w * 0.3:.0f} {-h + 4:.0f}",
        9,
        dark(colour, 0.5),
    )
    return Piece(
        floor_shadow(w + 60, 12)
        + carry
        + shaded(body, colour, rect(-w / 2, -22, w, 22, 0, "#c4c8cb"), shade="gC")
        + ring
        + lid
        + mark(0, -h * 0.42, w * 0.42, "#fff", 1.5),
        w,
        h + 36,
    )


def umbrella(w: float, h: float, colour: str) -> Piece:
    """Open, seen from the front, and once folded in its sleeve."""
    ribs = (-150, -92, -32, 32, 92, 150)
    scallop = "M-150-150" + "".join(
        f"Q{(a + b) / 2:.0f} -176 {b} -150" for a, b in zip(ribs, ribs[1:], strict=False)
    )
    panels = "".join(
        path(
            f"M0-300Q{a * 0.9:.0f}-250 {a}-150Q{(a + b) / 2:.0f}-176 {b}-150Q{b * 0.9:.0f}-250 0-300z",
            "#000",
            opacity=0.13,
        )
        for a, b in ((-150, -92), (-32, 32), (92, 150))
    )
    pole = (
        rect(-3, -300, 6, 276, 0, "url(#gM)")
        + loop("M0-30c0 40-34 40-34 12", 12, "#8a5a37")
        + rect(-3, -316, 6, 18, 3, INK)
    )
    sleeve = group(
        sheet(-20, -210, 40, 190, 18, dark(colour, 0.15)),
        rect(-10, -34, 20, 36, 8, "#8a5a37"),
        loop("M0-206c-26-40 26-40 0 0", 4),
        plate(0, -120, 28),
        x=120,
        y=-4,
        turn=8,
    )
    return Piece(
        floor_shadow(260, 12)
        + pole
        + shaded(f"{scallop}C140-250 70-300 0-300S-140-250-150-150z", colour, panels)
        + sleeve,
        310,
        318,
    )


def padlock(w: float, h: float, colour: str) -> Piece:
    """A combination lock with a cable shackle, customs key slot in red."""
    arc = stroke("M-58-150V-210C-58-290 58-290 58-210V-150", "#8d9196", 24) + stroke(
        "M-58-150V-210C-58-290 58-290 58-210V-150", "#eef0f1", 7, 0.9
    )
    wheels = "".join(
        sheet(
            -66 + i * 46,
            -112,
            38,
            62,
            7,
            PAPER,
            rect(-66 + i * 46, -88, 38, 2, 0, "#000", opacity=0.2),
            rect(-66 + i * 46, -70, 38, 2, 0, "#000", opacity=0.2),
        )
        + circle(-47 + i * 46, -80, 5, INK)
        for i in range(3)
    )
    return Piece(
        floor_shadow(240, 14)
        + arc
        + sheet(-96, -160, 192, 160, 28, colour)
        + wheels
        + rect(-30, -36, 60, 18, 9, dark(colour, 0.5))
        + path("M0-142l8 8-8 8-8-8z", "#c0392b"),
        200,
        282,
    )


def scale(w: float, h: float, colour: str) -> Piece:
    """A hand-held luggage scale: grip with a display, webbing, hook."""
    web = rect(-13, -160, 26, 90, 0, dark(colour, 0.5)) + rect(
        -4, -160, 4, 90, 0, "#fff", opacity=0.25
    )
    hook = stroke("M0-70v20c0 10-34 8-34 34a34 30 0 0 0 68 0", "#8d9196", 14) + stroke(
        "M0-70v20c0 10-34 8-34 34", "#eef0f1", 4, 0.8
    )
    screen = (
        rect(-58, -232, 116, 46, 8, "#c9d8c4")
        + rect(-58, -232, 116, 46, 8, stroke="#000", stroke_opacity=0.3)
        + rect(-44, -218, 60, 18, 2, "#33423a", opacity=0.75)
        + circle(36, -209, 6, "#33423a", opacity=0.6)
    )
    return Piece(
        floor_shadow(140, 9)
        + web
        + hook
        + sheet(-150, -262, 300, 106, 50, colour)
        + screen
        + circle(104, -209, 15, PAPER)
        + circle(-104, -209, 15, dark(colour, 0.4)),
        310,
        268,
    )


def adapter(w: float, h: float, colour: str) -> Piece:
    """A world adapter: a cube with three kinds of socket and four charging ports."""
    body = sheet(-104, -230, 208, 230, 30, colour) + rect(-104, -70, 208, 3, 0, "#000", opacity=0.2)
    face = circle(0, -150, 64, dark(colour, 0.16)) + circle(
        0, -150, 64, stroke="#000", stroke_opacity=0.2, stroke_width=2
    )
    holes = (
        rect(-34, -172, 10, 26, 3, INK)
        + rect(24, -172, 10, 26, 3, INK)
        + circle(0, -120, 8, INK)
        + stroke("M-30-124l10 12M30-124l-10 12", INK, 7)
    )
    ports = "".join(
        rect(-84 + i * 44, -50, 34, 16, 4, "#1d1f22") + rect(-78 + i * 44, -44, 22, 5, 1, "#6b6f75")
        for i in range(4)
    )
    pins = "".join(rect(x, -284, 16, 60, 4, "url(#gM)") for x in (-46, 30))
    return Piece(floor_shadow(250, 13) + pins + body + face + holes + ports, 214, 286)


def spare_wheels(w: float, h: float, colour: str) -> Piece:
    """Two double wheels and a key to change them."""

    def one(x: float, r: float, y: float) -> str:
        return group(
            shaded(
                f"M{-r * 0.8:.0f} {-r * 2.5:.0f}h{r * 1.6:.0f}q8 {r:.0f}-{r * 0.3:.0f} {r * 1.5:.0f}h-{r:.0f}q-{r * 0.4:.0f}-{r * 0.5:.0f}-{r * 0.3:.0f}-{r * 1.5:.0f}z",
                STEEL,
            ),
            circle(0, -r, r, "#1b1d20"),
            circle(0, -r, r * 0.8, stroke=colour, stroke_width=7),
            circle(0, -r, r * 0.5, "#4a4e54"),
            circle(0, -r, r * 0.2, "#b9bcc0"),
            x=x,
            y=y,
        )

    key = stroke("M40-14h116v-34", "#9aa0a5", 12) + stroke("M40-17h112", "#fff", 3, 0.5)
    return Piece(floor_shadow(330, 13) + one(54, 58, -14) + one(-66, 72, 0) + key, 320, 184)
