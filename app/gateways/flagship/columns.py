"""Headers matched to fields by what they mean, not by how they are typed, and cells read by field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.kernel.errors import Refused

CELL_ERRORS = {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
SCIENTIFIC = re.compile(r"[+-]?[0-9]*\.?[0-9]+E[+-]?[0-9]+", re.IGNORECASE)
NEGATIVE = re.compile(r"-[^0-9A-Za-z]?[0-9.,]+ ?[A-Za-z元]{0,3}")
SIGNED_TEXT = re.compile(r"[+-][0-9.]+[^=+\-*/|!(]*")


def key_of(header: str) -> str:
    """Case, spaces, width and punctuation do not count: '商品 名称＊' is 商品名称, 'Option1 Name' option1name."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    return "".join(character for character in folded if character.isalnum())


def by_alias(aliases: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """field → its headers, turned into header key → field."""
    return {key_of(header): name for name, headers in aliases.items() for header in headers}


@dataclass(frozen=True, slots=True)
class Columns:
    """Field → where it stands; a field may have several columns (pictures)."""

    at: Mapping[str, Sequence[int]]

    def raw(self, cells: Sequence[str], name: str) -> str:
        places = self.at.get(name)
        if places is None:
            return ""
        for place in places:
            if place < len(cells) and (text := cells[place].strip()):
                return text
        return ""

    def all(self, cells: Sequence[str], name: str) -> list[str]:
        return [cells[i].strip() for i in self.at.get(name, ()) if i < len(cells) and cells[i].strip()]

    def text(self, cells: Sequence[str], name: str) -> str:
        text = self.raw(cells, name)
        return safe_text(text) if text else ""

    def number(self, cells: Sequence[str], name: str) -> str:
        return safe_number(self.raw(cells, name), field=name)


def find_columns(header: Sequence[str], fields: Mapping[str, str]) -> Columns:
    """`fields` is header key → field; numbered headers (图片1, 图片2) count as their unnumbered one."""
    at: dict[str, list[int]] = {}
    for index, cell in enumerate(header):
        key = key_of(cell)
        name = fields.get(key) or fields.get(key.rstrip("0123456789") + "#")
        if name:
            at.setdefault(name, []).append(index)
    return Columns(at)


def safe_text(text: str) -> str:
    """Text that no spreadsheet will ever run: a formula gets an apostrophe in front, a cell error is blank.

    '-20°C 保温杯' and '+86 755' stay: a signed number followed by words is no formula.
    """
    if not text.startswith(("#", "=", "@", "+", "-")) or SIGNED_TEXT.fullmatch(text):
        return text
    if text.startswith("#"):
        return "" if text.upper() in CELL_ERRORS else text
    return "'" + text


@lru_cache(4096)
def safe_number(text: str, *, field: str) -> str:
    """A number as typed. Refuses formulas, cell errors and powers of ten; a leading minus is judged by the field."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.upper() in CELL_ERRORS or plain.startswith("#"):
        raise Refused("cell_error", "单元格是错误值 %(text)s", field=field, text=plain[:20])
    if plain.startswith(("=", "@", "+")) or (plain.startswith("-") and not NEGATIVE.fullmatch(plain)):
        raise Refused("formula_cell", "单元格是公式，请改为数值：%(text)s", field=field, text=plain[:40])
    if SCIENTIFIC.fullmatch(plain):
        raise Refused("scientific_number", "不接受科学计数法：%(text)s", field=field, text=plain[:40])
    return text
