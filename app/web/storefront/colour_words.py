"""Colours by their name, so that a choice of colour is drawn as swatches. An unknown word is drawn as a word."""

from __future__ import annotations

COLOUR_OPTIONS = frozenset({"颜色", "颜色分类", "主要颜色", "color", "colour"})

_WORDS = {
    "雾蓝": "#8199af", "燕麦": "#d8c6a6", "松绿": "#34574d", "岩灰": "#63686e", "石榴": "#8f3339", "落日橘": "#cf6f4e",
    "云白": "#e4e1da", "樱粉": "#e3b7ac", "夜航蓝": "#2f3b57", "月银": "#b9bcc0", "墨黑": "#3a3d42", "驼色": "#b08a5e",
    "苔绿": "#7d8766", "姜黄": "#cfa045", "透明": "#dfe6e8", "米白": "#efe8d8", "藏青": "#27344f", "酒红": "#6e2233",
    "oat": "#d8c6a6", "garnet": "#8f3339", "camel": "#b08a5e", "mustard": "#cfa045", "clear": "#dfe6e8", "navy": "#2f3b57",
    "sunset": "#cf6f4e", "pine": "#34574d", "moss": "#7d8766", "slate": "#63686e", "beige": "#e3d9c4",
}
_ENDINGS = {
    "黑": "#2b2d30", "白": "#f4f3ef", "灰": "#8a8d91", "红": "#b23a36", "粉": "#e3b7ac", "橘": "#d9773f", "橙": "#d9773f",
    "黄": "#d9b24c", "绿": "#4f7a5f", "青": "#3f8083", "蓝": "#5078a6", "紫": "#77609b", "棕": "#7a5a41", "咖": "#6b4f3c",
    "银": "#b9bcc0", "金": "#c5a55a", "杏": "#e2cdb0", "米": "#efe8d8", "卡其": "#b7a17a",
    "black": "#2b2d30", "white": "#f4f3ef", "grey": "#8a8d91", "gray": "#8a8d91", "red": "#b23a36", "pink": "#e3b7ac",
    "orange": "#d9773f", "yellow": "#d9b24c", "green": "#4f7a5f", "blue": "#5078a6", "purple": "#77609b", "brown": "#7a5a41",
    "silver": "#b9bcc0", "gold": "#c5a55a", "cream": "#efe8d8", "khaki": "#b7a17a",
}


def is_colour(option: str) -> bool:
    return option.strip().lower() in COLOUR_OPTIONS


def css_of(word: str) -> str:
    """'雾蓝' → '#8199af'; '' for a word that names no colour we know."""
    name = word.strip().lower().removesuffix("色")
    for part, css in _WORDS.items():
        if part.removesuffix("色") in name:
            return css
    return next((css for part, css in _ENDINGS.items() if name.endswith(part) or name.startswith(part)), "")
