"""The parts of an XLSX package beside the cells: which sheet comes first, and the shared texts."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from .xml_stream import split_name, units

MAX_COLUMNS = 512
MAX_STRINGS = 3_000_000
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def first_sheet_path(book: zipfile.ZipFile) -> str:
    """The package path of the first sheet that is not hidden. Raises KeyError if there is none."""
    relation = next((
        sheet.get(RELATION) or sheet.get(STRICT_RELATION)
        for sheet in _all(book, "xl/workbook.xml", "sheet") if sheet.get("state", "visible") == "visible"
    ), None)
    for link in _all(book, "xl/_rels/workbook.xml.rels", "Relationship"):
        if relation and link.get("Id") == relation:
            return posixpath.normpath(posixpath.join("/xl", link.get("Target", ""))).lstrip("/")
    raise KeyError("no sheet")


def shared_strings(book: zipfile.ZipFile) -> list[str]:
    """The texts cells point to by number; a workbook may have none."""
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    strings: list[str] = []
    with book.open("xl/sharedStrings.xml") as stream:
        for element in units(stream, {"si"}):
            strings.append(text_of(element))
            if len(strings) > MAX_STRINGS:
                raise ValueError("too many strings")
    return strings


def text_of(element: Element) -> str:
    """Plain and rich text runs joined; reading aids (furigana, pinyin) left out."""
    if split_name(element.tag)[1] == "t":
        return element.text or ""
    return "".join(text_of(child) for child in element if split_name(child.tag)[1] in {"t", "r"})


def _all(book: zipfile.ZipFile, path: str, name: str) -> Iterator[Element]:
    with book.open(path) as stream:
        yield from units(stream, {name})
