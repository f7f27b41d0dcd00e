"""What a server answers: its body, unpacked in bounded steps as some kilobytes of gzip can mean gigabytes, and the pause it asks for."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.domain.catalog.ports import FlagshipUnreachable

PIECE = 64 * 1024


def read_body(pieces: Iterable[bytes], *, coding: str, max_bytes: int, ends_at: float) -> bytes:
    """The whole body; see `body_pieces`."""
    return b"".join(body_pieces(pieces, coding=coding, max_bytes=max_bytes, ends_at=ends_at))


def body_pieces(pieces: Iterable[bytes], *, coding: str, max_bytes: int, ends_at: float) -> Iterator[bytes]:
    """The body as it comes. `coding` is its Content-Encoding, `ends_at` a time.monotonic().

    Raises FlagshipUnreachable too_large, timeout, broken_gzip or encoding_unsupported.
    """
    size = 0
    for piece in _decoded(pieces, coding.strip().lower()):
        size += len(piece)
        if size > max_bytes:
            raise too_large(max_bytes)
        if time.monotonic() > ends_at:
            raise timed_out()
        yield piece


def too_large(max_bytes: int) -> FlagshipUnreachable:
    return FlagshipUnreachable("too_large", "文件超过 %(limit_mb)d MB", limit_mb=max_bytes // 1024 // 1024)


def timed_out() -> FlagshipUnreachable:
    return FlagshipUnreachable("timeout", "旗舰店的网址太久没有回答")


def asked_to_wait(headers: Mapping[str, str]) -> float:
    """Seconds a Retry-After header asks for; its date form is measured by the answer's own Date. 0 when it says nothing."""
    text = headers.get("retry-after", "").strip()
    if text.replace(".", "", 1).isdigit() and text.isascii():
        return float(text[:12])
    until, told = _date(text), _date(headers.get("date", ""))
    return max((until - told).total_seconds(), 0.0) if until and told else 0.0


def _decoded(pieces: Iterable[bytes], coding: str) -> Iterator[bytes]:
    if coding not in {"", "identity", "gzip", "x-gzip"}:
        raise FlagshipUnreachable("encoding_unsupported", "旗舰店的网址使用了不支持的压缩方式")
    if coding in {"", "identity"}:
        yield from pieces
        return
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for piece in pieces:
            while piece and not unzip.eof:
                yield unzip.decompress(piece, PIECE)
                piece = unzip.unconsumed_tail
    except zlib.error:
        raise _broken_gzip() from None
    if not unzip.eof:
        raise _broken_gzip()


def _broken_gzip() -> FlagshipUnreachable:
    return FlagshipUnreachable("broken_gzip", "压缩文件已损坏")


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
