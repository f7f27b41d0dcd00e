"""The brand's colours: code in the SKU, Chinese and English name, body colour of the pictures."""

from __future__ import annotations

from dataclasses import dataclass

BRAND_COLOUR = "#1f3d36"


@dataclass(frozen=True)
class Colour:
    code: str
    name: str
    english: str
    paint: str


COLOURS: dict[str, Colour] = {
    colour.code: colour
    for colour in (
        Colour("FOG", "雾蓝", "Fog Blue", "#8199af"),
        Colour("OAT", "燕麦", "Oat", "#d8c6a6"),
        Colour("PIN", "松绿", "Pine Green", "#34574d"),
        Colour("SLT", "岩灰", "Slate Grey", "#63686e"),
        Colour("GAR", "石榴", "Garnet", "#8f3339"),
        Colour("SUN", "落日橘", "Sunset Orange", "#cf6f4e"),
        Colour("CLD", "云白", "Cloud White", "#e4e1da"),
        Colour("BLU", "樱粉", "Blush Pink", "#e3b7ac"),
        Colour("NAV", "夜航蓝", "Night Navy", "#2f3b57"),
        Colour("SIL", "月银", "Moon Silver", "#b9bcc0"),
        Colour("INK", "墨黑", "Ink Black", "#3a3d42"),
        Colour("CAM", "驼色", "Camel", "#b08a5e"),
        Colour("MOS", "苔绿", "Moss Green", "#7d8766"),
        Colour("MUS", "姜黄", "Mustard", "#cfa045"),
        Colour("CLR", "透明", "Clear", "#dfe6e8"),
    )
}
