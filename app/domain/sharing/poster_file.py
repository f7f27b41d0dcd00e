"""A poster as a PNG small enough to send: all colours when that is small, else few colours well chosen."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageChops, ImageColor

LARGEST_BYTES = 700_000

_FEWER = (200, 24)
"""Colours for the picture, next to about 40 for the text, tried in this order."""
_SHADES = 8
_COMPRESS_LEVEL = 1
"""Higher levels save little on these pictures and take up to four times as long."""


def encode_small(canvas: Image.Image, *, inks: Sequence[str], tint: str) -> bytes:
    """`canvas` as PNG of at most LARGEST_BYTES (64 colours bring any canvas of a million pixels below it).

    When colours must go, `inks` and their edges on white and `tint` stay, white stays white, gradients are dithered.
    """
    data = _png(canvas)
    for count in _FEWER:
        if len(data) <= LARGEST_BYTES:
            break
        data = _png(_with_few_colors(canvas, _text_colors(inks, tint), count))
    return data


def _with_few_colors(canvas: Image.Image, text_colors: list[int], count: int) -> Image.Image:
    palette = Image.new("P", (1, 1))
    palette.putpalette([*text_colors, *_picture_colors(canvas, count)])
    few = canvas.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    few.paste(len(text_colors) // 3 - 1, (0, 0), _white_parts(canvas))
    return few


def _white_parts(canvas: Image.Image) -> Image.Image:
    """Where `canvas` is pure white: Pillow's nearest colour is off by a few levels, which greys paper and QR code."""
    red, green, blue = canvas.split()
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    return darkest.point([0] * 255 + [255])


def _text_colors(inks: Sequence[str], tint: str) -> list[int]:
    """Red, green, blue, one colour after another; white is the last."""
    colors = {ImageColor.getrgb(tint)[:3], (255, 255, 255)}
    for ink in inks:
        red, green, blue = ImageColor.getrgb(ink)[:3]
        for step in range(_SHADES):
            colors.add((_pale(red, step), _pale(green, step), _pale(blue, step)))
    return [part for color in sorted(colors) for part in color]


def _pale(part: int, step: int) -> int:
    return part + (255 - part) * step // _SHADES


def _picture_colors(canvas: Image.Image, count: int) -> list[int]:
    half = canvas.resize((canvas.width // 2, canvas.height // 2), Image.Resampling.NEAREST)
    return (half.quantize(count, method=Image.Quantize.MEDIANCUT).getpalette() or [])[: count * 3]


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", compress_level=_COMPRESS_LEVEL)
    return out.getvalue()
