"""A product on a plain backdrop is placed between the brand's words and the card; a scene covers the top instead."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from app.domain.sharing.poster import PosterFacts, draw_poster
from app.domain.sharing.poster_art import read_picture
from app.domain.sharing.poster_layouts import lay_out
from app.domain.sharing.poster_stage import find_subject

RED = "#d01010"


@pytest.mark.parametrize(
    "box", [(300, 60, 700, 1200), (100, 400, 900, 900), (60, 60, 300, 300), (450, 700, 520, 760)]
)
def test_subject_is_between_words_and_card(
    box: tuple[int, int, int, int],
    sample_facts: Callable[..., PosterFacts],
    product_picture: Callable[..., bytes],
) -> None:
    facts = sample_facts(picture=product_picture(box=box, color=RED))
    layout = lay_out(facts)
    top, bottom = _red_rows(draw_poster(facts), above=round(layout.card.top))
    assert top >= layout.words_end - 12
    assert layout.card.top - 60 <= bottom <= layout.card.top - 8


def _red_rows(png: bytes, *, above: int) -> tuple[int, int]:
    with Image.open(BytesIO(png)) as poster:
        red, green, _ = poster.convert("RGB").crop((0, 0, 750, above)).split()
    dark = green.point([255] * 60 + [0] * 196)
    bright = red.point([0] * 150 + [255] * 106)
    box = Image.composite(dark, Image.new("L", dark.size), bright).getbbox()
    assert box is not None
    return box[1], box[3]


def test_a_picture_filled_to_its_edges_has_no_subject(product_picture: Callable[..., bytes]) -> None:
    picture = read_picture(product_picture(box=(0, 0, 600, 1250)), longest=1334)
    assert picture is not None
    assert find_subject(picture) is None


def test_an_empty_backdrop_has_no_subject(product_picture: Callable[..., bytes]) -> None:
    picture = read_picture(product_picture(color="#efe8d9"), longest=1334)
    assert picture is not None
    assert find_subject(picture) is None
