"""A PDF of any length costs the memory of one page; its letters are embedded, and can be read back as text."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

from app.kernel.pdf import Sheet, fitted, pdf
from app.kernel.typeface import REGULAR, SEMIBOLD, Typeface
from tests.builders.pdf_text import objects, pages

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def written(texts: list[list[str]]) -> bytes:
    faces = (Typeface(REGULAR), Typeface(SEMIBOLD))

    def sheets() -> Iterator[Sheet]:
        for lines in texts:
            sheet = Sheet(faces)
            for place, line in enumerate(lines):
                sheet.text(40, 60 + 12 * place, line, size=9, face=place % 2)
            yield sheet

    return b"".join(pdf(sheets(), faces=faces, title="对账单", at=AT, language="zh"))


def test_what_is_set_can_be_read_again() -> None:
    told = [["静安嘉里店 · 对账单", "¥1,299.00 − 21.42 × 12% ÷ 3"], ["Ünïcödé, Ω 𠮷 野家"]]
    assert pages(written(told)) == ["\n".join(lines) for lines in told]


def test_a_letter_the_typeface_lacks_becomes_a_box() -> None:
    assert len(pages(written([["好\U0001f600\x07"]]))[0]) == 3


def test_only_the_letters_that_were_set_are_in_the_file() -> None:
    assert len(written([["对账单"]])) < 12_000, "the typeface itself has 30 MB"


def test_every_object_stands_where_the_table_says() -> None:
    assert len(objects(written([["一"], ["二"], ["三"]]))) == 4 + 3 * 2 + 2 * 6


def test_text_is_cut_to_the_room_there_is() -> None:
    face = Typeface(REGULAR)
    short = fitted(face, "轻旅箱 18 寸 雾蓝 带前开袋", 8, 60)
    assert short.endswith("…") and face.width(short, 8) <= 60 and face.width("轻旅", 8) == 16
    assert fitted(face, "轻旅", 8, 16) == "轻旅" and fitted(face, "轻旅", 8, 1) == "…"


def test_a_thousand_pages_cost_no_more_memory_than_ten() -> None:
    assert _peak(1000) < _peak(10) + 1_000_000


def _peak(count: int) -> int:
    faces = (Typeface(REGULAR),)

    def sheets() -> Iterator[Sheet]:
        for number in range(count):
            sheet = Sheet(faces)
            for place in range(30):
                sheet.text(40, 60 + 20 * place, f"{number}-{place} 轻旅箱 299.00 × 12% = 35.88", size=8)
            yield sheet

    tracemalloc.start()
    size = sum(len(piece) for piece in pdf(sheets(), faces=faces, title="t", at=AT, language="zh"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > count * 500
    return peak
