"""A PDF written page by page: what is on a page leaves as soon as it is complete, so length costs no memory (PDF 1.6).

Coordinates are points from the top left corner. Text is set in `Typeface`s whose used glyphs are embedded at the end.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from .typeface import Typeface

A4 = (595.28, 841.89)
Colour = tuple[float, float, float]
CATALOG, PAGES, INFO, RESOURCES, FIRST_FREE = 1, 2, 3, 4, 5
IDENTITY, UNICODE = "<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>", "<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>"
HEAD = b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n"


class Sheet:
    """One page's drawing."""

    def __init__(self, faces: Sequence[Typeface], size: tuple[float, float] = A4) -> None:
        self.width, self.height = size
        self._faces, self._drawn = faces, list[str]()

    def text(self, x: float, y: float, text: str, *, size: float, face: int = 0, colour: Colour = (0, 0, 0), right: bool = False) -> float:
        """Sets `text` with its baseline at y, from x or (right) up to x; the width it took."""
        typeface = self._faces[face]
        wide = typeface.width(text, size)
        codes = "".join(f"{letter.code:04x}" for letter in typeface.set(text))
        self._drawn.append(f"{_colour(colour)} rg BT /F{face} {size:g} Tf {x - wide if right else x:.2f} {self.height - y:.2f} Td <{codes}> Tj ET")
        return wide

    def line(self, x1: float, y1: float, x2: float, y2: float, *, width: float = 0.5, colour: Colour = (0, 0, 0)) -> None:
        self._drawn.append(f"{_colour(colour)} RG {width:g} w {x1:.2f} {self.height - y1:.2f} m {x2:.2f} {self.height - y2:.2f} l S")

    def fill(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        self._drawn.append(f"{_colour(colour)} rg {x:.2f} {self.height - y - height:.2f} {width:.2f} {height:.2f} re f")

    def content(self) -> bytes:
        return "\n".join(self._drawn).encode("ascii")


def fitted(face: Typeface, text: str, size: float, width: float) -> str:
    """The text, cut with an ellipsis to what fits."""
    if face.width(text, size) <= width:
        return text
    while text and face.width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def pdf(sheets: Iterable[Sheet], *, faces: Sequence[Typeface], title: str, at: datetime, language: str) -> Iterator[bytes]:
    """The file in pieces, one a page and the rest at the end."""
    out = _Objects()
    yield out.begin()
    pages: list[int] = []
    for sheet in sheets:
        content, page = out.number(), out.number()
        pages.append(page)
        yield out.stream(content, sheet.content())
        yield out.write(page, f"<</Type/Page/Parent {PAGES} 0 R/MediaBox[0 0 {sheet.width:g} {sheet.height:g}]"
                              f"/Resources {RESOURCES} 0 R/Contents {content} 0 R>>")
    fonts = []
    for face in faces:
        number, pieces = _font(out, face)
        fonts.append(number)
        yield from pieces
    yield out.write(RESOURCES, "<</Font<<" + "".join(f"/F{place} {number} 0 R" for place, number in enumerate(fonts)) + ">>>>")
    yield out.write(PAGES, f"<</Type/Pages/Count {len(pages)}/Kids[{' '.join(f'{page} 0 R' for page in pages)}]>>")
    yield out.write(CATALOG, f"<</Type/Catalog/Pages {PAGES} 0 R/Lang({language})/ViewerPreferences<</DisplayDocTitle true>>>>")
    yield out.write(INFO, f"<</Title<{_utf16(title)}>/Producer(Yundian)/CreationDate(D:{at:%Y%m%d%H%M%S}Z)>>")
    yield out.end()


def _font(out: _Objects, face: Typeface) -> tuple[int, list[bytes]]:
    """A composite font: codes in the order of first use → glyphs of the subset, with their widths and the way back to text."""
    whole, descendant, descriptor, outlines, to_glyphs, to_text = (out.number() for _ in range(6))
    subset, moved = face.subset()
    name = f"YUNDIA+{face.name}"
    widths = sorted({moved[letter.glyph]: letter.width for letter in face.letters}.items())
    return whole, [
        out.write(whole, f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding {to_glyphs} 0 R/DescendantFonts[{descendant} 0 R]/ToUnicode {to_text} 0 R>>"),
        out.write(descendant, f"<</Type/Font/Subtype/CIDFontType0/BaseFont/{name}/CIDSystemInfo{IDENTITY}/FontDescriptor {descriptor} 0 R"
                              f"/DW 1000/W[{''.join(f'{glyph}[{width}]' for glyph, width in widths)}]>>"),
        out.write(descriptor, f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[-200 -300 1200 1100]/ItalicAngle 0/Ascent 880/Descent -120"
                              f"/CapHeight 733/StemV 80/FontFile3 {outlines} 0 R>>"),
        out.stream(outlines, subset, "/Subtype/CIDFontType0C"),
        out.stream(to_glyphs, _cmap("Yundian-Glyphs", IDENTITY, "cidchar", [(letter.code, str(moved[letter.glyph])) for letter in face.letters]),
                   f"/Type/CMap/CMapName/Yundian-Glyphs/CIDSystemInfo{IDENTITY}"),
        out.stream(to_text, _cmap("Yundian-Text", UNICODE, "bfchar", [
            (letter.code, f"<{letter.text.encode('utf-16-be').hex()}>") for letter in face.letters]))]


def _cmap(name: str, system: str, kind: str, pairs: Sequence[tuple[int, str]]) -> bytes:
    parts = [f"/CIDInit/ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo{system} def /CMapName/{name} def /CMapType 1 def\n"
             "1 begincodespacerange <0000><ffff> endcodespacerange"]
    for start in range(0, len(pairs), 100):
        some = pairs[start:start + 100]
        parts.append(f"{len(some)} begin{kind}\n" + "\n".join(f"<{code:04x}> {value}" for code, value in some) + f"\nend{kind}")
    parts.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(parts).encode("ascii")


class _Objects:
    """Numbers objects and remembers where each begins."""

    def __init__(self) -> None:
        self._at, self._next, self._begins = 0, FIRST_FREE, dict[int, int]()

    def begin(self) -> bytes:
        return self._count(HEAD)

    def number(self) -> int:
        self._next += 1
        return self._next - 1

    def write(self, number: int, body: str) -> bytes:
        return self._object(number, body.encode("ascii"))

    def stream(self, number: int, content: bytes, more: str = "") -> bytes:
        packed = zlib.compress(content)
        head = f"<</Length {len(packed)}/Filter/FlateDecode{more}>>stream\n".encode("ascii")
        return self._object(number, head + packed + b"\nendstream")

    def end(self) -> bytes:
        rows = "".join(f"{self._begins[number]:010d} 00000 n \n" for number in range(1, self._next))
        return (f"xref\n0 {self._next}\n0000000000 65535 f \n{rows}trailer\n<</Size {self._next}/Root {CATALOG} 0 R/Info {INFO} 0 R>>\n"
                f"startxref\n{self._at}\n%%EOF\n").encode("ascii")

    def _object(self, number: int, body: bytes) -> bytes:
        self._begins[number] = self._at
        return self._count(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    def _count(self, piece: bytes) -> bytes:
        self._at += len(piece)
        return piece


def _colour(colour: Colour) -> str:
    return " ".join(f"{part:g}" for part in colour)


def _utf16(text: str) -> str:
    return "feff" + text.encode("utf-16-be").hex()
