"""What the two spreadsheet shapes share: the row as an entry, its id, its wording of duplicates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from app.domain.catalog.ports import ListedVariant
from app.kernel.errors import Refused

from . import values
from .columns import SCIENTIFIC

FORMULA_SIGNS = ("=", "+", "-", "@")


class SheetItem(NamedTuple):
    """A variant row; `read` turns it into a variant or raises Refused."""

    position: int
    external_id: str
    read: Callable[[], ListedVariant]


def repeated(external_id: str, first: int) -> Refused:
    return Refused("duplicate_id", "编号“%(id)s”重复，第一次出现在第 %(first)d 行", field="id",
                   id=external_id, first=first)


def variant_id(sku: str, group_id: str, options: Mapping[str, str]) -> str:
    """The SKU, else product and option values: 'case-20/雾蓝/20 寸'."""
    return sku or "/".join(part for part in (group_id, *options.values()) if part)


def code_text(text: str, *, field: str) -> str:
    """An id, SKU or barcode. One that the spreadsheet has damaged to 6.9E+12 is refused, not guessed.

    The apostrophe that keeps digits as text in exports ('6901234567892), or a code from being run as a formula ('=A-1), is no part of the code.
    """
    bare = text[1:] if text.startswith("'") and (text[1:].isdigit() or text[1:2] in FORMULA_SIGNS) else text
    if "+" in bare and SCIENTIFIC.fullmatch(bare):
        raise Refused("scientific_number", "不接受科学计数法：%(text)s", field=field, text=bare[:40])
    return values.identifier(bare, field=field)


def is_no(text: str) -> bool:
    """Says that the product is not on sale; blank says nothing."""
    return text.strip().casefold() in {"false", "no", "n", "0", "否", "下架", "未上架", "draft", "archived", "unlisted"}


def is_blank(cells: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in cells)
