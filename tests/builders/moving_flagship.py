"""A flagship that moves while it is read: pages with checkpoints, a last look at what changed meanwhile, faults and deaths as planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from app.domain.catalog.ports import Checkpoint, FlagshipUnreachable, ListedGroup, ListedVariant, Read, RemovedItem
from tests.builders.flagships import MemoryFlagship, a_variant


class Killed(BaseException):
    """The worker is gone, as by kill -9: nobody cleans up."""


Said = TypeVar("Said")
Move = Callable[["MovingFlagship"], None]


@dataclass
class MovingFlagship(MemoryFlagship):
    """`plan` holds what happens before each answer in turn. `clock` is the world's; every move takes a minute."""

    clock: datetime = field(default_factory=lambda: datetime.min)
    page: int = 3
    plan: Iterator[Move] = field(default_factory=lambda: iter(()))
    goods: dict[int, ListedVariant] = field(default_factory=dict)
    changed: list[tuple[datetime, str]] = field(default_factory=list)
    by_group: bool = False
    mark: str = "SKU"
    answers: list[str] = field(default_factory=list)

    @property
    def can_read_changes(self) -> bool:
        return True

    def put(self, number: int, **values: object) -> None:
        base = self.goods.get(number) or a_variant(number, group_id=f"g{number // 2}", sku=f"{self.mark}-{number}")
        self.goods[number] = base._replace(**values)
        self._moved(base.external_id)

    def take_away(self, number: int) -> None:
        gone = self.goods.pop(number, None)
        if gone is not None:
            self._moved(gone.external_id)

    def _moved(self, external_id: str) -> None:
        self.clock += timedelta(minutes=1)
        self.changed.append((self.clock, external_id))

    def prices(self) -> dict[str, tuple[int, int | None]]:
        return {one.external_id: (one.price_minor, one.stock) for one in self.goods.values()}

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[Read]:
        """By number, a page after the last one listed; then what changed since the reading began."""
        began, _, last = (cursor or f"{len(self.changed)}:0").partition(":")
        place = int(last)
        while page := self._answer(f"page after {place}", lambda last=place: [n for n in sorted(self.goods) if n > last][:self.page]):
            yield from (self.goods[number] for number in page if number in self.goods)
            place = page[-1]
            yield Checkpoint(f"{began}:{place}")
        yield from self._since(int(began))

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[Read]:
        yield from self._since(next((at for at, (moment, _) in enumerate(self.changed) if moment >= since), len(self.changed)))

    def _since(self, mark: int) -> Iterator[Read]:
        while mark < len(self._answer("changes", lambda: self.changed)):
            now, mark = self.changed[mark:], len(self.changed)
            listed = {one.external_id: one for one in self.goods.values()}
            for external_id in dict.fromkeys(external_id for _, external_id in now):
                yield from self._word(external_id, listed.get(external_id))

    def _word(self, external_id: str, listed: ListedVariant | None) -> Iterator[Read]:
        if listed is not None:
            yield listed
        elif self.by_group:
            group = f"g{int(external_id[1:]) // 2}"
            yield ListedGroup(group, frozenset(one.external_id for one in self.goods.values() if one.group_id == group))
        else:
            yield RemovedItem(external_id)

    def _answer(self, name: str, look: Callable[[], Said]) -> Said:
        for move in islice(self.plan, 1):
            move(self)
        self.answers.append(name)
        return look()


def breaks(shop: MovingFlagship) -> None:
    raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址")


def dies(shop: MovingFlagship) -> None:
    raise Killed


def moves(name: str, number: int, value: int) -> Move:
    """One move of the world, by name."""
    told: dict[str, Move] = {
        "nothing": lambda shop: None, "breaks": breaks, "dies": dies,
        "reprice": lambda shop: shop.put(number, price_minor=value), "restock": lambda shop: shop.put(number, stock=value),
        "create": lambda shop: shop.put(number), "drop": lambda shop: shop.take_away(number)}
    return told[name]
