"""Whatever a flagship calls a picture is decoded before it is kept: three widths of WebP, or a reason."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.domain.catalog.pictures import picture_key, sized_webps
from app.kernel.errors import Refused


def encoded(width: int, height: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 1).save(out, kind)
    return out.getvalue()


def width_of(webp: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(webp)) as picture:
        assert picture.format == "WEBP"
        return picture.size


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_three_widths(kind: str) -> None:
    sizes = {letter: width_of(webp) for letter, webp in sized_webps(encoded(1200, 1500, kind)).items()}
    assert sizes == {"s": (200, 250), "m": (600, 750), "l": (1000, 1250)}


def test_never_enlarged() -> None:
    assert {width_of(webp) for webp in sized_webps(encoded(150, 100)).values()} == {(150, 100)}


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "I;16", "CMYK"])
def test_every_kind_of_pixel(mode: str) -> None:
    assert sized_webps(encoded(64, 64, "JPEG" if mode == "CMYK" else "PNG", mode))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def claimed_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be width × height."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("content", "code"), [
    (b"", "picture_unreadable"), (b"<html>not found</html>", "picture_unreadable"), (b"%PDF-1.4", "picture_unreadable"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture_unreadable"), (encoded(600, 600)[:200], "picture_unreadable"),
    (encoded(4, 4), "picture_too_small"), (claimed_png(60_000, 60_000), "picture_too_large"), (claimed_png(9_000, 9_000), "picture_too_large"),
    (b"x" * (20 * 1024 * 1024 + 1), "picture_too_large"),
])
def test_what_is_no_picture_is_refused_with_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        sized_webps(content)
    assert refused.value.code == code


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF\x20\0\0\0WEBPVP8 "]))
def test_any_bytes_are_pictures_or_refused(tail: bytes, head: bytes) -> None:
    with suppress(Refused):
        sized_webps(head + tail)


def test_the_same_picture_has_the_same_key() -> None:
    assert picture_key(7, b"a") == picture_key(7, b"a") != picture_key(7, b"b")
    assert picture_key(7, b"a").startswith("7/media/")
