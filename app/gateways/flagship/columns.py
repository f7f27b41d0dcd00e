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
class Cells:
    """The filled cells of one row by field, spaces around them cut; of several columns of a field (pictures) the first."""

    filled: Mapping[str, str]

    def raw(self, name: str) -> str:
        return self.filled.get(name, "")

    def text(self, name: str) -> str:
        text = self.filled.get(name)
        return safe_text(text) if text else ""

    def code(self, name: str) -> str:
        """An id, SKU or barcode, the shop's own to the letter whatever it begins with. What we export is made safe there."""
        text = self.filled.get(name, "")
        return "" if text.startswith("#") and text.upper() in CELL_ERRORS else text

    def number(self, name: str) -> str:
        return safe_number(self.filled.get(name, ""), field=name)


@dataclass(frozen=True, slots=True)
class Columns:
    """Field → where it stands; a field may have several columns (pictures), which `last_first` goes through from the last to the first."""

    at: Mapping[str, Sequence[int]]
    last_first: Sequence[tuple[str, int]]

    def read(self, row: Sequence[str]) -> Cells:
        width = len(row)
        return Cells({name: text for name, place in self.last_first if place < width and (text := row[place].strip())})

    def all(self, row: Sequence[str], name: str) -> list[str]:
        return [text for place in self.at.get(name, ()) if place < len(row) and (text := row[place].strip())]


def find_columns(header: Sequence[str], fields: Mapping[str, str]) -> Columns:
    """`fields` is header key → field; numbered headers (图片1, 图片2) count as their unnumbered one."""
    at: dict[str, list[int]] = {}
    for index, cell in enumerate(header):
        key = key_of(cell)
        name = fields.get(key) or fields.get(key.rstrip("0123456789") + "#")
        if name:
            at.setdefault(name, []).append(index)
    return Columns(at, [(name, place) for name, places in at.items() for place in reversed(places)])


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
