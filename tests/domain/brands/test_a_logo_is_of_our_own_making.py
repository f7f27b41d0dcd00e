"""Whatever is uploaded, what is kept is a 256 × 256 WebP that we drew."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from app.domain.brands.logo import MOST_BYTES, logo_webp
from app.kernel.errors import Refused


def picture(size: tuple[int, int], kind: str = "PNG", mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(("size", "kind", "mode"), [((900, 300), "PNG", "RGBA"), ((10, 4000), "JPEG", "RGB"), ((1, 1), "WEBP", "RGB"),
                                                    ((300, 300), "PNG", "P"), ((64, 64), "PNG", "I;16")])
def test_square(size: tuple[int, int], kind: str, mode: str) -> None:
    with Image.open(io.BytesIO(logo_webp(picture(size, kind, mode)))) as made:
        assert (made.format, made.size) == ("WEBP", (256, 256))


@pytest.mark.parametrize(("content", "code"), [
    (b"", "no_picture"), (b"<svg/>", "no_picture"), (picture((9, 9), "GIF"), "no_picture"), (picture((50, 50))[:60], "no_picture"),
    (picture((6001, 1)), "picture_too_large"), (b"\x89PNG" + b"\0" * MOST_BYTES, "file_too_large")])
def test_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        logo_webp(content)
    assert (refused.value.code, refused.value.field) == (code, "logo")
