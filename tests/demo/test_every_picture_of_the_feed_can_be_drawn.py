"""Each picture the feed names is in the album; one of each view and shape is drawn here."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from PIL import Image

from demo.flagship.catalogue import shots
from demo.flagship.draw import avatar, draw, draw_all, logo
from demo.flagship.make_feed import FEED
from demo.flagship.views import VIEWS

G = "{http://base.google.com/ns/1.0}"
LIMIT = 60_000


def named_in_the_feed() -> set[str]:
    links = ("image_link", "additional_image_link")
    found = (
        node.text for link in links for node in fromstring(FEED.read_bytes()).iter(f"{G}{link}")
    )
    return {Path(str(url)).name for url in found}


def one_of_each() -> list[str]:
    """A hero of every shape, and one picture of every other view."""
    chosen: dict[str, str] = {}
    for name, shot in shots().items():
        chosen.setdefault(shot.line.shape if shot.view == "hero" else shot.view, name)
    return sorted(chosen.values())


def test_the_album_is_exactly_what_the_feed_shows() -> None:
    assert named_in_the_feed() == {f"{name}.webp" for name in shots()}


def test_every_picture_composes() -> None:
    assert all(VIEWS[shot.view](shot).startswith("<") for shot in shots().values())


@pytest.mark.parametrize("name", one_of_each())
def test_a_picture_is_a_small_upright_webp(name: str) -> None:
    data = draw(f"{name}.webp")
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.size) == ("WEBP", (1000, 1250))
    assert len(data) <= LIMIT
    assert len(set(picture.resize((50, 62)).convert("RGB").get_flattened_data())) > 100


def test_a_name_the_feed_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError):
        draw("fw-nothing-hero.webp")


def test_pictures_that_are_there_are_not_drawn_again(tmp_path: Path) -> None:
    for name in shots():
        (tmp_path / f"{name}.webp").write_bytes(b"there")
    (tmp_path / "fw-a-group.webp").unlink()
    assert draw_all(tmp_path) == 1
    assert Image.open(tmp_path / "fw-a-group.webp").size == (1000, 1250)


def test_a_name_has_one_face_and_the_mark_is_square() -> None:
    assert avatar("林晓芸") == avatar("林晓芸") != avatar("何敏")
    assert Image.open(io.BytesIO(avatar("谁"))).size == (256, 256)
    assert Image.open(io.BytesIO(logo())).size == (256, 256)
