"""Reading a list that moves while it is read, without losing an entry.

JD pages by offset. When something on a page already read goes away, everything behind moves up by one, and a plain page
loop never sees what slips over the edge. So lists are read in ascending order of an id that never changes, and each page is
asked for such that it begins at or before the last id taken. A page is one moment's unbroken run of the list: if it begins
at or before that id, whatever was listed all the time behind it is on this page or a later one. A page that begins behind it
proves that something moved, and is asked for again from further back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.domain.catalog.ports import FlagshipUnreachable
from app.kernel.errors import msgid

from .reactions import JdRefused, Reaction
from .replies import Body

MOST = 100
LEAST = 20
"""Pages of 10 to 20 always leave one that holds two neighbours of any list there is; with smaller ones some neighbours (at 2520
of ten) share no page."""
READ_AGAIN = 5
"""Times a page may contradict its own total before the list is given up."""
STEP_BACK = 8
INCOMPLETE = msgid("京东说有 %(total)d 条，第 %(start)d 条以后却没有给出，列表不完整")
DISORDERED = msgid("京东没有按编号给出列表，无法保证一条不漏")

Page = tuple[list[Body], int]
"""(rows, how many the list holds in all), both of one moment."""
ReadPage = Callable[[int, int], Page]
"""(page number from 1, page size) → that page."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a walk has come: the highest id taken, and how many entries stood up to it when they were read."""

    last: int = 0
    offset: int = 0


START = Place()


def walk(read: ReadPage, key: Callable[[Body], int], place: Place = START) -> Iterator[tuple[list[Body], Place]]:
    """Every entry listed all the time, in ascending order of `key`, a page at a time with the place behind it.

    The place of any page serves to go on later. Raises FlagshipUnreachable for a list that contradicts itself.
    """
    most, overlap, total, contradictions = MOST, 1, 0, 0
    while True:
        size, number = _window(max(0, place.offset - overlap), most)
        start = size * (number - 1)
        try:
            rows, now_total = read(number, size)
        except JdRefused as refusal:
            if refusal.reaction is not Reaction.ITEM_ERROR or most <= LEAST:
                raise
            most = max(LEAST, most // 2)
            continue
        ids = _ascending(rows, key)
        if start > 0 and (not ids or ids[0] > place.last):
            overlap, total = max(overlap * STEP_BACK, total - now_total + 1), now_total
            continue
        ends_short = len(ids) < size
        if ends_short and start + len(ids) < now_total:
            contradictions += 1
            if contradictions > READ_AGAIN:
                raise FlagshipUnreachable("listing_incomplete", INCOMPLETE, total=now_total, start=start + len(ids))
            continue
        fresh = [row for row in rows if key(row) > place.last]
        place, overlap, total = Place(max(place.last, ids[-1] if ids else 0), start + len(ids)), 1, now_total
        if fresh:
            yield fresh, place
        if ends_short:
            return


def _window(start: int, most: int) -> tuple[int, int]:
    """(page size, page number) of the page that begins at or before `start` and reaches furthest behind it."""
    size = max(range(max(1, most // 2), most + 1), key=lambda size: size - start % size)
    return size, start // size + 1


def _ascending(rows: list[Body], key: Callable[[Body], int]) -> list[int]:
    ids = [key(row) for row in rows]
    if any(later <= earlier for earlier, later in zip(ids, ids[1:], strict=False)):
        raise FlagshipUnreachable("listing_disordered", DISORDERED)
    return ids
