"""The QR code of a share link, as modules, as a picture and as a standalone SVG."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias
from xml.sax.saxutils import escape

import segno
from PIL import Image

QUIET_MODULES = 4
INK = "#16181b"

Modules: TypeAlias = tuple[tuple[bool, ...], ...]


@lru_cache(maxsize=256)
def qr_modules(url: str) -> Modules:
    """The dark modules of `url`, row by row, without quiet zone; error correction M or better.

    Raises ValueError when `url` is empty, cannot be written as UTF-8 or is longer than a QR code holds.
    """
    if not url:
        raise ValueError("a QR code needs a link")
    code = segno.make_qr(url, error="m")
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def qr_image(modules: Modules, *, scale: int) -> Image.Image:
    """Greyscale picture without quiet zone, `scale` pixels per module: whole pixels only, so edges stay sharp."""
    side = len(modules)
    image = Image.new("L", (side, side))
    image.putdata([0 if dark else 255 for row in modules for dark in row])
    return image.resize((side * scale, side * scale), Image.Resampling.NEAREST)


def qr_svg(url: str) -> bytes:
    """A standalone SVG of `url` with quiet zone, sized by its viewBox, and a title for screen readers.

    Raises ValueError like `qr_modules`.
    """
    modules = qr_modules(url)
    side = len(modules) + 2 * QUIET_MODULES
    title = escape("".join(letter for letter in url if letter.isprintable()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" aria-labelledby="t" '
        f'shape-rendering="crispEdges"><title id="t">{title}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="{INK}" d="{_path(modules)}"/></svg>'
    ).encode()


def _path(modules: Modules) -> str:
    return "".join(
        f"M{start + QUIET_MODULES} {y + QUIET_MODULES}h{length}v1h-{length}z"
        for y, row in enumerate(modules)
        for start, length in _dark_stretches(row)
    )


def _dark_stretches(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    stretches: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if not dark:
            continue
        if stretches and sum(stretches[-1]) == x:
            stretches[-1] = (stretches[-1][0], stretches[-1][1] + 1)
        else:
            stretches.append((x, 1))
    return stretches
