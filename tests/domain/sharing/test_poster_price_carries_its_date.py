"""A price is drawn only together with the note that dates it: a picture cannot be updated."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.sharing.poster import PosterFacts
from app.domain.sharing.poster_layouts import lay_out


def _texts(facts: PosterFacts) -> list[str]:
    return [run.text for run in lay_out(facts).runs]


def test_price_and_note_are_drawn_together(sample_facts: Callable[..., PosterFacts]) -> None:
    texts = _texts(sample_facts(price_text="¥759", price_note="价格截至 2026-11-23"))
    assert {"¥", "759", "¥899", "价格截至 2026-11-23"} <= set(texts)


@pytest.mark.parametrize("note", ["", "  ", "\x00"])
def test_no_note_no_price(note: str, sample_facts: Callable[..., PosterFacts]) -> None:
    texts = _texts(sample_facts(price_note=note))
    assert not {"¥", "759", "¥899"} & set(texts)


def test_a_storefronts_poster_has_no_price(sample_facts: Callable[..., PosterFacts]) -> None:
    texts = _texts(sample_facts(product_title=None))
    assert not {"¥", "759", "¥899", "扫码专享价 · 到 11/30"} & set(texts)
    assert {"林晓芸", "品牌认证导购", "远途 上海静安嘉里店", "导购会从成交中获得佣金"} <= set(texts)


def test_a_long_price_is_made_smaller_not_cut(sample_facts: Callable[..., PosterFacts]) -> None:
    runs = lay_out(sample_facts(price_text="HK$1,234,567.00", list_price_text=None)).runs
    price = next(run for run in runs if run.text == "1,234,567.00")
    assert price.size < 68
