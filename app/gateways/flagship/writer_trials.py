"""A shop on trial that takes orders or lets its stock be written: what the proof must see of it, and outcomes that are allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Protocol

from app.domain.catalog.ports import Download, FlagshipUnreachable, Talk
from app.domain.fulfilment.ports import Declined, Destination, FlagshipOrder, FlagshipOrders, FlagshipShop, Unsure, WantedLine, WantedOrder

from .kinds import Kind, Means
from .line_faults import FAULTS, Fault, Line
from .opening import GivenSecrets
from .trials import Broken, expect

HOME = Destination("李四 “四”", "+8613911112222", "北京市 朝阳区 测试路 2 号 🏠", (1, 72, 2799, 0), country="CN", province="北京市", city="北京市",
                   district="朝阳区", street="测试路 2 号 🏠", postal_code="100020")


class Desk(Protocol):
    """The double's own view of itself. It sells at least two goods, ten pieces of each or more."""

    @property
    def currency(self) -> str: ...

    def listed(self) -> Mapping[str, int]:
        """External id → price in minor units."""
        ...

    def stock_of(self, external_id: str) -> int: ...

    def ordered(self) -> Sequence[str]:
        """The ids of all orders it has."""
        ...

    def send(self, flagship_order_id: str) -> None:
        """Somebody there sends all of it."""
        ...

    def sell(self, external_id: str, quantity: int) -> str:
        """An order of the shop's own, paid and not yet sent."""
        ...


@dataclass(slots=True)
class WriterTrial:
    """`settings` and `secrets` open doors into `desk`. `resettle` brings it back to its first state: all open doors stay good."""

    kind: Kind
    settings: Mapping[str, object]
    secrets: Mapping[str, str]
    desk: Desk
    talk: Talk
    download: Download
    now: Callable[[], datetime]
    resettle: Callable[[], None]
    waited: list[float] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def line(self, *faults: Fault) -> Line:
        line = Line(self.talk, self.download)
        line.play(*faults)
        return line

    def orders(self, line: Line | None = None) -> FlagshipOrders:
        if self.kind.orders is None:
            raise Broken("this kind takes no orders")
        return self.kind.orders(self.settings, self._means(line or self.line()))

    def shop(self, line: Line | None = None) -> FlagshipShop:
        if self.kind.shop is None:
            raise Broken("this kind lets no stock be written")
        return self.kind.shop(self.settings, self._means(line or self.line()))

    def wanted(self, *, quantity: int = 2) -> WantedOrder:
        """A new number each time; two goods, freight."""
        first, second = list(self.desk.listed().items())[:2]
        lines = (WantedLine(first[0], quantity, first[1], "旅行箱"), WantedLine(second[0], 1, second[1], "登机箱"))
        return WantedOrder(f"YDT{next(self._numbers):06d}", lines, 600, self.desk.currency, HOME, channel="guide_link")

    def _means(self, line: Line) -> Means:
        return Means(GivenSecrets(dict(self.secrets)), talk=line.talk, download=line.download, now=self.now(), sleep=self.waited.append)


def troubles(calls: int) -> Iterator[tuple[str, Fault]]:
    """Every fault at every call of so many, once and for ever."""
    for kind in FAULTS:
        for call in range(calls):
            for times in (1, -1):
                yield f"{kind} at call {call + 1}{'' if times == 1 else ' and ever after'}", Fault(kind, after=call, times=times)


def outcome(act: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """What came out, an exception as itself."""
    try:
        return act(*args, **more)
    except FlagshipUnreachable as raised:
        expect(bool(raised.code and raised.message % raised.data), "an error without a code or a reason")
        return raised


def expect_honest(told: Any, *, done: bool, what: str) -> None:
    """A fault of the line is no plain no; and an exception says that nothing was done."""
    expect(not isinstance(told, Declined), f"{what}: declined, as if the shop had said no")
    if done:
        expect(not isinstance(told, FlagshipUnreachable), f"{what}: {getattr(told, 'code', '')} is raised as if nothing had been done")
    if isinstance(told, Unsure):
        expect(bool(told.code and told.message % told.data), f"{what}: unsure without a code or a reason")


def overheard(act: Callable[..., object], *args: object, **more: object) -> str:
    """All that can be read off what came out."""
    told = outcome(act, *args, **more)
    return f"{told!r} {told} {vars(told) if isinstance(told, Exception) else ''}"


def pieces_of(order: FlagshipOrder) -> dict[str, int]:
    return {line.external_id: line.quantity for line in order.lines}
