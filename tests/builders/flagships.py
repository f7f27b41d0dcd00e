"""A flagship in memory: the same Protocol as the real connectors, its shelf rearranged by the test."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.catalog.models import FlagshipSource, SyncRun
from app.domain.catalog.ports import Alone, FlagshipConnector, FlagshipUnreachable, Heard, ListedVariant, Secrets, ShopFacts, UnreadableItem
from app.extensions import Database
from app.flows.sync_flagship import apply_sync, queue_sync, run_sync
from app.kernel.errors import Refused
from app.kernel.ids import new_id

Listed = ListedVariant | UnreadableItem


@dataclass
class MemoryFlagship:
    """`stop_after` items it stops answering, as a store that goes away in the middle."""

    items: list[Listed] = field(default_factory=list)
    stop_after: int | None = None

    def problems(self, kind: str, settings: Mapping[str, object], *, kept: Collection[str] = ()) -> list[Refused]:
        return []

    def divide(self, kind: str, typed: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
        return dict(typed), {}

    def open(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets | None = None,
             alone: Alone = nullcontext) -> FlagshipConnector:
        return self

    def hear(self, kind: str, headers: Mapping[str, str], body: bytes, *, secrets: Secrets) -> Heard | None:
        return None

    @property
    def can_read_changes(self) -> bool:
        return False

    def check(self) -> ShopFacts:
        return ShopFacts("", len(self.items))

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[Listed]:
        return self.list_items(currency=currency)

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[Listed]:
        for at, item in enumerate(self.items):
            if at == self.stop_after:
                raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址")
            yield item
        if self.stop_after is not None and self.stop_after >= len(self.items):
            raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址")

    def change(self, external_id: str, **values: Any) -> None:
        self.items = [item._replace(**values) if isinstance(item, ListedVariant) and item.external_id == external_id else item for item in self.items]

    def drop(self, *external_ids: str) -> None:
        self.items = [item for item in self.items if item.external_id not in external_ids]


def a_variant(number: int, **values: Any) -> ListedVariant:
    """Variant `number`: product of its own, 1 yuan × (100 + number), 10 in stock."""
    facts: dict[str, Any] = {
        "external_id": f"x{number}", "group_id": f"g{number}", "title": f"行李箱 {number} 号", "price_minor": 10_000 + number * 100,
        "currency": "CNY", "position": number, "sku": f"SKU-{number}", "barcode": "", "category": "箱包 > 登机箱", "vendor": "远途",
        "stock": 10, "images": (f"https://flagship.example/{number}.webp",)}
    return ListedVariant(**{**facts, **values})


def a_flagship(count: int) -> MemoryFlagship:
    return MemoryFlagship([a_variant(number) for number in range(1, count + 1)])


def a_source(database: Database, brand_id: int, name: str = "旗舰店") -> UUID:
    with database.transaction(brand_id) as session:
        source = FlagshipSource(id=new_id(), kind="merchant_feed", name=name, settings={"url": "https://flagship.example/feed.xml"}, status="active")
        session.add(source)
        return source.id


def sync(database: Database, flagship: MemoryFlagship, *, brand_id: int, source_id: UUID, now: datetime, mode: str = "apply") -> SyncRun:
    """A whole run in the foreground; the run as it ended."""
    with database.transaction(brand_id) as session:
        run_id = queue_sync(session, brand_id=brand_id, source_id=source_id, mode=mode, now=now, in_background=False).id
    return work(database, flagship, brand_id=brand_id, run_id=run_id, now=now)


def apply(database: Database, flagship: MemoryFlagship, *, brand_id: int, run_id: UUID, now: datetime, confirmed: bool = False) -> SyncRun:
    with database.transaction(brand_id) as session:
        apply_sync(session, brand_id=brand_id, run_id=run_id, now=now, confirmed=confirmed, in_background=False)
    return work(database, flagship, brand_id=brand_id, run_id=run_id, now=now)


def work(database: Database, flagship: MemoryFlagship, *, brand_id: int, run_id: UUID, now: datetime) -> SyncRun:
    run_sync(database, brand_id=brand_id, run_id=run_id, flagship=flagship, now=now)
    with database.transaction(brand_id) as session:
        run = session.get(SyncRun, (brand_id, run_id))
        assert run is not None
        return run
