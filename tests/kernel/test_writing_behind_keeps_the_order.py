from __future__ import annotations

import threading
from functools import partial

import pytest

from app.kernel.write_behind import write_behind


def test_pieces_are_done_in_the_order_given_and_all_of_them() -> None:
    done: list[int] = []
    with write_behind() as behind:
        for number in range(100):
            behind.do(partial(done.append, number))
    assert done == list(range(100))


def test_what_a_piece_raises_comes_to_the_one_who_gives_the_next() -> None:
    def broken() -> None:
        raise ConnectionResetError

    after: list[int] = []
    with pytest.raises(ConnectionResetError), write_behind() as behind:
        behind.do(broken)
        behind.do(partial(after.append, 1))
    assert after == []


def test_the_last_piece_is_waited_for_and_raises_too() -> None:
    def broken() -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError), write_behind() as behind:
        behind.do(broken)


def test_whoever_breaks_off_leaves_nothing_at_work() -> None:
    going, finished = threading.Event(), threading.Event()

    def slow() -> None:
        going.wait(5)
        finished.set()

    with pytest.raises(KeyError), write_behind() as behind:
        behind.do(slow)
        threading.Timer(0.05, going.set).start()
        raise KeyError
    assert finished.is_set()
