"""An order of which a flagship gives nothing but an error is an exception of the day with its reason; the day is read all the same."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from app.domain.flagship_books.actions import handle_line
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from tests.builders.flagship_books import NEXT_MORNING, MemoryBooks, a_push, check, differences, standing
from tests.builders.flagships import a_source
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

LATER = NEXT_MORNING + timedelta(minutes=30)
BEFORE = NOON - timedelta(days=3)
"""Changed there so long ago that the day's list does not name it: it is asked for by itself."""


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def source(database: Database, shop: Shop) -> UUID:
    return a_source(database, shop.brand_id)


@pytest.mark.parametrize("listed", [True, False])
def test_the_others_are_compared(database: Database, shop: Shop, source: UUID, listed: bool) -> None:
    books = MemoryBooks(listed=listed)
    for key in ("F1", "F2", "F3"):
        a_push(shop, source, key, books=books, changed_at=BEFORE)
    books.change("F3", total_minor=1)
    books.refused = {"F2"}
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert (day.state, day.error_code, day.order_count, differences(database, day)) == ("differs", "", 3, {("F2", "unread"), ("F3", "amount_differs")})
    [line] = [line for line in standing(database, day) if line.cause == "unread"]
    assert (line.ours_minor, line.theirs_minor, line.error_code) == (41880, None, "jd_refused")
    assert line.error_data == {"method": "getOrderDetail", "jd_code": "999", "words": "系统异常"}


def test_a_part_of_ours_in_the_list_does_not_end_it_either(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks(channel=False)
    a_push(shop, source, "F1", books=books)
    a_push(shop, source, "F2", books=books, tells_number=False)
    books.refused = {"F2"}
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert (day.state, differences(database, day)) == ("differs", {("F2", "unread")})


def test_once_it_speaks_the_exception_is_over_and_what_was_written_stays(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks(listed=False)
    a_push(shop, source, "F1", books=books)
    books.refused = {"F1"}
    first = check(database, books, brand_id=shop.brand_id, source_id=source)
    [line] = standing(database, first)
    with database.transaction(shop.brand_id) as session:
        handle_line(session, brand_id=shop.brand_id, day_id=first.id, line_id=line.id, handled=True, said="已在京东后台看过", now=NEXT_MORNING)
    again = check(database, books, brand_id=shop.brand_id, source_id=source, now=LATER)
    [line] = standing(database, again)
    assert (again.state, line.note, line.handled_at) == ("differs", "已在京东后台看过", NEXT_MORNING)
    books.refused = set()
    told = check(database, books, brand_id=shop.brand_id, source_id=source, now=LATER)
    assert (told.state, differences(database, told), told.orders_theirs_minor) == ("matched", set(), 41880)


def test_a_flagship_that_refuses_three_in_a_row_is_not_there(database: Database, shop: Shop, source: UUID) -> None:
    """It is not asked on; tried again it goes on with the others, and then those three are exceptions, whatever it says of them."""
    books = MemoryBooks(listed=False)
    for key in ("F1", "F2", "F3", "F4", "F5"):
        a_push(shop, source, key, books=books)
    books.refused = {"F1", "F2", "F3"}
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert (day.state, day.reading, day.error_code) == ("failed", 0, "jd_refused")
    assert [call for call in books.calls if call.startswith("status")] == ["status F1", "status F2", "status F3"]
    books.calls = []
    day = check(database, books, brand_id=shop.brand_id, source_id=source, now=LATER)
    assert [call for call in books.calls if call.startswith("status")] == [f"status {key}" for key in ("F4", "F5", "F1", "F2", "F3")]
    assert (day.state, day.order_count, differences(database, day)) == ("differs", 5, {("F1", "unread"), ("F2", "unread"), ("F3", "unread")})


def test_no_answer_at_all_is_no_exception(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks(listed=False)
    for key in ("F1", "F2"):
        a_push(shop, source, key, books=books)
    books.answers = 1
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert (day.state, day.reading, day.error_code) == ("failed", 0, "connection_failed")
