"""No text, however long, leaves the poster, its card, or comes near the QR code."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.sharing.poster import PosterFacts
from app.domain.sharing.poster_facts import LAYOUTS
from app.domain.sharing.poster_layout import place_brand_name
from app.domain.sharing.poster_layouts import lay_out
from app.domain.sharing.poster_parts import Box

LETTERS = st.one_of(st.sampled_from(list("远途登机箱，。「」（）¥￥0123456789.-WiMjgA  \n")), st.characters())
TEXT = st.text(LETTERS, max_size=160)
NAMES = (
    "brand_name", "slogan", "subtitle", "price_text", "list_price_text", "price_note",
    "guide_name", "store_name", "invite_text", "badge", "disclosure",
)  # fmt: skip
LONG = "¥123456789012345678901234567890" * 6


@settings(max_examples=80, deadline=None)
@given(texts=st.fixed_dictionaries(dict.fromkeys(NAMES, TEXT)), title=st.none() | TEXT, chosen=st.sampled_from(LAYOUTS))
@example(texts=dict.fromkeys(NAMES, "W" * 200), title="W" * 200, chosen="classic")
@example(texts=dict.fromkeys(NAMES, "W" * 200), title="W" * 200, chosen="picture")
@example(texts=dict.fromkeys(NAMES, "W" * 200), title="W" * 200, chosen="price")
@example(texts=dict.fromkeys(NAMES, LONG), title=LONG, chosen="classic")
@example(texts=dict.fromkeys(NAMES, LONG), title=LONG, chosen="picture")
@example(texts=dict.fromkeys(NAMES, LONG), title=LONG, chosen="price")
@example(texts=dict.fromkeys(NAMES, "（" * 200), title="，" * 200, chosen="classic")
@example(texts=dict.fromkeys(NAMES, "（" * 200), title="，" * 200, chosen="picture")
@example(texts=dict.fromkeys(NAMES, "（" * 200), title="，" * 200, chosen="price")
@example(texts=dict.fromkeys(NAMES, ""), title=None, chosen="classic")
@example(texts=dict.fromkeys(NAMES, ""), title=None, chosen="picture")
@example(texts=dict.fromkeys(NAMES, ""), title=None, chosen="price")
def test_text_stays_in_its_place(
    sample_facts: Callable[..., PosterFacts], texts: dict[str, str], title: str | None, chosen: str
) -> None:
    facts = sample_facts(product_title=title, layout=chosen, **texts)
    layout = lay_out(facts)
    quiet = 4 * layout.qr_scale
    silent = Box(*(at + by for at, by in zip(layout.qr, (-quiet, -quiet, quiet, quiet), strict=True)))
    assert 0 < layout.words_end < layout.card.top < (layout.rule_y or layout.qr.top) <= layout.qr.top
    if layout.frame and layout.sheet:
        assert layout.sheet.bottom < layout.frame.top < layout.frame.bottom < layout.card.top
    assert _is_within(silent, layout.card)
    for run in (*layout.runs, *place_brand_name(facts, left=290)):
        assert _is_within(run.box, Box(0, 0, 750, 1334)), run
        assert not _meet(run.box, silent), run
        assert run.size >= 23
        if run.baseline > layout.card.top:
            assert _is_within(run.box, layout.card), run
    for pill in layout.pills:
        assert _is_within(pill.box, layout.sheet or layout.card)


def _is_within(inner: Box, outer: Box) -> bool:
    return (
        inner.left >= outer.left
        and inner.top >= outer.top
        and inner.right <= outer.right
        and inner.bottom <= outer.bottom
    )


def _meet(one: Box, other: Box) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )
