"""A picture from outside becomes ours: known types only, bounded size, three widths of WebP."""

from __future__ import annotations

import hashlib
import io
import struct

from PIL import Image, ImageOps, UnidentifiedImageError

from app.kernel.errors import Refused

WIDTHS = {"s": 200, "m": 600, "l": 1000}
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_PICTURE_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
LEAST_SIDE = 8
QUALITY = 82


def picture_key(brand_id: int, content: bytes) -> str:
    """'7/media/ab12…': the same picture has the same key, so it is kept once."""
    return f"{brand_id}/media/{hashlib.sha256(content).hexdigest()[:32]}"


def sized_webps(content: bytes) -> dict[str, bytes]:
    """Size letter → WebP, never enlarged, turned upright. Decided by what the bytes are, not by any name.

    Raises Refused picture_unreadable, picture_too_large or picture_too_small.
    """
    if len(content) > MAX_PICTURE_BYTES:
        raise Refused("picture_too_large", "图片超过 %(limit_mb)d MB", limit_mb=MAX_PICTURE_BYTES // 1024 // 1024)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            _refuse_size(opened)
            opened.draft("RGB", (WIDTHS["l"], WIDTHS["l"]))
            picture = ImageOps.exif_transpose(opened)
            picture = picture.convert("RGBA" if _transparent(picture) else "RGB")
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, struct.error, ZeroDivisionError):
        raise Refused("picture_unreadable", "不是能识别的图片") from None
    return {letter: _webp(picture, width) for letter, width in WIDTHS.items()}


def _webp(picture: Image.Image, width: int) -> bytes:
    if picture.width > width:
        picture = picture.resize((width, max(1, picture.height * width // picture.width)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()


def _refuse_size(picture: Image.Image) -> None:
    """Before a pixel is unpacked: a small file can claim gigabytes. WebP ends at 16,383 pixels a side."""
    width, height = picture.size
    if width * height > MAX_PIXELS or max(width, height) > 16_000 or height > 8 * width:
        raise _too_many_pixels()
    if min(width, height) < LEAST_SIDE:
        raise Refused("picture_too_small", "图片太小")


def _too_many_pixels() -> Refused:
    return Refused("picture_too_large", "图片的像素过多或过长")


def _transparent(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
