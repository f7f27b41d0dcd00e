"""The connector of kind `shopify`: a Shopify shop through its Admin GraphQL API.

A small shop is read page by page in the order of ids, where a cursor stands between two ids and nothing can slip past it; a big
one by a bulk operation, page by page only if that fails. What changed during the reading is read again at its end.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import orjson

from app.domain.catalog.ports import Checkpoint, FlagshipConnector, FlagshipUnreachable, Read, ShopFacts
from app.kernel.errors import Refused, msgid

from .accounting import MAX_ITEMS
from .asking import broken
from .cursors import Cursor
from .fields import SettingsField, travels_in_the_open
from .heard import Heard, is_signed
from .kinds import Kind, Means
from .paging import PASSES, Place
from .shopify_api import ShopifyApi
from .shopify_bulk import PIECE, Bulk
from .shopify_desk import ShopifyDesk
from .shopify_items import group_of, items_of, number_of
from .shopify_orders import ShopifyOrders
from .shopify_queries import SHOP, VERSION
from .shopify_shop import ShopifyShop
from .wire import Fields, Tally, fields_of, id_of, refuse_other_currency, text_of

BULK_FROM = 1_000
"""Variants from which on a bulk operation is quicker than pages paid by points."""
OVERLAP = timedelta(minutes=10)
"""Clocks differ, and Shopify's search learns of a change a little later."""
COUNT_SECONDS = 5.0
"""Shopify's own count may lag behind its list for a moment."""


@dataclass(frozen=True, slots=True)
class Facts:
    name: str
    currency: str
    products: int
    variants: int


@dataclass(frozen=True, slots=True)
class Shopify:
    api: ShopifyApi
    opened: datetime
    bulk_from: int = BULK_FROM
    piece: int = PIECE

    @property
    def can_read_changes(self) -> bool:
        return True

    def check(self) -> ShopFacts:
        facts = self._facts()
        self.api.page(after="", query="")
        return ShopFacts(facts.name[:200], facts.variants)

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[Read]:
        facts = self._facts()
        refuse_other_currency(facts.currency, currency)
        return self._listed(Cursor.read(cursor, self.opened), facts, currency)

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[Read]:
        refuse_other_currency(self._facts().currency, currency)
        return self._changed(Tally(), since, currency)

    def _listed(self, begin: Cursor, facts: Facts, currency: str) -> Iterator[Read]:
        tally = Tally(begin.position)
        whole = begin.phase == "changes"
        if begin.phase == "bulk" or not begin.phase and facts.variants >= self.bulk_from:
            whole = yield from self._bulk(begin, tally, currency)
        if not whole:
            yield from self._pages(begin if begin.phase == "pages" else Cursor("pages", begin.since), tally, currency)
        if not tally.position:
            raise FlagshipUnreachable("no_items", "来源里没有任何商品")
        yield Checkpoint(Cursor("changes", begin.since, position=tally.position).text())
        yield from self._changed(tally, begin.since, currency)

    def _bulk(self, begin: Cursor, tally: Tally, currency: str) -> Generator[Read, None, bool]:
        """Whether the file held the whole catalogue; False when Shopify could not write it."""
        bulk = Bulk(self.api, self.piece)
        operation, at = begin.place.last, begin.place.at
        file = bulk.wait(operation) if operation else None
        if file is None:
            operation, at = bulk.start(), 0
            yield Checkpoint(Cursor("bulk", begin.since, Place(0, operation), tally.position).text())
            file = bulk.wait(operation)
        if file is None:
            return False
        told = at
        for product, variants, behind in bulk.products(file, begin=at):
            yield from items_of(product, variants, tally, currency=currency)
            if behind - told >= self.piece or behind == file.size:
                told = behind
                yield Checkpoint(Cursor("bulk", begin.since, Place(behind, operation), tally.position).text())
        return True

    def _pages(self, begin: Cursor, tally: Tally, currency: str) -> Iterator[Read]:
        known: set[str] = set()
        after, read = begin.place.last, begin.place.read
        for _ in range(PASSES):
            while True:
                products, after = self.api.page(after=after, query="")
                for product in products:
                    yield from items_of(product, self.api.variants(product), tally, currency=currency)
                known.update(number_of(product.get("id")) for product in products)
                _refuse_endless(known)
                if not after:
                    break
                yield Checkpoint(Cursor("pages", begin.since, Place(0, after, read + len(known)), tally.position).text())
            total = self._facts().products
            if read + len(known) >= total:
                return
            read = 0
            self.api.asking.retry.sleep(COUNT_SECONDS)
        raise FlagshipUnreachable("incomplete", "旗舰店说有 %(total)d 件商品，反复读取只得到 %(read)d 件", total=total, read=len(known))

    def _changed(self, tally: Tally, since: datetime, currency: str) -> Iterator[Read]:
        query = f"updated_at:>='{(since - OVERLAP).astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}'"
        after, first = "", True
        while after or first:
            products, after = self.api.page(after=after, query=query)
            first = False
            for product in products:
                variants = self.api.variants(product)
                yield from items_of(product, variants, tally, currency=currency)
                yield group_of(product, variants)

    def _facts(self) -> Facts:
        return self.api.ask(SHOP, {}, _facts)


def _facts(data: Fields) -> Facts:
    shop, products, variants = fields_of(data.get("shop")), fields_of(data.get("productsCount")), fields_of(data.get("productVariantsCount"))
    if not isinstance(products.get("count"), int) or not isinstance(variants.get("count"), int):
        raise broken()
    return Facts(text_of(shop.get("name")), text_of(shop.get("currencyCode")), products["count"], variants["count"])


def _refuse_endless(known: set[str]) -> None:
    if len(known) > MAX_ITEMS:
        raise FlagshipUnreachable("too_many_items", "商品超过 %(limit)d 条", limit=MAX_ITEMS)


def _hear(headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str]) -> Heard | None:
    """products/create, /update and /delete, and whatever touches inventory. `webhook_secret` is the app's secret key."""
    if not is_signed(body, headers.get("x-shopify-hmac-sha256", ""), secrets.get("webhook_secret", "")):
        return None
    topic = headers.get("x-shopify-topic", "")[:80]
    delivery = (headers.get("x-shopify-webhook-id") or headers.get("x-shopify-event-id") or "")[:200]
    if topic == "products/delete":
        return Heard(delivery, topic, removed_groups=tuple(_deleted(body)))
    return Heard(delivery, topic, changed=topic.startswith(("products/", "inventory_levels/", "inventory_items/", "variants/")))


def _deleted(body: bytes) -> Iterator[str]:
    try:
        gone = id_of(fields_of(orjson.loads(body)).get("id"))
    except orjson.JSONDecodeError:
        return
    if gone:
        yield gone


def _inspect(settings: Mapping[str, object]) -> Iterable[Refused]:
    if travels_in_the_open(str(settings["endpoint"])):
        yield Refused("https_needed", "密钥不能明文传送，网址须以 https:// 开头", field="endpoint")


def _open(settings: Mapping[str, object], means: Means) -> FlagshipConnector:
    return Shopify(_api(settings, means), means.now)


def _orders(settings: Mapping[str, object], means: Means) -> ShopifyOrders:
    return ShopifyOrders(ShopifyDesk(_api(settings, means)))


def _shop(settings: Mapping[str, object], means: Means) -> ShopifyShop:
    return ShopifyShop(ShopifyDesk(_api(settings, means)), means.moment, str(settings.get("location_id") or "").strip().rpartition("/")[2])


def _api(settings: Mapping[str, object], means: Means) -> ShopifyApi:
    given = str(settings["endpoint"]).strip().rstrip("/")
    url = given if urlsplit(given).path else f"{given}/admin/api/{VERSION}/graphql.json"
    return ShopifyApi(url, means.asking())


SHOPIFY = Kind(
    "shopify", "Shopify", msgid("用自定义应用的 Admin API 令牌（权限 read_products、read_inventory；推送订单和写回库存所需的权限见连接文档）连接"), (
        SettingsField("endpoint", "店铺网址（https://….myshopify.com）", "url", required=True),
        SettingsField("access_token", "Admin API 访问令牌", "secret", required=True),
        SettingsField("webhook_secret", "应用密钥（用于核对 Webhook）", "secret"),
        SettingsField("location_id", "写入库存的地点编号", "line", help=msgid("只在库存分在几个地点、且由云店写回库存时需要")),
    ), _open, inspect=_inspect, hear=_hear, orders=_orders, shop=_shop)
