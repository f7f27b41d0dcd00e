"""A poster's QR code reads as exactly the link it was drawn for, also when colours had to go."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from app.domain.sharing.poster import PosterFacts, draw_poster
from app.domain.sharing.poster_facts import LAYOUTS
from app.domain.sharing.poster_layouts import lay_out

LINKS = [
    "http://a.cn/s/1",
    "https://yundian.example.com/s/Ab3dE5f7",
    "https://yundian.example.com/s/Ab3dE5f7?utm_source=poster&utm_campaign=2026-autumn#top",
    "https://yundian.example.com/" + "0123456789abcdef" * 10,
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("link", LINKS)
def test_reads_as_the_link(
    link: str, layout: str, sample_facts: Callable[..., PosterFacts], read_qr: Callable[[bytes], str]
) -> None:
    assert read_qr(draw_poster(sample_facts(url=link, layout=layout))) == link


@pytest.mark.parametrize("layout", LAYOUTS)
def test_reads_when_the_picture_is_pure_noise(
    layout: str, sample_facts: Callable[..., PosterFacts], read_qr: Callable[[bytes], str]
) -> None:
    noise = BytesIO()
    Image.frombytes("RGB", (400, 500), os.urandom(600_000)).save(noise, "PNG")
    assert read_qr(draw_poster(sample_facts(picture=noise.getvalue(), layout=layout))) == LINKS[1]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("link", LINKS)
def test_is_at_least_176_pixels_in_whole_pixels(link: str, layout: str, sample_facts: Callable[..., PosterFacts]) -> None:
    placed = lay_out(sample_facts(url=link, layout=layout))
    side = placed.qr.right - placed.qr.left
    assert side >= 176
    assert side % placed.qr_scale == 0


def test_a_link_no_code_can_hold_is_an_error(sample_facts: Callable[..., PosterFacts]) -> None:
    for link in ("", "https://yundian.example.com/" + "x" * 3000, "https://\ud800"):
        with pytest.raises(ValueError):
            draw_poster(sample_facts(url=link))
