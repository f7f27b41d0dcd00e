"""A brand's logo: any usual picture becomes a small square of our own making, so nothing of the upload itself is served."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, UnidentifiedImageError

from app.kernel.errors import Refused

FORMATS = ("PNG", "JPEG", "WEBP")
SIDE, LARGEST_SIDE, MOST_BYTES = 256, 6_000, 5 * 1024 * 1024


def logo_webp(content: bytes) -> bytes:
    """256 × 256 WebP, the picture fitted in and centred. Refuses what is no picture, too large a file or too many pixels."""
    if len(content) > MOST_BYTES:
        raise Refused("file_too_large", "文件超过 %(most)d MB", field="logo", most=MOST_BYTES // 1024 // 1024)
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if max(picture.size) > LARGEST_SIDE:
                raise Refused("picture_too_large", "图片边长超过 %(most)d 像素", field="logo", most=LARGEST_SIDE)
            return _square(picture.convert("RGBA"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Refused("no_picture", "请上传 PNG、JPEG 或 WebP 图片", field="logo") from None


def _square(picture: Image.Image) -> bytes:
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    square.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2))
    file = BytesIO()
    square.save(file, "WEBP", quality=90)
    return file.getvalue()
