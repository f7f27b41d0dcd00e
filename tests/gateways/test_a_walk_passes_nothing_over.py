"""Offsets over a list that moves: what stays listed is read, and counting alone would not have shown that it was missed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.flagship.mapped_shop import page_size
from app.gateways.flagship.paging import Place, Window, walk

START = Place()


class Rows:
    """A list in steady order; `plan` is done after each answer: a number deletes the row there, None appends one, "hide" keeps one back."""

    def __init__(self, count: int, size: int, plan: list[int | None | str], *, by_page: bool = False, tells_total: bool = True) -> None:
        self.rows = [str(number) for number in range(count)]
        self.size, self.plan, self.by_page, self.tells_total = size, plan, by_page, tells_total
        self.throughout = set(self.rows)
        self.fetches = self.made = 0

    def window(self, start: int) -> Window[str]:
        size = page_size(start, self.size) if self.by_page else self.size
        begin = start // size * size if self.by_page else start
        total = len(self.rows)
        items = self.rows[begin:begin + size]
        self.move(self.plan[self.fetches] if self.fetches < len(self.plan) else "")
        self.fetches += 1
        return Window(begin, begin + size, items, total if self.tells_total else None,
                      is_last=begin + size >= total and bool(items) or begin == 0 and not items)

    def move(self, act: int | None | str) -> None:
        if act is None:
            self.rows.append(f"new {self.made}")
            self.made += 1
        elif isinstance(act, int) and self.rows:
            self.throughout.discard(self.rows.pop(act % len(self.rows)))


def read(rows: Rows, begin: Place = START) -> list[str]:
    return [item for stretch in walk(rows.window, str, begin=begin) for item in stretch.items]


def counting_only(rows: Rows) -> list[str]:
    """As many write it: page after page, and in the end as many as the shop says there are."""
    found: list[str] = []
    start = 0
    while True:
        window = rows.window(start)
        found += window.items
        start = window.reach
        if window.is_last or not window.items:
            assert window.total is None or len(set(found)) >= window.total
            return found


def test_the_trap() -> None:
    """Ten goods by fives; the second vanishes after the first page: 5 + 4 read, 9 listed, the count is right and number 5 is missed."""
    assert "5" not in counting_only(Rows(10, 5, [1])) and len(set(counting_only(Rows(10, 5, [1])))) == 9
    assert set(read(Rows(10, 5, [1]))) == {str(number) for number in range(10)}


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 40), st.integers(2, 9), st.lists(st.one_of(st.integers(0, 60), st.none(), st.just("")), max_size=30), st.booleans())
def test_nothing_is_passed_over(count: int, size: int, plan: list[int | None | str], tells_total: bool) -> None:
    rows = Rows(count, size, plan, tells_total=tells_total)
    found = read(rows)
    assert rows.throughout <= set(found) and len(found) == len(set(found))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 90), st.lists(st.one_of(st.integers(0, 60), st.none(), st.just("")), max_size=30))
def test_nor_by_pages(count: int, plan: list[int | None | str]) -> None:
    rows = Rows(count, 20, plan, by_page=True)
    assert rows.throughout <= set(read(rows))


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 40), st.integers(2, 7), st.integers(1, 8), st.lists(st.one_of(st.integers(0, 60), st.none()), max_size=12))
def test_nor_when_the_reader_died_and_the_list_moved(count: int, size: int, lives: int, plan: list[int | None]) -> None:
    rows = Rows(count, size, [])
    before: list[str] = []
    place = Place()
    for number, stretch in enumerate(walk(rows.window, str), 1):
        before += stretch.items
        place = stretch.place
        if number == lives:
            break
    for act in plan:
        rows.move(act)
    assert rows.throughout <= {*before, *read(rows, place)}



@pytest.mark.parametrize("missing", [0, 3, 9])
def test_a_shop_that_keeps_back_what_it_counts_is_not_believed(missing: int) -> None:
    def window(start: int) -> Window[str]:
        items = [str(number) for number in range(start, min(start + 4, 10)) if number != missing]
        return Window(start, start + 4, items, 10, is_last=start + 4 >= 10)

    with pytest.raises(FlagshipUnreachable) as caught:
        list(walk(window, str))
    assert (caught.value.code, caught.value.data) == ("incomplete", {"total": 10, "read": 9})


def test_a_shop_that_answers_the_same_page_for_ever_is_stuck() -> None:
    with pytest.raises(FlagshipUnreachable) as caught:
        list(walk(lambda start: Window(0, 4, ["a", "b", "c", "d"], 100), str))
    assert caught.value.code == "paging_stuck"


def test_a_list_in_another_order_at_every_call_is_given_up() -> None:
    shuffled = iter(range(10**6))

    def window(start: int) -> Window[str]:
        return Window(start, start + 4, [str(next(shuffled)) for _ in range(4)], 10**6)

    with pytest.raises(FlagshipUnreachable) as caught:
        list(walk(window, str))
    assert caught.value.code in {"list_moves", "paging_stuck"}
