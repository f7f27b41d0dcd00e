"""Setting Chinese and Latin text on a picture: which characters can be drawn, how wide they run, where lines break."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files

from PIL import ImageFont

REGULAR, SEMIBOLD = 400, 600
ELLIPSIS = "…"
LONGEST_TEXT = 240
"""Characters looked at; no place on a picture holds more."""

_SIMPLIFIED_CHINESE = 2
_NOT_A_CHARACTER = "\uffff"
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Mc", "Me"}
_NEVER_FIRST = set("，。、：；！？）》〉」』】〕”’％…·ー,.:;!?)]}%")
_NEVER_LAST = set("（《〈「『【〔“‘([{¥￥$#")


@dataclass(frozen=True, slots=True)
class FittedText:
    """Text cut into lines that each fit; `size` in pixels."""

    lines: tuple[str, ...]
    size: int


@lru_cache(maxsize=64)
def font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    """Noto Sans CJK SC at `size` pixels and `weight` 100–900. Kept, since opening the collection is slow."""
    with as_file(files("manimgx_fonts_cjk") / "NotoSansCJK-VF.otf.ttc") as path:
        face = ImageFont.truetype(
            str(path), size, index=_SIMPLIFIED_CHINESE, layout_engine=ImageFont.Layout.BASIC
        )
    face.set_variation_by_axes([weight])
    return face


def clean_text(text: str) -> str:
    """`text` on one line, with only characters the font can draw: no emoji, control, half or combining characters."""
    spaced = "".join(" " if letter.isspace() else letter for letter in text[:LONGEST_TEXT])
    whole = "".join(letter for letter in spaced if unicodedata.category(letter) != "Cs")
    drawable = (letter for letter in unicodedata.normalize("NFC", whole) if _is_drawable(letter))
    return " ".join("".join(drawable).split())


def text_width(text: str, *, size: int, weight: int, tracking: float = 0.0) -> float:
    """Pixels from the pen's start to its end; `tracking` pixels are added after each character."""
    return float(font(size, weight).getlength(text)) + tracking * len(text)


def fit_text(
    text: str, *, width: float, sizes: Sequence[int], weight: int, max_lines: int = 1, tracking: float = 0.0
) -> FittedText:
    """Cleaned `text` at the first of `sizes` where it needs one line; else the last size, broken and ellipsized.

    Blank text gives no lines.
    """
    cleaned = clean_text(text)
    if not cleaned:
        return FittedText((), sizes[-1])
    for size in sizes:
        if text_width(cleaned, size=size, weight=weight, tracking=tracking) <= width:
            return FittedText((cleaned,), size)
    lines = break_lines(cleaned, width=width, size=sizes[-1], weight=weight, tracking=tracking)
    if len(lines) > max_lines:
        last = shorten(lines[max_lines - 1], width=width, size=sizes[-1], weight=weight, tracking=tracking)
        lines = [*lines[: max_lines - 1], last]
    return FittedText(tuple(lines), sizes[-1])


def shorten(text: str, *, width: float, size: int, weight: int, tracking: float = 0.0) -> str:
    """The longest beginning of `text` that fits `width` together with an ellipsis."""
    while text and text_width(text + ELLIPSIS, size=size, weight=weight, tracking=tracking) > width:
        text = text[:-1].rstrip()
    return text + ELLIPSIS


def break_lines(text: str, *, width: float, size: int, weight: int, tracking: float = 0.0) -> list[str]:
    """Lines of at most `width` pixels: between Chinese characters and between words, inside a word only if it must."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if text_width((line + word).rstrip(), size=size, weight=weight, tracking=tracking) <= width:
            line += word
            continue
        lines.append(line.rstrip())
        line = word.lstrip()
        while (
            text_width(line.rstrip(), size=size, weight=weight, tracking=tracking) > width and len(line) > 1
        ):
            cut = _letters_that_fit(line, width=width, size=size, weight=weight, tracking=tracking)
            lines.append(line[:cut])
            line = line[cut:]
    return [each for each in (*lines, line.rstrip()) if each]


def _letters_that_fit(word: str, *, width: float, size: int, weight: int, tracking: float) -> int:
    count = 1
    while text_width(word[: count + 1], size=size, weight=weight, tracking=tracking) <= width:
        count += 1
    return count


def _words(text: str) -> list[str]:
    """Stretches no line may be broken in; a space belongs to the word before it."""
    words: list[str] = []
    for letter in text:
        if words and not _may_break(words[-1], letter):
            words[-1] += letter
        else:
            words.append(letter)
    return words


def _may_break(before: str, after: str) -> bool:
    last = before[-1]
    if after == " " or after in _NEVER_FIRST or last in _NEVER_LAST:
        return False
    return last == " " or _is_wide(last) or _is_wide(after)


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in ("W", "F")


@lru_cache(maxsize=8192)
def _is_drawable(letter: str) -> bool:
    if letter == " ":
        return True
    return unicodedata.category(letter) not in _DROPPED and _drawn(letter) != _drawn(_NOT_A_CHARACTER)


def _drawn(letter: str) -> bytes:
    return bytes(font(24, REGULAR).getmask(letter, mode="L"))
