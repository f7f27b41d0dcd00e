"""The house's typeface (Noto Sans CJK SC) for printed pages: how wide a letter runs, and only the letters that were set as a
font small enough to be embedded."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import uharfbuzz

REGULAR, SEMIBOLD = 400, 600
UNITS = 1000
"""To the em, in this typeface."""

_SIMPLIFIED_CHINESE = 2
_SUBSTITUTE = "□"


@dataclass(frozen=True, slots=True)
class Letter:
    """`code` numbers letters in the order of their first use; `width` is in thousandths of the size."""

    code: int
    text: str
    glyph: int
    width: int


class Typeface:
    """One weight of the typeface in use by one document: it remembers which letters were set."""

    def __init__(self, weight: int) -> None:
        path = Path(str(files("manimgx_fonts_cjk"))) / "NotoSansCJK-VF.otf.ttc"
        self.weight, self.name = weight, f"NotoSansCJKsc-{weight}"
        self._face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)), _SIMPLIFIED_CHINESE)
        self._font = uharfbuzz.Font(self._face)
        self._font.set_variations({"wght": weight})
        self._letters: dict[str, Letter] = {}

    @property
    def letters(self) -> list[Letter]:
        return list(self._letters.values())

    def set(self, text: str) -> list[Letter]:
        return [self._letter(one) for one in text]

    def width(self, text: str, size: float) -> float:
        return sum(letter.width for letter in self.set(text)) * size / UNITS

    def subset(self) -> tuple[bytes, dict[int, int]]:
        """(the outlines of the letters set, at this weight, as bare CFF; glyph here → glyph there)."""
        wanted = uharfbuzz.SubsetInput()
        wanted.glyph_set.update(letter.glyph for letter in self.letters)
        wanted.pin_axis_location(self._face, "wght", float(self.weight))
        flags = uharfbuzz.SubsetFlags
        wanted.flags = flags.DOWNGRADE_CFF2 | flags.CFF_IDENTITY_CHARSET | flags.NO_LAYOUT_CLOSURE | flags.NO_HINTING
        plan = uharfbuzz.SubsetPlan(self._face, wanted)
        moved = dict(plan.old_to_new_glyph_mapping)
        return bytes(plan.execute().reference_table("CFF ").data), moved

    def _letter(self, text: str) -> Letter:
        if text not in self._letters:
            glyph = self._font.get_nominal_glyph(ord(text)) or self._font.get_nominal_glyph(ord(_SUBSTITUTE)) or 0
            self._letters[text] = Letter(len(self._letters) + 1, text, glyph, self._font.get_glyph_h_advance(glyph))
        return self._letters[text]
