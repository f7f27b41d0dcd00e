"""Which characters the bytes mean: BOM, UTF-16 without BOM, UTF-8, the declared encoding, GB18030, in this order."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from app.domain.catalog.ports import FlagshipUnreachable

from .source import PIECE, Source

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED = {
    "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030", "cp936": "gb18030", "big5": "big5hkscs",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252", "shift_jis": "cp932", "euc-jp": "euc_jp",
    "euc-kr": "cp949",
}
DECLARATION = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,30})["']""")
UNUSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
SURELY_UTF8 = 8
"""So many good non-ASCII characters before the first bad byte mean broken UTF-8, not another encoding."""


def scrub(text: str) -> str:
    """Without the characters that neither XML nor the database can hold (NUL, control, lone surrogates)."""
    return UNUSABLE.sub("", text) if UNUSABLE.search(text) else text


@contextmanager
def open_text(source: Source) -> Iterator[TextIO]:
    """The file as text, line ends kept. Raises FlagshipUnreachable if the encoding cannot be told."""
    encoding = encoding_of(source)
    with source.open() as stream, io.TextIOWrapper(stream, encoding, newline="") as text:
        yield text


def encoding_of(source: Source) -> str:
    """The name of the codec that decodes the whole file without an error."""
    head = source.head(4096)
    marked = _by_bom(head)
    if marked:
        _require(source, marked)
        return marked
    wide = _by_zero_bytes(head)
    if wide and _first_bad_byte(source, wide) is None:
        return wide
    bad_at = _first_bad_byte(source, "utf-8")
    if bad_at is None:
        return "utf-8"
    if _is_mostly_utf8(source, bad_at):
        raise _broken(source, bad_at)
    declared = DECLARATION.search(head)
    guess = DECLARED.get(declared[1].decode().lower(), "gb18030") if declared else "gb18030"
    _require(source, guess)
    return guess


def _by_bom(head: bytes) -> str | None:
    return next((name for bom, name in BOMS if head.startswith(bom)), None)


def _by_zero_bytes(head: bytes) -> str | None:
    """UTF-16 without BOM: commas, digits and line ends have a zero byte, always on the same side."""
    first, second, few = head[0::2].count(0), head[1::2].count(0), len(head) // 10
    if second > few and second > 4 * first:
        return "utf-16-le"
    if first > few and first > 4 * second:
        return "utf-16-be"
    return None


def _first_bad_byte(source: Source, encoding: str) -> int | None:
    """Offset near the first byte the codec refuses, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with source.open() as stream:
        while True:
            piece = stream.read(PIECE)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeError as wrong:
                return done - waiting + getattr(wrong, "start", 0)
            if not piece:
                return None
            done += len(piece)


def _is_mostly_utf8(source: Source, bad_at: int) -> bool:
    before = source.head(bad_at)[-PIECE:].decode("utf-8", "ignore")
    return sum(not character.isascii() for character in before) >= SURELY_UTF8


def _require(source: Source, encoding: str) -> None:
    bad_at = _first_bad_byte(source, encoding)
    if bad_at is not None:
        raise _broken(source, bad_at)


def _broken(source: Source, bad_at: int) -> FlagshipUnreachable:
    line = source.head(max(bad_at, 0)).count(b"\n") + 1
    return FlagshipUnreachable("encoding_broken", "第 %(line)d 行有无法识别的字符编码", line=line)
