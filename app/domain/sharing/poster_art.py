"""What a poster is pieced together from: pictures read safely, smooth-edged shapes, small signs."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageOps

MOST_PIXELS = 25_000_000
LONGEST_SHAPE = 8
"""Times as long as wide, or as wide as long; more is no picture of anything and would be blown up without bound."""
_SMOOTH = 4
"""Shapes are drawn this many times larger and scaled down, since Pillow draws hard edges."""

_READABLE = ("PNG", "JPEG", "WEBP")
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


def read_picture(data: bytes | None, *, longest: int) -> Image.Image | None:
    """`data` upright as RGBA, read at about `longest` where the format allows that; None if unreadable."""
    if not data:
        return None
    try:
        with Image.open(BytesIO(data), formats=_READABLE) as image:
            short, long = sorted(image.size)
            if short * long > MOST_PIXELS or long > short * LONGEST_SHAPE:
                return None
            image.draft("RGB", (longest, longest))
            return ImageOps.exif_transpose(image).convert("RGBA")
    except _UNREADABLE:
        return None


@lru_cache(maxsize=64)
def rounded_mask(width: int, height: int, radius: int) -> Image.Image:
    """A smooth-edged rounded rectangle, white on black. Shared: never draw on it."""
    large = Image.new("L", (width * _SMOOTH, height * _SMOOTH))
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, large.width - 1, large.height - 1), radius=radius * _SMOOTH, fill=255
    )
    return large.resize((width, height), Image.Resampling.BOX)


@lru_cache(maxsize=8)
def sign_mask(name: str, side: int) -> Image.Image:
    """A "lock" or a "check" on a 24-unit grid, white on black. Shared: never draw on it."""
    unit = side * _SMOOTH / 24
    large = Image.new("L", (side * _SMOOTH, side * _SMOOTH))
    pen, line = ImageDraw.Draw(large), round(1.9 * unit)
    if name == "lock":
        pen.rectangle([6 * unit, 11 * unit, 18 * unit, 20 * unit], outline=255, width=line)
        pen.arc([8 * unit, 4 * unit, 16 * unit, 12 * unit], 180, 360, fill=255, width=line)
        pen.line([(8.9 * unit, 8 * unit), (8.9 * unit, 11 * unit)], fill=255, width=line)
        pen.line([(15.1 * unit, 8 * unit), (15.1 * unit, 11 * unit)], fill=255, width=line)
    else:
        pen.line(
            [(5 * unit, 12.5 * unit), (10 * unit, 17.5 * unit), (19 * unit, 7.5 * unit)],
            fill=255, width=round(2.4 * unit), joint="curve",
        )  # fmt: skip
    return large.resize((side, side), Image.Resampling.BOX)
