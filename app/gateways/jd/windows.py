"""Reading what changed between two moments without paging: a window of time is halved until it fits into one answer.

One answer is one moment's truth. What is changed again meanwhile moves to a later window, which is read later; nothing
slips between two pages, because there are no two pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from .replies import Body

SECOND = timedelta(seconds=1)
ReadWindow = Callable[[datetime, datetime], tuple[list[Body], bool]]
"""(from, to), both counted in and both whole seconds → (rows, whether these are all)."""
ReadSecond = Callable[[datetime, datetime], Iterator[Body]]


def whole_windows(read: ReadWindow, crowded: ReadSecond, *, since: datetime, until: datetime, longest: timedelta) -> Iterator[Body]:
    """Every row between, at least once: windows share their edges. `crowded` reads a single second that does not fit."""
    start, until = since.replace(microsecond=0), until.replace(microsecond=0) + SECOND
    while start < until:
        end = min(start + longest, until)
        yield from _halved(read, crowded, start, end)
        start = end


def _halved(read: ReadWindow, crowded: ReadSecond, start: datetime, end: datetime) -> Iterator[Body]:
    rows, whole = read(start, end)
    if whole:
        yield from rows
    elif end - start <= SECOND:
        yield from crowded(start, end)
    else:
        middle = start + max(SECOND, ((end - start) / 2) // SECOND * SECOND)
        yield from _halved(read, crowded, start, middle)
        yield from _halved(read, crowded, middle, end)
