"""Every item of a source comes out once: as a variant, or as unreadable with its place and reason (R36)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from app.domain.catalog.ports import FlagshipUnreachable, ListedVariant, UnreadableItem
from app.kernel.errors import Refused
from app.kernel.on_disk import OnDisk

from .values import MAX_ID

MAX_ITEMS = 300_000


class Entry(Protocol):
    """An item as the source wrote it."""

    @property
    def position(self) -> int: ...

    @property
    def external_id(self) -> str: ...


E = TypeVar("E", bound=Entry)


def account_for(
    entries: Iterable[E], *, build: Callable[[E], ListedVariant], repeated: Callable[[str, int], Refused]
) -> Iterator[ListedVariant | UnreadableItem]:
    """`build` each entry; `repeated(id, first position)` words the refusal of the second and later of an id.

    Raises FlagshipUnreachable over 300,000 items, and when there is none: an empty catalogue would take every
    product down, so it is taken for a failure of the source.
    """
    first_seen: OnDisk[int] = OnDisk()
    count = 0
    for count, entry in enumerate(entries, 1):
        if count > MAX_ITEMS:
            raise FlagshipUnreachable("too_many_items", "商品超过 %(limit)d 条", limit=MAX_ITEMS)
        yield _outcome(entry, build=build, repeated=repeated, first_seen=first_seen)
    if count == 0:
        raise FlagshipUnreachable("no_items", "来源里没有任何商品")


def _outcome(
    entry: E, *, build: Callable[[E], ListedVariant], repeated: Callable[[str, int], Refused],
    first_seen: OnDisk[int],
) -> ListedVariant | UnreadableItem:
    external_id = " ".join(entry.external_id.split())
    try:
        if not external_id:
            raise Refused("id_missing", "没有编号", field="id")
        if len(external_id) > MAX_ID:
            raise Refused("id_too_long", "编号超过 %(most)d 个字", field="id", most=MAX_ID)
        first = first_seen.setdefault(external_id, entry.position)
        if first != entry.position:
            raise repeated(external_id, first)
        return build(entry)
    except Refused as refusal:
        return UnreadableItem(entry.position, external_id[:MAX_ID], refusal.code, refusal.message, dict(refusal.data))
