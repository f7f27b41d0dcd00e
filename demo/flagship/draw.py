"""Draws the shop's pictures, the brand's mark and portraits: SVG by hand, resvg to pixels, WebP."""

from __future__ import annotations

import io
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

import resvg_py
from PIL import Image

from demo.flagship.art.faces import MEN, WOMEN, canvas, emblem, portrait
from demo.flagship.art.svg import document
from demo.flagship.catalogue import Shot, shots
from demo.flagship.views import VIEWS, ground_of
from demo.people import GENTLEMEN, HEADQUARTERS, roster

SIZE = (1000, 1250)
DRAWN = (840, 1050)  # sharper than a phone shows it (780), a third quicker than drawing at SIZE
QUALITY = 82
SUFFIX = ".webp"
WORKERS = 2


def draw(name: str) -> bytes:
    """The WebP, 1000 × 1250, of a media name of the feed, with or without its suffix.

    A name the feed does not have raises KeyError.
    """
    shot = _album()[name.removesuffix(SUFFIX)]
    piece = _pixels(document(VIEWS[shot.view](shot)), width=DRAWN[0])
    picture = _ground(ground_of(shot)).copy()
    picture.paste(piece, mask=piece)
    return _webp(picture.resize(SIZE, Image.Resampling.BICUBIC))


def draw_all(folder: Path) -> int:
    """Draws every picture the folder lacks as <name>.webp; gives how many it drew."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in _by_ground() if not (folder / f"{name}{SUFFIX}").exists()]
    with ProcessPoolExecutor(WORKERS) as pool:
        return sum(pool.map(partial(_draw_into, folder), missing, chunksize=16))


def logo(pixels: int = 256) -> bytes:
    """The brand's mark on its green, a square WebP."""
    return _webp(_pixels(canvas(emblem(), pixels)).convert("RGB"))


def avatar(seed: str) -> bytes:
    """A friendly portrait, 256 × 256 WebP; the same seed, a name say, gives the same face."""
    looks = MEN if seed in GENTLEMEN else WOMEN if seed in _ladies() else WOMEN + MEN
    return _webp(_pixels(canvas(portrait(seed, looks), 256)).convert("RGB"))


@lru_cache(maxsize=1)
def _ladies() -> frozenset[str]:
    """Everybody of the sample brand who is not a gentleman."""
    names = {person.name for person in HEADQUARTERS} | {row.name for row in roster()}
    return frozenset(names - GENTLEMEN)


@lru_cache(maxsize=1)
def _album() -> dict[str, Shot]:
    return shots()


def _by_ground() -> list[str]:
    """Names with one ground follow each other, so that a worker draws it once."""
    album = _album()
    return sorted(album, key=lambda name: (ground_of(album[name]), name))


@lru_cache(maxsize=8)
def _ground(svg: str) -> Image.Image:
    """Drawn at half size: softer than the piece in front of it, and four times quicker."""
    half = _pixels(document(svg), width=DRAWN[0] // 2).convert("RGB")
    return half.resize(DRAWN, Image.Resampling.BICUBIC)


def _pixels(svg: str, *, width: int | None = None) -> Image.Image:
    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, width=width)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def _webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()


def _draw_into(folder: Path, name: str) -> int:
    """A half-written picture never carries the final name."""
    part = folder / f"{name}.part"
    part.write_bytes(draw(name))
    part.rename(folder / f"{name}{SUFFIX}")
    return 1
