"""Places a piece is shown in. Each is a full background; PLACES says where the piece stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from demo.flagship.art.stage import ground
from demo.flagship.art.svg import circle, ellipse, group, path, rect, stroke

PLANE = "M-150 0c-6-10 10-20 44-20H70l56-46h22l-26 52c20 4 30 8 30 14s-14 12-40 12H30l-62 54h-26l30-54h-82c-24 0-36-4-40-12z"


def airport() -> str:
    """A tall window on the apron: dawn sky, a climbing plane, the tail of another."""
    panes = "".join(rect(x, 0, 14, 900, 0, "#5d6a70") for x in (318, 660))
    clouds = "".join(
        ellipse(x, y, w, 16, "#fff", opacity=0.55)
        for x, y, w in ((170, 330, 120), (250, 350, 90), (800, 240, 140), (560, 470, 110))
    )
    tail = (
        path("M1000 560L905 560L872 420H828L846 640H520q-60 4-76 34 20 24 76 26H1000z", "#f4f5f4")
        + path("M905 560L872 420H828L838 560z", "#1f3d36")
        + "".join(rect(560 + i * 34, 654, 14, 18, 6, "#8fa1aa") for i in range(12))
    )
    return (
        ground("#bcd0da", "#f4dcc4", (0.5, "#e7e0d6"))
        + circle(240, 560, 90, "#fff3dd", opacity=0.9)
        + clouds
        + group(
            path(PLANE, "#f7f8f8"),
            path(PLANE, "#5d6a70", opacity=0.25),
            x=470,
            y=190,
            scale=0.62,
            turn=-14,
        )
        + rect(0, 700, 1000, 200, 0, "#b9bdb6")
        + rect(0, 700, 1000, 5, 0, "#9aa29e")
        + tail
        + rect(0, 800, 1000, 6, 0, "#f2e6c4", opacity=0.8)
        + panes
        + rect(0, 880, 1000, 26, 0, "#56636a")
        + rect(0, 906, 1000, 344, 0, "#d9d3c7")
        + path("M332 906h328l120 344H230z", "#fff", opacity=0.22)
        + path("M0 906h318l-180 344H0z", "#fff", opacity=0.16)
    )


def platform() -> str:
    """A railway platform: a white train with a green stripe, a roof, a safety line."""
    windows = "".join(
        rect(24 + i * 210, 470, 150, 120, 26, "#43535b")
        + path(f"M{40 + i * 210} 586l70-112h34l-70 112z", "#fff", opacity=0.14)
        for i in range(5)
    )
    pillars = "".join(
        rect(x, 130, 34, 800, 0, "#8d8a80") + rect(x, 130, 9, 800, 0, "#fff", opacity=0.25)
        for x in (96, 866)
    )
    return (
        ground("#dfe5e3", "#d8d2c4", (0.5, "#ece6da"))
        + path("M0 0H1000V96L0 150z", "#77756c")
        + path("M0 150L1000 96v16L0 168z", "#5d5b54")
        + rect(0, 400, 1000, 420, 0, "#f6f6f3")
        + rect(0, 400, 1000, 46, 40, "#fff")
        + windows
        + rect(0, 640, 1000, 26, 0, "#1f3d36")
        + rect(0, 676, 1000, 6, 0, "#c9a15a")
        + rect(0, 790, 1000, 40, 0, "#4b5054")
        + rect(0, 830, 1000, 60, 0, "#303438")
        + rect(0, 880, 1000, 370, 0, "#cfc8b9")
        + rect(0, 880, 1000, 12, 0, "#a49d8e")
        + rect(0, 930, 1000, 30, 0, "#d9a941")
        + "".join(rect(i * 125, 960, 3, 290, 0, "#b7af9e") for i in range(9))
        + pillars
    )


def hotel() -> str:
    """A quiet room: curtain, lamp, picture, the corner of a bed on a warm wall."""
    folds = "".join(
        rect(700 + i * 44, 60, 40, 880, 6, shade)
        for i, shade in enumerate(
            ("#e9dfcc", "#dfd3bc", "#efe6d6", "#dacdb4", "#e9dfcc", "#dfd3bc", "#efe6d6")
        )
    )
    lamp = (
        path("M120 420h150l-34-130H154z", "#f3dfae")
        + rect(190, 420, 9, 360, 0, "#6d6250")
        + ellipse(195, 790, 66, 12, "#6d6250")
        + circle(195, 400, 220, "#fff3cf", opacity=0.28)
    )
    picture = (
        rect(400, 200, 210, 270, 4, "#f7f3ea")
        + rect(424, 226, 162, 218, 0, "#c3cfc8")
        + path("M424 444v-60l60-70 44 46 58-66v150z", "#5f7b70")
        + circle(540, 280, 22, "#f0d9a8")
    )
    return (
        ground("#d8cab4", "#cbb89a", (0.6, "#e0d3be"))
        + rect(660, 40, 340, 14, 7, "#8a7a5e")
        + folds
        + picture
        + lamp
        + rect(0, 800, 1000, 22, 0, "#efe7d8")
        + rect(0, 822, 1000, 428, 0, "#a98862")
        + "".join(rect(0, 822 + y, 1000, 3, 0, "#8d6d49", opacity=0.6) for y in (70, 160, 270))
        + ellipse(520, 1110, 470, 110, "#e8dfcf")
        + ellipse(520, 1110, 430, 94, stroke="#c9b795", stroke_width=5, stroke_dasharray="16 10")
    )


def city() -> str:
    """A street in the evening: towers with lit windows, a kerb, a wet pavement."""
    towers = "".join(
        rect(x, top, w, 900 - top, 4, shade)
        + "".join(
            rect(
                x + 16 + c * 30,
                top + 24 + r * 44,
                14,
                22,
                2,
                "#f6dfa5",
                opacity=0.75 if (c * 7 + r * 5 + x) % 3 else 0.14,
            )
            for c in range(int((w - 20) / 30))
            for r in range(int((860 - top) / 44))
        )
        for x, top, w, shade in (
            (-20, 420, 150, "#5c6f80"),
            (146, 300, 130, "#4d6072"),
            (300, 500, 170, "#65788a"),
            (500, 360, 120, "#52667a"),
            (640, 240, 150, "#475b6e"),
            (810, 440, 210, "#5c6f80"),
        )
    )
    return (
        ground("#8fa3bb", "#f2cfae", (0.62, "#e3c2ab"))
        + circle(420, 330, 66, "#fbe7c8")
        + towers
        + rect(0, 860, 1000, 60, 0, "#3c4a56")
        + rect(0, 915, 1000, 335, 0, "#a9a39a")
        + rect(0, 915, 1000, 16, 0, "#d2ccc1")
        + "".join(
            path(
                f"M{500 + (i - 4) * 120} 931L{500 + (i - 4) * 210} 1250h4L{503 + (i - 4) * 120} 931z",
                "#8f897f",
            )
            for i in range(9)
        )
        + rect(140, 420, 14, 500, 0, "#2f3a42")
        + circle(147, 410, 34, "#fff1cc")
        + circle(147, 410, 90, "#fff1cc", opacity=0.22)
    )


def lake() -> str:
    """Mountains over a lake in morning mist, a wooden landing stage in front."""
    return (
        ground("#c9dbe0", "#eadfca", (0.5, "#eef0e8"))
        + circle(730, 260, 76, "#fff6e0")
        + path("M0 560L170 330 300 470 470 250 680 520 820 390 1000 560V760H0z", "#9db2b2")
        + path("M470 250l52 66-40-12-30 26-34-16z", "#fff", opacity=0.8)
        + path("M0 640L140 520 330 640 540 500 760 640 900 570 1000 620V780H0z", "#6f8c86")
        + path("M0 700Q250 640 500 700T1000 690V800H0z", "#4b6b62")
        + rect(0, 760, 1000, 240, 0, "#b5cbca")
        + "".join(
            rect(x, y, w, 4, 2, "#fff", opacity=0.5)
            for x, y, w in (
                (80, 800, 220),
                (420, 830, 300),
                (700, 790, 180),
                (150, 880, 260),
                (600, 900, 320),
            )
        )
        + path("M120 960H880L1000 1250H0z", "#b08a5e")
        + "".join(
            path(f"M{120 + i * 95} 960L{i * 125} 1250h5L{124 + i * 95} 960z", "#7d5f3c")
            for i in range(9)
        )
        + rect(120, 956, 760, 10, 3, "#cba877")
    )


def desk() -> str:
    """A table by a window with a plant, a cup and a map."""
    leaf = "M0 0C-40-60-30-130 10-170C40-110 36-50 0 0z"
    plant = (
        "".join(
            group(path(leaf, shade), x=838, y=800, turn=turn)
            for turn, shade in (
                (-48, "#4b6b5d"),
                (38, "#5d7f6e"),
                (-14, "#34574d"),
                (14, "#6c8f7d"),
            )
        )
        + path("M780 796h120l-16 120h-88z", "#c98f6b")
        + rect(772, 782, 136, 26, 6, "#d9a180")
    )
    cup = (
        path("M86 820h120v56q0 44-44 44h-32q-44 0-44-44z", "#f7f4ec")
        + stroke("M206 838q44 0 36 34t-44 26", "#f7f4ec", 12)
        + ellipse(146, 820, 60, 11, "#7b5a3e")
    )
    return (
        ground("#e6ded0", "#d3c6b0")
        + rect(90, 70, 520, 620, 8, "#fbfaf5")
        + rect(112, 92, 476, 576, 0, "#cfdfe3")
        + path("M112 668v-120q120-80 240-20t236-60v200z", "#9fb8a8")
        + circle(470, 210, 44, "#fff3d6")
        + rect(344, 92, 14, 576, 0, "#fbfaf5")
        + rect(112, 360, 476, 14, 0, "#fbfaf5")
        + rect(0, 900, 1000, 350, 0, "#b8946a")
        + rect(0, 900, 1000, 14, 0, "#cfae86")
        + "".join(rect(0, y, 1000, 3, 0, "#9c7850", opacity=0.7) for y in (985, 1075, 1170))
        + plant
        + cup
    )


@dataclass(frozen=True)
class Place:
    """A background, the pixels the piece may fill in it, and the point it stands on."""

    scenery: Callable[[], str]
    wide: float
    high: float
    x: float
    y: float


PLACES: dict[str, Place] = {
    "airport": Place(airport, 560, 740, 480, 1130),
    "platform": Place(platform, 560, 740, 520, 1130),
    "hotel": Place(hotel, 560, 700, 520, 1120),
    "city": Place(city, 560, 700, 540, 1140),
    "lake": Place(lake, 560, 700, 500, 1140),
    "desk": Place(desk, 500, 480, 510, 1050),
}
