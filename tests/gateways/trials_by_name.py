"""Every connector with its double, small pages, and nobody who really waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from doubles import feed, jd, little, medusa, saleor, shopify, vendure, woocommerce
from doubles.serving import ShopDouble

from app.domain.catalog.ports import Talk
from app.gateways.downloads import HttpDownload
from app.gateways.flagship import kinds
from app.gateways.flagship.conformance import Trial
from app.gateways.flagship.mapped import MappedConnector, examples
from app.gateways.flagship.shopify import Shopify
from app.gateways.flagship.woocommerce import WooCommerce
from app.gateways.jd.limits import Limits
from app.gateways.jd.pop import PopShop
from app.gateways.talking import HttpTalk


@dataclass(frozen=True)
class Case:
    """`smaller` gives the connector with small pages."""

    double: type[ShopDouble]
    kind: str
    settings: Callable[[str], dict[str, object]]
    secrets: dict[str, str]
    smaller: Callable[[Any], Any] = lambda connector: connector


def small_woo(connector: WooCommerce) -> WooCommerce:
    return replace(connector, shop=replace(connector.shop, page=4))


def small_shopify(connector: Shopify) -> Shopify:
    connector.api.sizes.products, connector.api.sizes.variants = 4, 2
    return connector


def bulk_shopify(connector: Shopify) -> Shopify:
    return replace(connector, bulk_from=0, piece=1_500)


def unhurried(connector: PopShop) -> PopShop:
    """As many calls a second as one likes, so that what was waited for is only what was asked for."""
    connector.gateway.limits = Limits(usual=1_000_000)
    return connector


def sized(size: int) -> Callable[[MappedConnector], MappedConnector]:
    return lambda connector: replace(connector, shop=replace(connector.shop, mapped=replace(connector.shop.mapped, size=size)))


def mapped(name: str, path: str = "", **more: object) -> Callable[[str], dict[str, object]]:
    example: Any = examples()[name]
    return lambda url: {**example, "endpoint": url + path, "mapping": {**example["mapping"], **more}}


WOO = {"consumer_key": woocommerce.KEY, "consumer_secret": woocommerce.SECRET}
SHOPIFY = {"access_token": shopify.TOKEN}
BY_PAGE = {"method": "GET", "params": {"page": "{page}", "size": "{size}"}, "paging": {"by": "page", "size": 100}, "list": "goods", "total": "total",
           "product": {"id": "id", "title": "name"}, "variant": {"id": "id", "price": "price", "currency": "currency", "stock": "stock"}}
SINCE = {"changes": {"params": {"updated_at[$gte]": "{since}"}}}
CASES = {
    "merchant_feed": Case(feed.FeedDouble, "merchant_feed", lambda url: {"url": url + "/feed.xml"}, {}),
    "shopify": Case(shopify.ShopifyDouble, "shopify", lambda url: {"endpoint": url}, SHOPIFY, small_shopify),
    "shopify_bulk": Case(shopify.ShopifyDouble, "shopify", lambda url: {"endpoint": url}, SHOPIFY, bulk_shopify),
    "woocommerce": Case(woocommerce.WooDouble, "woocommerce", lambda url: {"base_url": url}, WOO, small_woo),
    "woocommerce_old": Case(woocommerce.OldWooDouble, "woocommerce", lambda url: {"base_url": url}, WOO, small_woo),
    "vendure": Case(vendure.VendureDouble, "graphql", mapped("vendure", "/shop-api"), {}, sized(4)),
    "medusa": Case(medusa.MedusaDouble, "graphql", mapped("medusa", "/store/products"), {"token": medusa.KEY}, sized(4)),
    "medusa_changes": Case(medusa.MedusaDouble, "graphql", mapped("medusa", "/store/products", **SINCE), {"token": medusa.KEY}, sized(4)),
    "saleor": Case(saleor.SaleorDouble, "graphql", mapped("saleor", "/graphql/"), {}, sized(4)),
    "jd": Case(jd.JdShopDouble, "jd", lambda url: {"gateway_url": url + "/routerjson", "app_key": jd.KEY}, jd.SECRETS, unhurried),
    "json_pages": Case(little.LittleDouble, "graphql", lambda url: {"endpoint": url + "/goods", "mapping": BY_PAGE, "headers": {"X-Token": "{token}"}},
                       {"token": little.TOKEN}, sized(7)),
}


@contextmanager
def trial_of(name: str, talk: Talk | None = None) -> Iterator[Trial]:
    case = CASES[name]
    double = case.double()
    with double.open() as url:
        kind = kinds()[case.kind]
        smaller = replace(kind, connect=lambda settings, means: case.smaller(kind.connect(settings, means)))
        yield Trial(smaller, case.settings(url), case.secrets, double, talk or HttpTalk(allow_private=True), HttpDownload(allow_private=True),
                    lambda: datetime.now(UTC), double.settle)
