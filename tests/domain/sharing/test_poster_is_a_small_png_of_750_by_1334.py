"""A poster is a PNG of 750 × 1334 pixels and at most 700 kB, whatever picture it carries."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from app.domain.sharing.poster import PosterFacts, draw_poster
from app.domain.sharing.poster_facts import LAYOUTS


def _noise() -> bytes:
    out = BytesIO()
    Image.frombytes("RGB", (1000, 1250), os.urandom(3_750_000)).save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["none", "product", "noise"])
@pytest.mark.parametrize("title", ["远途 Air 登机箱", None])
def test_size(
    kind: str,
    title: str | None,
    layout: str,
    sample_facts: Callable[..., PosterFacts],
    product_picture: Callable[..., bytes],
) -> None:
    picture = {"none": None, "product": product_picture(), "noise": _noise()}[kind]
    png = draw_poster(sample_facts(picture=picture, product_title=title, layout=layout))
    with Image.open(BytesIO(png)) as poster:
        assert poster.format == "PNG"
        assert poster.size == (750, 1334)
    assert len(png) <= 700_000


def test_card_stays_white_when_colours_had_to_go(sample_facts: Callable[..., PosterFacts]) -> None:
    with Image.open(BytesIO(draw_poster(sample_facts(picture=_noise())))) as poster:
        assert poster.mode == "P"
        assert poster.convert("RGB").getpixel((375, 1292)) == (255, 255, 255)
