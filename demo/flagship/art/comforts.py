"""Things for the journey itself: pillows, masks, bottles, small gear."""

from __future__ import annotations

from demo.flagship.art.svg import (
    INK,
    Piece,
    circle,
    dark,
    ellipse,
    group,
    light,
    rect,
    stroke,
)
from demo.flagship.art.trim import (
    floor_shadow,
    leather_tab,
    loop,
    plate,
    seam,
    shaded,
    sheet,
)

CREAM = "#efe6d4"


def pillow(w: float, h: float, colour: str) -> Piece:
    """The horseshoe: two full arms, a light rim, a label at the foot."""
    outer = "M-150-250C-152-300-84-306-78-254C-74-214-82-160-66-132C-44-96 44-96 66-132C82-160 74-214 78-254C84-306 152-300 150-250C150-190 168-118 124-58C84-4-84-4-124-58C-168-118-150-190-150-250z"
    dents = stroke("M-112-262C-112-196-122-130-86-82", "#fff", 22, 0.22) + stroke(
        "M-62-76Q0-46 62-76", "#000", 5, 0.12
    )
    cord = loop("M-78-258C-60-226 60-226 78-258", 4, dark(colour, 0.5)) + circle(0, -234, 7, INK)
    return Piece(
        floor_shadow(330)
        + cord
        + shaded(outer, colour, dents, stroke("M-118-100C-84-40 84-40 118-100", "#fff", 3, 0.25))
        + plate(0, -48, 42),
        310,
        292,
    )


def wrap_pillow(w: float, h: float, colour: str) -> Piece:
    """A scarf-like pillow: one long roll that overlaps in front."""
    back = shaded(
        "M-140-150C-140-290 140-290 140-150L90-130C90-220-90-220-90-130z", dark(colour, 0.25)
    )
    roll = shaded(
        "M-150-160C-160-70-90-14 10-20C90-24 158-60 150-160C146-190 96-190 94-156C90-110 40-104 0-104C-50-104-84-110-92-158C-98-192-146-192-150-160z",
        colour,
        stroke("M-130-150C-124-90-70-50 0-52", "#fff", 14, 0.2),
    )
    tail = shaded(
        "M10-118C60-128 110-110 118-74C124-36 90-6 40-4C0-4-10-24-8-60C-8-90-8-112 10-118z",
        light(colour, 0.14),
        seam("M14-104C56-112 98-98 104-70C108-40 82-18 42-18"),
    )
    return Piece(floor_shadow(320) + back + roll + tail + plate(48, -60, 40), 310, 262)


def air_pillow(w: float, h: float, colour: str) -> Piece:
    """Inflated: four chambers, a valve, and the pouch it packs into."""
    base = pillow(w, h, colour).svg
    creases = stroke(
        "M-146-190q36 12 68 0M146-190q-36 12-68 0M-128-96q34-4 58-36M128-96q-34-4-58-36",
        "#000",
        4,
        0.2,
    )
    valve = circle(112, -222, 13, "#e6e8e9") + circle(112, -222, 6, "#9aa0a5")
    bag = (
        sheet(98, -96, 78, 96, 22, dark(colour, 0.3))
        + loop("M112-92h50", 6, CREAM)
        + plate(137, -44, 30)
    )
    return Piece(base + creases + valve + bag, 350, 292)


def eye_mask(w: float, h: float, colour: str) -> Piece:
    band = loop("M-140-110C-190-250 190-250 140-110", 16, dark(colour, 0.5))
    face = "M-150-120C-150-170-96-176-60-172S-20-166 0-166S24-168 60-172S150-170 150-120C150-50 118-10 78-10C40-10 30-52 0-52S-40-10-78-10C-118-10-150-50-150-120z"
    lashes = stroke("M-106-92q30 26 60 0M46-92q30 26 60 0", light(colour, 0.7), 4)
    return Piece(
        floor_shadow(300)
        + band
        + shaded(
            face,
            colour,
            seam(
                "M-138-118C-138-158-96-162-60-159S60-159 60-159S138-158 138-118C138-58 112-22 78-22C46-22 36-64 0-64S-46-22-78-22C-112-22-138-58-138-118z"
            ),
            lashes,
        ),
        310,
        232,
    )


def blanket(w: float, h: float, colour: str) -> Piece:
    """A folded pile with fringes, tied with a leather strap."""
    layers = "".join(
        sheet(-150, -200 + i * 48, 300, 56, 26, light(colour, 0.12 * (3 - i))) for i in range(4)
    )
    weave = "".join(rect(-140, -188 + i * 12, 280, 1.4, 0, "#fff", opacity=0.16) for i in range(15))
    fringe = "".join(stroke(f"M{-132 + i * 11} -10v22", light(colour, 0.4), 4) for i in range(25))
    strap = (
        rect(-16, -204, 32, 204, 4, "#8a5a37")
        + rect(-11, -200, 3, 196, 1, "#fff", opacity=0.2)
        + leather_tab(0, -110, 54, "#6d4429")
    )
    return Piece(floor_shadow(350) + fringe + layers + weave + strap, 300, 206)


def slippers(w: float, h: float, colour: str) -> Piece:
    def one(turn: float, x: float) -> str:
        sole = ellipse(0, -112, 62, 116, dark(colour, 0.35)) + ellipse(0, -118, 58, 110, CREAM)
        band = shaded(
            "M-62-112C-66-210-40-232 0-232S66-210 62-112C40-88-40-88-62-112z",
            colour,
            seam("M-56-120C-36-100 36-100 56-120"),
        )
        return group(sole, band, plate(0, -166, 36), x=x, turn=turn)

    return Piece(floor_shadow(300) + one(-6, -70) + one(6, 70), 290, 238)
