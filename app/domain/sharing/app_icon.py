"""A brand's icon on a phone's home screen: its logo on white, or its initial on its colour, drawn in the size asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageColor, ImageDraw

from .poster_art import read_picture, rounded_mask
from .typography import SEMIBOLD, clean_text, font

WHOLE, SAFE = 72, 56
"""How much of the side the logo takes, in hundredths. A system may cut a maskable icon to a circle four fifths wide, whose
inscribed square is 56 hundredths of the side."""
CORNER = 22


@dataclass(frozen=True, slots=True)
class AppIcon:
    """`maskable`: the system cuts the shape itself, so colour to the edge. `logo`: the brand's own picture, None for none."""

    side: int
    maskable: bool
    name: str
    color: str
    logo: bytes | None


@lru_cache(maxsize=32)
def draw_icon(icon: AppIcon) -> bytes:
    """PNG, `side` pixels square; drawn once for the same facts."""
    logo = read_picture(icon.logo, longest=icon.side)
    canvas = Image.new("RGB", (icon.side, icon.side), "#ffffff" if logo else icon.color)
    if logo:
        _logo(canvas, logo, icon.side * (SAFE if icon.maskable else WHOLE) // 100)
    else:
        _initial(canvas, clean_text(icon.name)[:1].upper(), icon.side * (44 if icon.maskable else 54) // 100)
    if not icon.maskable:
        canvas.putalpha(rounded_mask(icon.side, icon.side, icon.side * CORNER // 100))
    file = BytesIO()
    canvas.save(file, "PNG", optimize=True)
    return file.getvalue()


def _logo(canvas: Image.Image, logo: Image.Image, side: int) -> None:
    scale = side / max(logo.size)
    fitted = logo.resize((max(round(logo.width * scale), 1), max(round(logo.height * scale), 1)), Image.Resampling.LANCZOS)
    canvas.paste(fitted, ((canvas.width - fitted.width) // 2, (canvas.height - fitted.height) // 2), fitted)


def _initial(canvas: Image.Image, letter: str, size: int) -> None:
    """White, which settings see to that it can be read on the colour; centred by what is drawn, not by the line it would stand on."""
    face = font(size, SEMIBOLD)
    left, top, right, bottom = face.getbbox(letter)
    place = ((canvas.width - left - right) / 2, (canvas.height - top - bottom) / 2)
    ImageDraw.Draw(canvas).text(place, letter, font=face, fill=ImageColor.getrgb("#ffffff"))
