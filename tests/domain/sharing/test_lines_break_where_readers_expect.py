"""Lines break between Chinese characters and between Latin words, never before a closing or after an opening mark."""

from __future__ import annotations

from app.domain.sharing.typography import REGULAR, break_lines, fit_text, text_width


def _lines(text: str, width: float) -> list[str]:
    return break_lines(text, width=width, size=20, weight=REGULAR)


def test_chinese_breaks_between_characters() -> None:
    assert _lines("远途登机箱", 40) == ["远途", "登机", "箱"]


def test_closing_marks_do_not_begin_a_line() -> None:
    assert _lines("轻一点，走得更远", 60) == ["轻一", "点，走", "得更远"]


def test_opening_marks_do_not_end_a_line() -> None:
    assert _lines("远途（箱", 60) == ["远途", "（箱"]


def test_latin_words_stay_whole() -> None:
    width = text_width("Ultra", size=20, weight=REGULAR) + 2
    assert _lines("远途 Ultra 登机", width) == ["远途", "Ultra", "登机"]


def test_a_word_wider_than_the_line_is_cut() -> None:
    lines = _lines("W" * 30, 100)
    assert "".join(lines) == "W" * 30
    assert len(lines) > 1


def test_text_is_made_smaller_before_it_is_broken() -> None:
    fitted = fit_text("远途登机箱", width=100, sizes=(30, 20, 10), weight=REGULAR)
    assert (fitted.lines, fitted.size) == (("远途登机箱",), 20)


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    fitted = fit_text("远途登机箱雾蓝色限定款", width=100, sizes=(20,), weight=REGULAR, max_lines=2)
    assert fitted.lines == ("远途登机箱", "雾蓝色限…")
