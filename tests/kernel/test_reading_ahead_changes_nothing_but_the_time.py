from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from app.kernel.read_ahead import read_ahead


def test_the_same_items_in_the_same_order() -> None:
    assert list(read_ahead(range(10_001))) == list(range(10_001))
    assert list(read_ahead([])) == []


def test_what_the_reading_raises_comes_after_the_items_before_it() -> None:
    def broken() -> Iterator[int]:
        yield from range(777)
        raise ConnectionResetError

    taken = []
    with pytest.raises(ConnectionResetError):
        for item in read_ahead(broken()):
            taken.append(item)
    assert taken == list(range(777))


def test_a_taker_who_goes_ends_the_reading() -> None:
    ended, read = threading.Event(), []

    def endless() -> Iterator[int]:
        try:
            for number in iter(int, 1):
                read.append(number)
                yield number
        finally:
            ended.set()

    with closing(read_ahead(endless())) as items:
        next(items)
    assert ended.wait(5)
    assert len(read) < 3_000
