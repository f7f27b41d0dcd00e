"""The connector of kind `woocommerce`: a WooCommerce shop through its REST API v3.

Products are walked by id. Since WooCommerce 10.3 variations have a list of their own, walked after it; older shops are asked
for the variations of each product. What changed during the reading is read again at its end, so prices and goods that moved
between pages come out as they are then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import orjson

from app.domain.catalog.ports import (
    Checkpoint,
    FlagshipConnector,
    FlagshipUnreachable,
    ListedGroup,
    ListedVariant,
    Read,
    ShopFacts,
    UnreadableItem,
)
from app.kernel.errors import msgid

from .cursors import Cursor
from .fields import SettingsField
from .heard import Heard, is_signed
from .kinds import Kind, Means
from .paging import walk
from .wire import Fields, Tally, fields_of, id_of, refuse_other_currency, text_of
from .woo_items import Reader, is_sold_here, is_variable
from .woo_orders import WooOrders
from .woo_own_shop import WooOwnShop
from .woo_shop import PRODUCTS, WooShop

VARIATIONS = "/wc/v3/variations"
OVERLAP = timedelta(minutes=10)
"""Clocks differ, and what a shop writes is not seen at once."""
ANY = {"status": "any"}
PING = re.compile(rb"webhook_id=[0-9]{1,12}")
Item = ListedVariant | UnreadableItem


@dataclass(frozen=True, slots=True)
class WooCommerce:
    shop: WooShop
    opened: datetime
    weight_unit: str = "kg"

    @property
    def can_read_changes(self) -> bool:
        return True

    def check(self) -> ShopFacts:
        """The currency needs a key that may read settings, so a check that passes means a reading will."""
        self._currency()
        index = fields_of(self.shop.get("/"))
        count = self.shop.count(PRODUCTS, {**ANY, "type": "simple"})
        variations = self.shop.count(VARIATIONS, ANY) if self.shop.has(VARIATIONS) else None
        return ShopFacts(text_of(index.get("name"))[:200], count + variations if variations is not None else None)

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[Read]:
        refuse_other_currency(self._currency(), currency)
        return self._listed(_Reading(self.shop, Reader(currency, self.weight_unit), self.shop.has(VARIATIONS)), Cursor.read(cursor, self.opened))

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[Read]:
        refuse_other_currency(self._currency(), currency)
        return self._changed(_Reading(self.shop, Reader(currency, self.weight_unit), self.shop.has(VARIATIONS)), since)

    def _listed(self, reading: _Reading, begin: Cursor) -> Iterator[Read]:
        reading.tally.position = begin.position
        if begin.phase in ("", "products"):
            at = replace(begin, phase="products")
            for stretch in walk(self.shop.window(PRODUCTS, ANY), _key, begin=begin.place):
                yield from reading.products(stretch.items)
                yield Checkpoint(replace(at, place=stretch.place, position=reading.tally.position).text())
            begin = Cursor("variations", begin.since)
        if reading.whole_list:
            for stretch in walk(self.shop.window(VARIATIONS, ANY), _key, begin=begin.place):
                yield from reading.variations(stretch.items)
                yield Checkpoint(replace(begin, place=stretch.place, position=reading.tally.position).text())
        if not reading.tally.position:
            raise FlagshipUnreachable("no_items", "来源里没有任何商品")
        yield from self._changed(reading, begin.since)

    def _changed(self, reading: _Reading, since: datetime) -> Iterator[Read]:
        after = {"modified_after": (since - OVERLAP).strftime("%Y-%m-%dT%H:%M:%S"), "dates_are_gmt": "true"}
        reading.parents = {}
        for stretch in walk(self.shop.window(PRODUCTS, {**ANY, **after}), _key, counted=False):
            for product in stretch.items:
                yield from reading.product_whole(product)
        if reading.whole_list:
            for stretch in walk(self.shop.window(VARIATIONS, {**ANY, **after}), _key, counted=False):
                yield from reading.variations(stretch.items)
        else:
            for stretch in walk(self.shop.window(PRODUCTS, {**ANY, "type": "variable"}), _key):
                for product in stretch.items:
                    yield from reading.of_product(product, after)
        yield from self._trashed(after)

    def _trashed(self, after: Mapping[str, str]) -> Iterator[Read]:
        """Products in the bin; a shop too old to list its bin leaves that to the next whole reading."""
        try:
            for stretch in walk(self.shop.window(PRODUCTS, {"status": "trash", **after}), _key, counted=False):
                yield from (ListedGroup(_key(product)) for product in stretch.items)
        except FlagshipUnreachable as wrong:
            if wrong.data.get("status") != 400:
                raise

    def _currency(self) -> str:
        return text_of(fields_of(self.shop.get("/wc/v3/data/currencies/current")).get("code"))


@dataclass(slots=True)
class _Reading:
    """`whole_list`: variations have a list of their own. `parents` are the last products variations were read of."""

    shop: WooShop
    reader: Reader
    whole_list: bool
    tally: Tally = field(default_factory=Tally)
    parents: dict[str, Fields] = field(default_factory=dict)

    def products(self, products: Sequence[Fields]) -> Iterator[Item]:
        for product in products:
            if not is_variable(product):
                yield from self._single(product)
            elif not self.whole_list:
                yield from self.of_product(product, {})

    def product_whole(self, product: Fields) -> Iterator[Read]:
        """A product that changed, with all it has now."""
        if not is_variable(product):
            yield from self._single(product)
            yield ListedGroup(_key(product), frozenset({_key(product)} if is_sold_here(product) else ()))
            return
        present = {_key(product)}
        for variation in self._variations_of(product, {}):
            present.add(_key(variation))
            yield self._variation(variation, product)
        yield ListedGroup(_key(product), frozenset(present - {_key(product)}))

    def of_product(self, product: Fields, params: Mapping[str, str]) -> Iterator[Item]:
        for variation in self._variations_of(product, params):
            yield self._variation(variation, product)

    def variations(self, variations: Sequence[Fields]) -> Iterator[Item]:
        """A variation whose product is gone is not for sale: the shop does not show it either."""
        self._learn_parents({id_of(variation.get("parent_id")) for variation in variations})
        for variation in variations:
            parent = self.parents.get(id_of(variation.get("parent_id")))
            if parent is not None:
                yield self._variation(variation, parent)

    def _single(self, product: Fields) -> Iterator[Item]:
        if is_sold_here(product):
            yield self.tally.one(product.get("id"), lambda known, position: self.reader.product(product, known, position))

    def _variation(self, variation: Fields, parent: Fields) -> Item:
        return self.tally.one(variation.get("id"), lambda known, position: self.reader.variation(variation, parent, known, position))

    def _variations_of(self, product: Fields, params: Mapping[str, str]) -> Iterator[Fields]:
        for stretch in walk(self.shop.window(f"{PRODUCTS}/{_key(product)}/variations", {**ANY, **params}), _key):
            yield from stretch.items

    def _learn_parents(self, wanted: set[str]) -> None:
        missing = sorted(wanted - self.parents.keys() - {""})
        self.parents = {known: self.parents[known] for known in wanted & self.parents.keys()}
        for start in range(0, len(missing), self.shop.page):
            asked = {**ANY, "include": ",".join(missing[start:start + self.shop.page])}
            for stretch in walk(self.shop.window(PRODUCTS, asked), _key):
                self.parents |= {_key(product): product for product in stretch.items}


def _key(item: Fields) -> str:
    return id_of(item.get("id"))


def _hear(headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str]) -> Heard | None:
    """product.created, .updated, .restored and .deleted. The ping sent unsigned when a webhook is made is heard and means nothing."""
    if PING.fullmatch(body) and "x-wc-webhook-topic" not in headers:
        return Heard("", "ping")
    if not is_signed(body, headers.get("x-wc-webhook-signature", ""), secrets.get("webhook_secret", "")):
        return None
    topic = headers.get("x-wc-webhook-topic", "")
    delivery = f"{headers.get('x-wc-webhook-id', '')}:{headers.get('x-wc-webhook-delivery-id', '')}"[:200]
    if not topic.startswith("product."):
        return Heard(delivery, topic[:80])
    try:
        gone = id_of(fields_of(orjson.loads(body)).get("id"))
    except orjson.JSONDecodeError:
        gone = ""
    deleted = topic == "product.deleted" and gone
    return Heard(delivery, topic[:80], changed=not deleted, removed_groups=(gone,) if deleted else ())


def _open(settings: Mapping[str, object], means: Means) -> FlagshipConnector:
    return WooCommerce(_at(settings, means), means.now, str(settings.get("weight_unit") or "kg"))


def _orders(settings: Mapping[str, object], means: Means) -> WooOrders:
    return WooOrders(_at(settings, means))


def _own_shop(settings: Mapping[str, object], means: Means) -> WooOwnShop:
    return WooOwnShop(_at(settings, means))


def _at(settings: Mapping[str, object], means: Means) -> WooShop:
    base = str(settings["base_url"]).strip().rstrip("/").removesuffix("/wp-json")
    return WooShop(base, means.asking(), means.moment)


WOOCOMMERCE = Kind(
    "woocommerce", "WooCommerce", msgid("用 REST API 密钥连接：只读取商品用只读密钥，推送订单、写回库存用可读写密钥；网址填店铺首页"), (
        SettingsField("base_url", "店铺网址", "url", required=True),
        SettingsField("consumer_key", "Consumer key", "secret", required=True),
        SettingsField("consumer_secret", "Consumer secret", "secret", required=True),
        SettingsField("webhook_secret", "Webhook 密钥", "secret"),
        SettingsField("weight_unit", "重量单位", "choice", choices=(("kg", "kg"), ("g", "g"))),
    ), _open, hear=_hear, orders=_orders, shop=_own_shop)
