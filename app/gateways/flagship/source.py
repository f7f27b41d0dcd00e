"""The bytes of a catalogue file, wherever they lie: reopened for every pass, never larger than the limit."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from app.domain.catalog.ports import FlagshipUnreachable

MAX_BYTES = 60 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """A catalogue file that can be opened again and again; each opening starts at byte 0."""

    open: Callable[[], AbstractContextManager[BinaryIO]]

    def head(self, count: int) -> bytes:
        with self.open() as stream:
            return stream.read(count)


def from_content(content: str | bytes) -> Source:
    """Text or bytes handed in whole. Raises FlagshipUnreachable over 60 MB or for text that is no Unicode."""
    data = content if isinstance(content, bytes) else _encoded(content)
    if len(data) > MAX_BYTES:
        raise too_large()
    return _unzipped(io.BytesIO(data)) if data.startswith(GZIP_MAGIC) else Source(lambda: io.BytesIO(data))


def from_path(path: Path) -> Source:
    """A file on disk, read in pieces; a gzip file is unpacked first."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise too_large()
        with path.open("rb") as stream:
            if stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC:
                return _unzipped(stream)
    except (OSError, ValueError):
        raise FlagshipUnreachable("file_missing", "找不到上传的文件") from None
    return Source(lambda: path.open("rb"))


def from_writing(write: Callable[[BinaryIO], object]) -> Source:
    """What `write` puts into a temporary file; a gzip file is unpacked."""
    source = _kept(write)
    if source.head(len(GZIP_MAGIC)) != GZIP_MAGIC:
        return source
    with source.open() as stream:
        return _unzipped(stream)


def _kept(write: Callable[[BinaryIO], object]) -> Source:
    """The file is gone once nobody holds the Source."""
    file = NamedTemporaryFile(prefix="yundian-")  # noqa: SIM115 (held by the Source)
    with Path(file.name).open("wb") as target:
        write(target)
    return Source(lambda: Path(file.name).open("rb"))


def too_large() -> FlagshipUnreachable:
    return FlagshipUnreachable("too_large", "文件超过 %(limit_mb)d MB", limit_mb=MAX_BYTES // 1024 // 1024)


def _encoded(content: str) -> bytes:
    try:
        return content.encode("utf-8")
    except UnicodeEncodeError as wrong:
        line = content.count("\n", 0, wrong.start) + 1
        raise FlagshipUnreachable("encoding_broken", "第 %(line)d 行有无法识别的字符编码", line=line) from None


def _unzipped(stream: BinaryIO) -> Source:
    """In pieces: some kilobytes of gzip can mean gigabytes."""
    stream.seek(0)
    with gzip.GzipFile(fileobj=stream) as unzip:
        return _kept(lambda file: file.writelines(_pieces(unzip)))


def _pieces(unzip: gzip.GzipFile) -> Iterator[bytes]:
    size = 0
    try:
        while piece := unzip.read(PIECE):
            size += len(piece)
            if size > MAX_BYTES:
                raise too_large()
            yield piece
    except (OSError, EOFError, zlib.error):
        raise FlagshipUnreachable("broken_gzip", "压缩文件已损坏") from None
