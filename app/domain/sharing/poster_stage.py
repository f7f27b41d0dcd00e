"""The upper part of a poster: a sand stage, and a product set on it clear of the words above and the card below."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps, ImageStat

from app.domain.sharing.poster_art import rounded_mask

_SAND_LIGHT, _SAND, _SAND_DEEP, _ARCH, _FLOOR = "#f8f4ea", "#efe8d9", "#e4dcca", "#fcf9f2", "#cbc1ab"
_PROBE = (64, 80)
_STANDS_OUT = 36
"""Levels (of 255) a pixel must differ from the backdrop at its sides to belong to the subject."""
_SMOOTHEST_GRAIN = 3.0
"""Levels a backdrop's pixels may differ from their surroundings on average; more is a scene, not a backdrop."""


@lru_cache(maxsize=8)
def empty_stage(width: int, height: int) -> Image.Image:
    """Warm light from above, an arch, and a floor. Shared: copy before drawing on it."""
    stage = _backdrop(width, height)
    arch = Image.new("L", (width, height))
    left, top, right, bottom = _scaled((95, 226, 655, 986), width, height)
    arch.paste(rounded_mask(right - left, bottom - top + (right - left), (right - left) // 2), (left, top))
    fade = _vertical(width, height, [(top, 255), (top + int((bottom - top) * 0.74), 0)])
    stage.paste(_ARCH, (0, 0), ImageChops.multiply(arch, fade))
    floor_top = round(height * 740 / 1334)
    floor = [(floor_top, 0), (floor_top + round(height * 0.071), 128), (height, 71)]
    stage.paste(_FLOOR, (0, 0), _vertical(width, height, floor))
    return stage


def dress_stage(stage: Image.Image, picture: Image.Image, *, words_end: int, card_top: int) -> None:
    """Sets `picture` so that its subject stands between words and card; its backdrop runs on to the stage's edges.

    A picture without a plain backdrop (a scene) covers everything above the card instead.
    """
    subject = find_subject(picture)
    if subject is None:
        size, corner = _cover(picture, stage.width, card_top + 32)
    else:
        size, corner = _stand(picture, subject, stage.width, (words_end, card_top - 28))
    fitted = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    stage.paste(fitted, corner, fitted)
    _run_on(stage, corner[0], corner[1], corner[0] + size[0], corner[1] + size[1])
    _veil_top(stage, words_end=min(words_end, 250))


def dress_frame(stage: Image.Image, picture: Image.Image) -> None:
    """Sets `picture` on a small stage of its own, with nothing written over it."""
    subject = find_subject(picture)
    if subject is None:
        size, corner = _cover(picture, stage.width, stage.height)
    else:
        size, corner = _stand(picture, subject, stage.width, (24, stage.height - 24))
    fitted = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    stage.paste(fitted, corner, fitted)
    _run_on(stage, corner[0], corner[1], corner[0] + size[0], corner[1] + size[1])


def find_subject(picture: Image.Image) -> tuple[float, float, float, float] | None:
    """Where the subject is, as shares of width and height; None when it fills the picture or cannot be told apart."""
    width, height = _PROBE
    whole = Image.new("RGB", picture.size, _SAND)
    whole.paste(picture, (0, 0), picture)
    if _grain(whole) > _SMOOTHEST_GRAIN:
        return None
    small = whole.resize(_PROBE, Image.Resampling.BOX)
    sides = Image.new("RGB", (2, height))
    sides.paste(small.crop((0, 0, 2, height)).resize((1, height), Image.Resampling.BOX), (0, 0))
    sides.paste(small.crop((width - 2, 0, width, height)).resize((1, height), Image.Resampling.BOX), (1, 0))
    difference = ImageChops.difference(small, sides.resize(_PROBE, Image.Resampling.BILINEAR))
    red, green, blue = difference.split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    box = most.point([0] * _STANDS_OUT + [255] * (256 - _STANDS_OUT)).getbbox()
    if box is None or box[0] < 2 or box[1] < 2 or box[2] > width - 2 or box[3] > height - 1:
        return None
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def _grain(picture: Image.Image) -> float:
    """How far the pixels along the left edge are from their surroundings, in levels on average."""
    strip = picture.crop((0, 0, max(1, picture.width // 30), picture.height)).convert("L")
    return ImageStat.Stat(ImageChops.difference(strip, strip.filter(ImageFilter.BoxBlur(3)))).mean[0]


def _cover(picture: Image.Image, width: int, height: int) -> tuple[tuple[int, int], tuple[int, int]]:
    scale = max(width / picture.width, height / picture.height)
    size = max(width, round(picture.width * scale)), max(height, round(picture.height * scale))
    return size, ((width - size[0]) // 2, round((height - size[1]) * 0.35))


def _stand(
    picture: Image.Image, subject: tuple[float, float, float, float], width: int, rows: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Size and corner: the subject as large as fits between `rows`, centred, standing on the lower one."""
    left, top, right, bottom = subject
    head, foot = rows
    room = (foot - head) / ((bottom - top) * picture.height), width * 0.84 / ((right - left) * picture.width)
    scale = min(*room, 1.3 * width / picture.width)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return size, (round(width / 2 - (left + right) / 2 * size[0]), round(foot - bottom * size[1]))


def _run_on(stage: Image.Image, left: int, top: int, right: int, bottom: int) -> None:
    """Draws the edges of what stands at the box outwards to the edges of the stage, downwards fading into the floor."""
    width, height = stage.size
    upper, lower = max(0, top), min(bottom, height)
    if left > 0:
        stage.paste(_edge(stage, (left, upper, left + 12, lower), (left, lower - upper)), (0, upper))
    if right < width:
        stage.paste(
            _edge(stage, (right - 12, upper, right, lower), (width - right, lower - upper)), (right, upper)
        )
    if top > 0:
        stage.paste(_edge(stage, (0, top, width, top + 12), (width, top)), (0, 0))
    if bottom < height:
        fade = _vertical(width, height - bottom, [(0, 255), (height - bottom, 90)])
        stage.paste(_edge(stage, (0, bottom - 12, width, bottom), (width, height - bottom)), (0, bottom), fade)


def _edge(stage: Image.Image, box: tuple[int, int, int, int], size: tuple[int, int]) -> Image.Image:
    """The strip at `box` without its grain, stretched to `size`."""
    strip = stage.crop(box)
    coarse = (1, max(1, strip.height // 8)) if strip.width < strip.height else (max(1, strip.width // 8), 1)
    return strip.resize(coarse, Image.Resampling.BOX).resize(size, Image.Resampling.BICUBIC)


def _veil_top(stage: Image.Image, *, words_end: int) -> None:
    """Lightens the top so that the brand's words can be read on any picture; nothing is needed on a light one."""
    bottom = words_end + 90
    words = stage.crop((40, 40, stage.width - 40, words_end - 20))
    if min(words.convert("L").resize((8, 4), Image.Resampling.BOX).tobytes()) >= 190:
        return
    veil = _vertical(stage.width, bottom, [(0, 232), (bottom // 2, 215), (bottom * 3 // 4, 110), (bottom, 0)])
    stage.paste(_SAND_LIGHT, (0, 0), veil)


def cast_shadow(stage: Image.Image, box: tuple[int, int, int, int]) -> None:
    """A wide soft shadow under a card at `box`."""
    shadow = _card_shadow(stage.width, stage.height, box)
    stage.paste("#1f2824", (0, 0), shadow)


@lru_cache(maxsize=8)
def _card_shadow(width: int, height: int, box: tuple[int, int, int, int]) -> Image.Image:
    small = Image.new("L", (width // 4, height // 4))
    left, top, right, bottom = (side // 4 for side in box)
    ImageDraw.Draw(small).rounded_rectangle((left + 5, top + 11, right - 5, bottom + 1), radius=8, fill=71)
    return small.filter(ImageFilter.GaussianBlur(7)).resize((width, height), Image.Resampling.BICUBIC)


def _backdrop(width: int, height: int) -> Image.Image:
    """Radial light: an ellipse around the middle of the upper edge, three sands outwards."""
    rx, ry = width * 1.2, height * 0.62
    light = Image.radial_gradient("L").crop((0, 128, 256, 256))
    light = light.resize((round(rx * 2), round(ry)), Image.Resampling.BICUBIC)
    distance = Image.new("L", (width, height), 255)
    distance.paste(light.crop((round(rx - width / 2), 0, round(rx + width / 2), light.height)), (0, 0))
    return ImageOps.colorize(distance, black=_SAND_LIGHT, mid=_SAND, white=_SAND_DEEP, midpoint=153)


def _vertical(width: int, height: int, stops: list[tuple[int, int]]) -> Image.Image:
    """A grey ramp from row to row through `stops` (row, 0–255), flat outside them."""
    column = Image.new("L", (1, height))
    column.putdata([_between(stops, row) for row in range(height)])
    return column.resize((width, height))


def _between(stops: list[tuple[int, int]], row: int) -> int:
    if row <= stops[0][0]:
        return stops[0][1]
    for (before, low), (after, high) in pairwise(stops):
        if row <= after:
            return round(low + (high - low) * (row - before) / max(1, after - before))
    return stops[-1][1]


def _scaled(box: tuple[int, int, int, int], width: int, height: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return left * width // 750, top * height // 1334, right * width // 750, bottom * height // 1334
