"""Text that cannot be drawn is left out and a picture that cannot be read is done without: drawing never fails."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from app.domain.sharing.poster import PosterFacts, draw_poster
from app.domain.sharing.poster_facts import LAYOUTS
from app.domain.sharing.typography import clean_text

AWFUL = [
    "",
    "\x00",
    "\ud800",
    "\udfff林\x00晓\ud83d芸",
    "😀👩‍👩‍👧‍👦",
    "\u202eabc\u200f",
    "z̸̢͍͒a̴l̷g̶o̵",
    "\uffff\ue000",
    "مرحبا",
    "﷽" * 50,
    "W" * 5000,
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", AWFUL)
def test_any_text(text: str, layout: str, sample_facts: Callable[..., PosterFacts]) -> None:
    for title in (text, None):
        png = draw_poster(
            sample_facts(
                layout=layout,
                product_title=title,
                brand_name=text,
                slogan=text,
                brand_color=text,
                brand_tint=text,
                subtitle=text,
                price_text=text,
                list_price_text=text,
                price_note=text,
                guide_name=text,
                store_name=text,
                invite_text=text,
                badge=text,
                disclosure=text,
            )
        )
        assert png.startswith(b"\x89PNG")


def test_undrawable_letters_are_dropped() -> None:
    assert clean_text("\udfff林\x00晓\ud83d芸 😀\n Lin") == "林晓芸 Lin"


def _saved(mode: str, size: tuple[int, int], kind: str) -> bytes:
    out = BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


PICTURES = {
    "not a picture": b"hello",
    "nothing": b"",
    "cut short": _saved("RGB", (400, 500), "PNG")[:60],
    "half a JPEG": _saved("RGB", (400, 500), "JPEG")[:400],
    "broken checksum": _saved("RGB", (40, 50), "PNG")[:20] + b"\xff" * 40,
    "another format": _saved("RGB", (40, 50), "BMP"),
    "one pixel": _saved("RGB", (1, 1), "PNG"),
    "very wide": _saved("RGB", (3000, 1), "PNG"),
    "very tall": _saved("RGB", (1, 3000), "PNG"),
    "transparent": _saved("RGBA", (400, 500), "WEBP"),
    "sixteen bits": _saved("I;16", (40, 50), "PNG"),
    "four inks": _saved("CMYK", (40, 50), "JPEG"),
    "black and white": _saved("1", (40, 50), "PNG"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", PICTURES)
def test_any_picture(kind: str, layout: str, sample_facts: Callable[..., PosterFacts]) -> None:
    data = PICTURES[kind]
    assert draw_poster(sample_facts(picture=data, logo=data, avatar=data, layout=layout)).startswith(b"\x89PNG")
