"""The connector of kind `graphql`: any shop that answers GraphQL or JSON, read by a mapping and without code.

The list has to be asked for in a steady order (by id, or by creation): offsets are walked with overlap, cursors stand between two
goods, and either is counted against the shop's total if the mapping says where that is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.domain.catalog.ports import Checkpoint, FlagshipConnector, FlagshipUnreachable, ListedGroup, Read, ShopFacts
from app.kernel.errors import Refused, msgid

from .accounting import MAX_ITEMS
from .cursors import Cursor
from .fields import SettingsField, json_setting, travels_in_the_open
from .kinds import Kind, Means
from .mapped_items import Reader
from .mapped_shop import MappedShop
from .mapping import read_mapping
from .paging import PASSES, Place, walk
from .wire import Fields, Tally

OVERLAP = timedelta(minutes=10)
NOT_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-type", "accept-encoding"})
SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key", "api-key", "x-access-token", "x-auth-token"})


@dataclass(frozen=True, slots=True)
class MappedConnector:
    shop: MappedShop
    opened: datetime

    @property
    def can_read_changes(self) -> bool:
        return self.shop.mapped.changes is not None

    def check(self) -> ShopFacts:
        """Reads the first page; how many variants there are it does not tell."""
        tally = Tally()
        list(self._taken(self.shop, Cursor("", self.opened), Reader(self.shop.mapped, "CNY"), tally, pages=1))
        return ShopFacts(self.shop.name()[:200] if self.shop.mapped.shop.paths else "")

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[Read]:
        begin, tally = Cursor.read(cursor, self.opened), Tally()
        tally.position = begin.position
        yield from self._taken(self.shop, begin, Reader(self.shop.mapped, currency), tally)
        if not tally.position:
            raise FlagshipUnreachable("no_items", "来源里没有任何商品")
        if self.can_read_changes:
            yield from self._changed(begin.since, currency, tally)

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[Read]:
        return self._changed(since, currency, Tally()) if self.can_read_changes else self.list_items(currency=currency)

    def _changed(self, since: datetime, currency: str, tally: Tally) -> Iterator[Read]:
        shop = replace(self.shop, since=(since - OVERLAP).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        reader = Reader(self.shop.mapped, currency)
        for products, _ in self._stretches(shop, Place(), reader, counted=False):
            for product in products:
                yield from reader.items(product, tally)
                yield ListedGroup(reader.key(product), frozenset(reader.variant_key(variant) for variant in reader.variants(product)))

    def _taken(self, shop: MappedShop, begin: Cursor, reader: Reader, tally: Tally, *, pages: int = 0) -> Iterator[Read]:
        for number, (products, place) in enumerate(self._stretches(shop, begin.place, reader, counted=True), 1):
            for product in products:
                yield from reader.items(product, tally)
            if place is not None:
                yield Checkpoint(replace(begin, phase="list", place=place, position=tally.position).text())
            if number == pages:
                return

    def _stretches(self, shop: MappedShop, begin: Place, reader: Reader, *, counted: bool) -> Iterator[tuple[Iterable[Fields], Place | None]]:
        if shop.mapped.style == "none":
            yield shop.whole().items, None
        elif shop.mapped.style == "cursor":
            yield from _by_cursor(shop, begin, reader, counted=counted)
        else:
            for stretch in walk(shop.window, reader.key, begin=begin, counted=counted):
                yield stretch.items, stretch.place


def _by_cursor(shop: MappedShop, begin: Place, reader: Reader, *, counted: bool) -> Iterator[tuple[Iterable[Fields], Place | None]]:
    known: set[str] = set()
    after, carried, total = begin.last, begin.read, None
    for _ in range(PASSES):
        used: set[str] = set()
        while True:
            page = shop.after(after)
            known.update(reader.key(product) for product in page.items)
            if len(known) > MAX_ITEMS:
                raise FlagshipUnreachable("too_many_items", "商品超过 %(limit)d 条", limit=MAX_ITEMS)
            if page.next in used:
                raise FlagshipUnreachable("paging_stuck", "旗舰店的分页没有前进，请检查分页设置")
            used.add(page.next)
            after, total = page.next, page.total
            yield page.items, Place(0, after, carried + len(known)) if after else None
            if not after:
                break
        if not counted or total is None or carried + len(known) >= total:
            return
        carried = 0
    raise FlagshipUnreachable("incomplete", "旗舰店说有 %(total)d 件商品，反复读取只得到 %(read)d 件", total=total, read=len(known))


def _inspect(settings: Mapping[str, object]) -> Iterable[Refused]:
    try:
        mapped = read_mapping(json_setting(settings["mapping"]))
    except Refused as wrong:
        yield wrong
        return
    headers = json_setting(settings.get("headers") or {})
    assert isinstance(headers, dict)
    for name, value in headers.items():
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not name.replace("-", "").isalnum() \
                or not name.isascii() or name.lower() in NOT_OURS:
            yield Refused("header_invalid", "请求头“%(name)s”不能这样填", field="headers", name=name[:40])
        elif name.lower() in SECRET_HEADERS and "{token}" not in value:
            yield Refused("header_secret", "密钥请填在密钥栏，在请求头里写 {token}", field="headers")
    if settings.get("query") and mapped.method != "POST":
        yield Refused("mapping_invalid", "映射里的“%(key)s”不对", field="mapping", key="method")
    if "{token}" in str(headers) and travels_in_the_open(str(settings["endpoint"])):
        yield Refused("https_needed", "密钥不能明文传送，网址须以 https:// 开头", field="endpoint")


def _open(settings: Mapping[str, object], means: Means) -> FlagshipConnector:
    headers = json_setting(settings.get("headers") or {})
    assert isinstance(headers, dict)
    shop = MappedShop(str(settings["endpoint"]).strip(), headers, str(settings.get("query") or ""), read_mapping(json_setting(settings["mapping"])),
                      means.asking())
    return MappedConnector(shop, means.now)


GRAPHQL = Kind(
    "graphql", msgid("其他店铺（GraphQL 或 JSON 接口）"), msgid("按映射读取，不用写程序；附 Vendure、Medusa、Saleor 的现成映射"), (
        SettingsField("endpoint", "接口网址", "url", required=True),
        SettingsField("headers", "请求头", "json", help=msgid("用 {token} 代表下面的密钥")),
        SettingsField("query", "GraphQL 查询", "document", help=msgid("留空则按 JSON 接口读取")),
        SettingsField("mapping", "映射", "json", required=True),
        SettingsField("token", "密钥", "secret"),
    ), _open, inspect=_inspect)


def examples() -> dict[str, dict[str, object]]:
    """Settings that will do for well-known shops, by name; only the endpoint is missing, and the token where one is needed."""
    folder = Path(__file__).parent / "examples"
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
