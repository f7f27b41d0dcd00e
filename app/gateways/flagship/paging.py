"""Reading a list by offsets while goods come and go, so that nothing that stays listed is passed over.

A good that vanishes shifts all behind it forward by one, and counting does not show it: the vanished one was counted, the
passed-over one was not, and the sum is right. So every stretch begins with the last good already read. If that good is not
there, the list has moved and we step back until a stretch begins with one we know. In a list of steady order (by id, by
creation) everything before a known good is known too, hence nothing lies between two such stretches.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.domain.catalog.ports import FlagshipUnreachable

from .accounting import MAX_ITEMS

T = TypeVar("T")

PASSES = 3
MOVES = 500
"""So often a list may have moved before its reading is given up: a list that is sorted differently at every call would never end."""


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """A stretch of the list as it stood at one moment: offsets `start` to `reach`, and how long the whole list was then.

    There may be fewer items than offsets: a shop may hide some. `total` is None if it does not tell; `is_last` if nothing follows.
    """

    start: int
    reach: int
    items: Sequence[T]
    total: int | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """How far a reading has come: the offset behind the last good read, that good's key, and how many were read."""

    at: int = 0
    last: str = ""
    read: int = 0


@dataclass(frozen=True, slots=True)
class Stretch(Generic[T]):
    """Goods not read before, and the place behind them."""

    items: Sequence[T]
    place: Place


def walk(fetch: Callable[[int], Window[T]], key: Callable[[T], str], *, begin: Place = Place(), counted: bool = True) -> Iterator[Stretch[T]]:
    """The whole list from `begin` on. `fetch(offset)` gives a window that begins at that offset or before it.

    Ends normally only when as many goods were read as the shop says it has; else reads the list again, and after the third
    time raises FlagshipUnreachable incomplete. Not `counted` are lists that grow everywhere while they are read (what changed
    since): what comes later is in the next such list. Also raises too_many_items, and paging_stuck for a shop that does not page.
    """
    known: set[str] = set()
    before = begin
    for _ in range(PASSES):
        last = yield from _once(fetch, key, begin=before, known=known)
        if not counted or last.total is None or last.read >= last.total:
            return
        before = Place()
    raise FlagshipUnreachable("incomplete", "旗舰店说有 %(total)d 件商品，反复读取只得到 %(read)d 件", total=last.total, read=last.read)


@dataclass(frozen=True, slots=True)
class _End:
    total: int | None
    read: int


def _once(fetch: Callable[[int], Window[T]], key: Callable[[T], str], *, begin: Place, known: set[str]) -> Generator[Stretch[T], None, _End]:
    """One pass. `known` are the keys of all passes and grows."""
    seen = {begin.last} if begin.last else set[str]()
    resuming, place, back, moves = begin.last, begin, 1, 0
    while True:
        window = fetch(max(place.at - back, 0))
        items = _beyond(window, seen, key, resuming=resuming)
        if items is None:
            back, moves = back * 2, moves + 1
            if moves > MOVES:
                raise FlagshipUnreachable("list_moves", "旗舰店的商品一直在变动，读不完整，请稍后再试")
            continue
        if back == 1 and window.reach <= place.at and not window.is_last:
            raise FlagshipUnreachable("paging_stuck", "旗舰店的分页没有前进，请检查分页设置")
        if resuming and len(items) == len(window.items):
            begin = Place()
        fresh = [item for item in items if key(item) not in known]
        known.update(key(item) for item in items)
        seen.update(key(item) for item in window.items)
        if len(known) > MAX_ITEMS:
            raise FlagshipUnreachable("too_many_items", "商品超过 %(limit)d 条", limit=MAX_ITEMS)
        place = Place(window.reach, key(window.items[-1]) if window.items else place.last, begin.read + len(known))
        yield Stretch(fresh, place)
        if window.is_last:
            return _End(window.total, place.read)
        resuming, back = "", 1


def _beyond(window: Window[T], seen: set[str], key: Callable[[T], str], *, resuming: str) -> Sequence[T] | None:
    """What the window adds; None if something unknown may lie before it. `resuming` is the last key of an earlier reading."""
    if resuming:
        at = next((index for index, item in enumerate(window.items) if key(item) == resuming), None)
        if at is not None:
            return window.items[at + 1:]
    if window.start == 0 or (not resuming and window.items and key(window.items[0]) in seen):
        return window.items
    return None
