"""XML read element by element, without DTD, entities or references to the outside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import IO, Protocol
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from .encodings import scrub
from .source import PIECE

MAX_DEPTH = 64
MAX_PARTS = 60_000
"""Elements inside one unit: a row of the widest spreadsheet has fewer; a product has some dozens."""


class BrokenXml(Exception):
    """Not well-formed at `line`, or (line 0) using what is never accepted: DTD, entities, endless nesting."""

    def __init__(self, line: int = 0) -> None:
        super().__init__(line)
        self.line = line


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Utf8Pieces:
    """Text as UTF-8 for the parser.

    Each read gives a large piece whatever was asked for: the parser starts a tag again with each piece, so small
    pieces of one endless tag would cost quadratic time.
    """

    def __init__(self, text: IO[str]) -> None:
        self._text = text

    def read(self, size: int = -1, /) -> bytes:
        while piece := self._text.read(PIECE):
            clean = scrub(piece)
            if clean:
                return clean.encode("utf-8")
        return b""


def units(
    stream: _Readable, names: Collection[str], *, encoding: str | None = None,
    accept_root: Callable[[str], None] | None = None,
) -> Iterator[Element]:
    """The complete outermost elements of these local names, one at a time; all else is forgotten as it is read.

    `accept_root` is told the local name of the document element and may raise. Raises BrokenXml.
    """
    path: list[Element] = []
    inside = parts = 0
    for event, element in _events(stream, encoding):
        local = split_name(element.tag)[1]
        if event == "start":
            if not path and accept_root:
                accept_root(local)
            path.append(element)
            inside, parts = (inside, parts + 1) if inside else (len(path) if local in names else 0, 0)
            if parts > MAX_PARTS or len(path) > MAX_DEPTH:
                raise BrokenXml
            continue
        path.pop()
        if inside and len(path) >= inside:
            continue
        if inside:
            yield element
            inside = 0
        element.clear()
        if path:
            path[-1].remove(element)


def _events(stream: _Readable, encoding: str | None) -> Iterator[tuple[str, Element]]:
    parser = DefusedXMLParser(target=TreeBuilder(), encoding=encoding, forbid_dtd=True)
    try:
        yield from iterparse(stream, events=("start", "end"), parser=parser)
    except ParseError as wrong:
        raise BrokenXml(wrong.position[0]) from None
    except (DefusedXmlException, LookupError, ValueError):
        raise BrokenXml from None


def split_name(tag: str) -> tuple[str, str]:
    """('{namespace}Local') → (namespace, local)."""
    namespace, closed, local = tag.rpartition("}")
    return (namespace.lstrip("{"), local) if closed else ("", tag)
