"""03-04 is March to one reader and April to another; to a reader of English the month is a word, once no year says which comes first."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.web.shared.application import Application
from app.web.shared.formats import day, last_moment, moment

AT = datetime(2026, 4, 3, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(("language", "said"), [
    ("zh-CN", ("04-03 14:05", "04-03", "4 月 3 日 24:00", "4/3", "2026-04-03")),
    ("en", ("3 Apr 14:05", "3 Apr", "3 Apr 24:00", "3 Apr", "2026-04-03")),
])
def test_the_month_is_a_word_in_english(app: Application, language: str, said: tuple[str, ...]) -> None:
    """06:05 UTC is 14:05 in Shanghai; 16:00 UTC ends the third of April there."""
    with app.test_request_context(headers={"Accept-Language": language}):
        end = datetime(2026, 4, 3, 16, 0, tzinfo=UTC)
        assert (moment(AT), moment(AT, "MM-dd"), last_moment(end, "M 月 d 日"), day(date(2026, 4, 3), "M/d"), day(date(2026, 4, 3))) == said
