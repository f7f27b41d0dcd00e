"""A connector on trial: a shop that can be rearranged, a line that goes wrong, and what is expected of what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.domain.catalog.ports import (
    Download,
    FlagshipConnector,
    FlagshipUnreachable,
    ListedGroup,
    ListedVariant,
    Read,
    RemovedItem,
    Talk,
    UnreadableItem,
)

from .kinds import Kind, Means
from .line_faults import Line
from .opening import GivenSecrets


class Shop(Protocol):
    """A shop to read from. It lists at least a dozen variants on several pages, among them a product with several."""

    @property
    def currency(self) -> str: ...

    def listed(self) -> Mapping[str, int]:
        """External id → price in minor units, of what it lists now."""
        ...

    def add(self) -> None:
        """One more product."""
        ...

    def drop(self, external_id: str) -> None: ...

    def reprice(self, external_id: str, price_minor: int) -> None: ...


class Broken(AssertionError):
    """A claim that does not hold; the message says what was seen."""


@dataclass(slots=True)
class Trial:
    """`settings` and `secrets` open a connector that reads `shop`. `resettle` brings the shop back to its first state."""

    kind: Kind
    settings: Mapping[str, object]
    secrets: Mapping[str, str]
    shop: Shop
    talk: Talk
    download: Download
    now: Callable[[], datetime]
    resettle: Callable[[], None]
    waited: list[float] = field(default_factory=list)

    def line(self) -> Line:
        return Line(self.talk, self.download)

    def connector(self, line: Line | None = None, secrets: GivenSecrets | None = None) -> FlagshipConnector:
        line = line or self.line()
        means = Means(secrets or GivenSecrets(dict(self.secrets)), talk=line.talk, download=line.download, now=self.now(), sleep=self.waited.append)
        return self.kind.open(self.settings, means)

    def read(self, line: Line | None = None, cursor: str = "") -> list[Read]:
        return list(self.connector(line).list_items(currency=self.shop.currency, cursor=cursor))


Move = Callable[[Shop], None]


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Broken(otherwise)


@contextmanager
def expect_unreachable(otherwise: str) -> Iterator[None]:
    try:
        yield
    except FlagshipUnreachable as wrong:
        expect(bool(wrong.code and wrong.message % wrong.data), "an error without a code or a reason")
    else:
        raise Broken(otherwise)


def expect_fit(items: list[Read], trial: Trial) -> None:
    for item in items:
        if isinstance(item, UnreadableItem):
            raise Broken(f"{item.external_id!r} cannot be read: {item.code}")
        if isinstance(item, ListedVariant):
            expect(item.currency == trial.shop.currency and item.price_minor > 0 and bool(item.external_id and item.group_id and item.title),
                    f"{item.external_id!r} is not whole: {item}")
    expect(len({item.position for item in items if isinstance(item, ListedVariant)}) >= len(ids_of(items)), "positions are shared")


def expect_complete(trial: Trial, moves: Mapping[int, Move], what: str, *, may_fail: bool = False) -> None:
    """What was listed throughout came out, if the reading ended."""
    throughout = set(trial.shop.listed())
    line = trial.line()

    def moved(move: Move) -> Callable[[], None]:
        def act() -> None:
            move(trial.shop)
            throughout.intersection_update(trial.shop.listed())

        return act

    line.between = {call: moved(move) for call, move in moves.items()}
    try:
        read = ids_of(trial.read(line))
    except FlagshipUnreachable as wrong:
        expect(may_fail, f"{what}: the reading fails ({wrong.code})")
    else:
        expect(throughout <= read, f"{what}: {sorted(throughout - read)} are missed")


def ids_of(items: Iterable[Read]) -> set[str]:
    return {item.external_id for item in items if isinstance(item, ListedVariant | UnreadableItem)}


def prices_of(items: Iterable[Read]) -> dict[str, int]:
    """The later of two that are the same counts."""
    return {item.external_id: item.price_minor for item in items if isinstance(item, ListedVariant)}


def gone_in(items: Iterable[Read], before: Mapping[str, int]) -> set[str]:
    gone: set[str] = set()
    groups = {item.external_id: item.group_id for item in items if isinstance(item, ListedVariant)}
    for item in items:
        if isinstance(item, RemovedItem):
            gone.add(item.external_id)
        elif isinstance(item, ListedGroup):
            gone |= {key for key in before if groups.get(key) == item.group_id} - item.external_ids
    return gone


def difference(read: Mapping[str, int], listed: Mapping[str, int]) -> str:
    missing, strange = sorted(listed.keys() - read.keys()), sorted(read.keys() - listed.keys())
    wrong = sorted(key for key in listed.keys() & read.keys() if listed[key] != read[key])
    return f"missed {missing}, not listed {strange}, another price {wrong}"


def drop_first(shop: Shop) -> None:
    shop.drop(next(iter(shop.listed())))


def drop_middle(shop: Shop) -> None:
    ids = list(shop.listed())
    shop.drop(ids[len(ids) // 2])


def add(shop: Shop) -> None:
    shop.add()


def drop_first_and_add(shop: Shop) -> None:
    if len(shop.listed()) > 1:
        drop_first(shop)
    shop.add()


def reprice_last(shop: Shop) -> None:
    external_id, price = list(shop.listed().items())[-1]
    shop.reprice(external_id, price + 100)
