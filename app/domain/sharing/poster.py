"""Draws a poster: a 750 × 1334 PNG a guide sends in a chat, small enough to go through at once."""

from __future__ import annotations

import re

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageOps

from app.domain.sharing import poster_art as art
from app.domain.sharing import poster_stage as stage
from app.domain.sharing.poster_facts import PosterFacts
from app.domain.sharing.poster_file import LARGEST_BYTES, encode_small
from app.domain.sharing.poster_layout import place_brand_name
from app.domain.sharing.poster_layouts import lay_out
from app.domain.sharing.poster_parts import HEIGHT, INK, INK_2, INK_3, PRICE, WIDTH, Box, Pill, PosterLayout, TextRun
from app.domain.sharing.qr import qr_image, qr_modules
from app.domain.sharing.typography import SEMIBOLD, clean_text, font

__all__ = ["LARGEST_BYTES", "PosterFacts", "draw_poster"]

_WIDEST_LOGO = 220
_DEFAULT_COLOR, _DEFAULT_TINT = "#1f3d36", "#eef3f0"
_HEX_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def draw_poster(facts: PosterFacts) -> bytes:
    """The poster as PNG, at most LARGEST_BYTES. Raises ValueError only for a `url` no QR code can hold."""
    layout = lay_out(facts)
    brand, tint = _brand_color(facts.brand_color), _color(facts.brand_tint, _DEFAULT_TINT)
    canvas = _draw_framed(facts, layout, brand, tint) if layout.frame else _draw_stage(facts, layout, brand)
    for card in filter(None, (layout.sheet, layout.card)):
        canvas.paste("#ffffff", _corner(card), _rounded(card, 32))
    logo_right = _draw_logo(canvas, facts, layout.logo, brand, widest=_WIDEST_LOGO)
    for pill in layout.pills:
        _draw_pill(canvas, pill, brand=brand, tint=tint)
    if layout.avatar:
        _draw_avatar(canvas, facts, layout.avatar, brand=brand, tint=tint)
    pen = ImageDraw.Draw(canvas)
    if layout.rule_y:
        pen.rectangle((72, layout.rule_y - 2, 677, layout.rule_y - 1), fill="#e6e6e2")
    for run in (*layout.runs, *place_brand_name(facts, left=logo_right + 14)):
        _draw_text(pen, run, brand=brand)
    code = qr_image(qr_modules(facts.url), scale=layout.qr_scale)
    canvas.paste(INK, _corner(layout.qr), ImageOps.invert(code))
    return encode_small(canvas, inks=(INK, INK_2, INK_3, PRICE, brand), tint=tint)


def _draw_stage(facts: PosterFacts, layout: PosterLayout, brand: str) -> Image.Image:
    canvas = stage.empty_stage(WIDTH, HEIGHT).copy()
    card = layout.card
    picture = art.read_picture(facts.picture, longest=HEIGHT)
    if picture is None:
        _draw_logo(canvas, facts, layout.mark, brand, widest=round(layout.mark.right - layout.mark.left))
    else:
        stage.dress_stage(canvas, picture, words_end=round(layout.words_end), card_top=round(card.top))
    stage.cast_shadow(canvas, (round(card.left), round(card.top), round(card.right), round(card.bottom)))
    return canvas


def _draw_framed(facts: PosterFacts, layout: PosterLayout, brand: str, tint: str) -> Image.Image:
    """The picture on its own small stage, inside the frame, on the brand's tint."""
    assert layout.frame is not None
    canvas = Image.new("RGB", (WIDTH, HEIGHT), tint)
    left, top = _corner(layout.frame)
    width, height = round(layout.frame.right) - left, round(layout.frame.bottom) - top
    small = stage.empty_stage(width, height).copy()
    picture = art.read_picture(facts.picture, longest=HEIGHT)
    if picture is not None:
        stage.dress_frame(small, picture)
    canvas.paste(small, (left, top), art.rounded_mask(width, height, 32))
    if picture is None:
        _draw_logo(canvas, facts, layout.mark, brand, widest=round(layout.mark.right - layout.mark.left))
    return canvas


def _draw_logo(canvas: Image.Image, facts: PosterFacts, box: Box, brand: str, *, widest: int) -> float:
    """Draws the brand's logo from the left of `box`, or its initial on its colour, and says where it ends."""
    left, top, side = round(box.left), round(box.top), round(box.right - box.left)
    logo = art.read_picture(facts.logo, longest=widest)
    if logo is None:
        canvas.paste(brand, (left, top), art.rounded_mask(side, side, side // 4))
        _draw_initial(canvas, facts.brand_name, box, size=side * 28 // 52, color=_ink_on(brand))
        return box.right
    fitted = ImageOps.contain(logo, (widest, side), Image.Resampling.LANCZOS)
    shape = art.rounded_mask(fitted.width, fitted.height, side // 4 if fitted.width == fitted.height else 0)
    visible = ImageChops.multiply(fitted.getchannel("A"), shape)
    canvas.paste(fitted, (left, top + (side - fitted.height) // 2), visible)
    return left + fitted.width


def _draw_avatar(canvas: Image.Image, facts: PosterFacts, box: Box, *, brand: str, tint: str) -> None:
    corner, side = _corner(box), round(box.right - box.left)
    disc = art.rounded_mask(side, side, side // 2)
    canvas.paste(tint, corner, disc)
    face = art.read_picture(facts.avatar, longest=side)
    if face is None:
        _draw_initial(canvas, facts.guide_name, box, size=40, color=brand)
        return
    fitted = ImageOps.fit(face, (side, side), Image.Resampling.LANCZOS)
    canvas.paste(fitted, corner, ImageChops.multiply(fitted.getchannel("A"), disc))


def _draw_initial(canvas: Image.Image, name: str, box: Box, *, size: int, color: str) -> None:
    initial = clean_text(name)[:1].upper()[:1]
    middle = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    ImageDraw.Draw(canvas).text(middle, initial, font=font(size, SEMIBOLD), fill=color, anchor="mm")


def _draw_pill(canvas: Image.Image, pill: Pill, *, brand: str, tint: str) -> None:
    height = round(pill.box.bottom - pill.box.top)
    canvas.paste(tint, _corner(pill.box), _rounded(pill.box, height // 2))
    if pill.mark:
        left, top = _corner(pill.box)
        canvas.paste(brand, (left + 14, top + (height - 26) // 2), art.sign_mask(pill.mark, 26))


def _draw_text(pen: ImageDraw.ImageDraw, run: TextRun, *, brand: str) -> None:
    face, color = font(run.size, run.weight), run.color or brand
    left = run.left
    for part in run.text if run.tracking else (run.text,):
        pen.text((left, run.baseline), part, font=face, fill=color, anchor="ls")
        left += face.getlength(part) + run.tracking
    if run.struck:
        middle = run.baseline - run.size * 0.34
        pen.line((run.left, middle, run.left + run.width, middle), fill=color, width=2)


def _color(value: str, fallback: str) -> str:
    return value if _HEX_COLOR.fullmatch(value) else fallback


def _brand_color(value: str) -> str:
    """The brand's colour, or our ink when it is too light to be read on sand (contrast below 3)."""
    color = _color(value, _DEFAULT_COLOR)
    return color if (0.8 + 0.05) / (_luminance(color) + 0.05) >= 3 else INK


def _ink_on(color: str) -> str:
    return "#ffffff" if _luminance(color) < 0.4 else INK


def _luminance(color: str) -> float:
    """Relative luminance, 0 black to 1 white."""
    red, green, blue = (
        (part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4)
        for part in ImageColor.getrgb(color)[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _corner(box: Box) -> tuple[int, int]:
    return round(box.left), round(box.top)


def _rounded(box: Box, radius: int) -> Image.Image:
    return art.rounded_mask(round(box.right - box.left), round(box.bottom - box.top), radius)
