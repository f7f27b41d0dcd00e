"""Every shop that is written to, with its double."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from doubles import jd, shopify, woocommerce
from doubles.serving import ShopDouble

from app.domain.catalog.ports import Talk
from app.gateways.downloads import HttpDownload
from app.gateways.flagship import kinds
from app.gateways.flagship.writer_conformance import WriterTrial
from app.gateways.talking import HttpTalk


@dataclass(frozen=True)
class Writer:
    double: type[ShopDouble]
    kind: str
    settings: Callable[[str], dict[str, object]]
    secrets: dict[str, str] = field(default_factory=dict)


JD_CHANNEL = {"app_key": jd.KEY, "customer_id": "1", "channel_id": "1", "pin": "brand"}
WRITERS = {
    "jd": Writer(jd.JdShopDouble, "jd", lambda url: {"gateway_url": url + "/routerjson", **JD_CHANNEL}, jd.SECRETS),
    "shopify": Writer(shopify.ShopifyDouble, "shopify", lambda url: {"endpoint": url}, {"access_token": shopify.TOKEN}),
    "woocommerce": Writer(woocommerce.WooDouble, "woocommerce", lambda url: {"base_url": url},
                          {"consumer_key": woocommerce.KEY, "consumer_secret": woocommerce.SECRET}),
}


@contextmanager
def writer(name: str, talk: Talk | None = None) -> Iterator[WriterTrial]:
    chosen = WRITERS[name]
    double: Any = chosen.double()
    with double.open() as url:
        yield WriterTrial(kinds()[chosen.kind], chosen.settings(url), chosen.secrets, double, talk or HttpTalk(allow_private=True),
                          HttpDownload(allow_private=True), lambda: datetime.now(UTC), double.settle)
