"""A brand whose goods come from a JD shop that takes its orders: our double on a real socket, and the real gateway in between."""

from __future__ import annotations

import itertools
import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.catalog.models import FlagshipSource, Product, Variant
from app.domain.catalog.secrets import replace_secrets
from app.domain.fulfilment.models import OrderPush, OrderPushEvent, StockWrite
from app.extensions import Database
from app.flows.hear_from_flagship import work_push
from app.flows.write_stock import work_write
from app.gateways.flagship.opening import Flagships
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.sales import paid
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON
from tests.gateways.doubles.jd_double import JdDouble, serve
from tests.gateways.doubles.jd_double_goods import products

SUBMIT, QUERY, PUSH, CANCEL, STOCK = ("jingdong.ctp.order.submitOrder", "jingdong.ctp.order.querySubmitOrder", "jingdong.ctp.order.pushOrder",
                                      "jingdong.ctp.order.cancelOrder", "jingdong.stock.write.increaseSkuStock")
SECRETS = {"app_secret": "testsecret", "access_token": "tokA", "refresh_token": "refreshA"}
_keys = itertools.count(1)


@dataclass
class Jd:
    """The double, its address, and what it has seen."""

    double: JdDouble
    url: str

    @property
    def orders(self) -> list[dict[str, Any]]:
        return list(self.double.orders.orders.values())

    def calls(self, method: str) -> int:
        return sum(entry["method"] == method for entry in self.double.log)

    def fault(self, kind: str, method: str = "*", **more: Any) -> None:
        self.double.faults.append({"kind": kind, "method": method, **more})

    def well_again(self) -> None:
        self.double.faults.clear()

    def sku(self, external_id: str) -> dict[str, Any]:
        return self.double.goods.skus[int(external_id)]

    def ship(self, flagship_order_id: str, number: str = "SF9") -> None:
        self.double.orders.ship({"orderId": flagship_order_id, "logiCoprId": "467", "logiNo": number})

    def advance(self, flagship_order_id: str, to: str) -> None:
        self.double.orders.advance(int(flagship_order_id), to)

    def control(self, what: str, told: Any) -> None:
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/_emu/{what}", json.dumps(told).encode()), timeout=10).close()


@contextmanager
def a_jd_shop(**options: Any) -> Iterator[Jd]:
    """A key of its own, because rates are kept per key and process."""
    double = JdDouble(products(), app_key=f"push-{next(_keys)}", app_secret=SECRETS["app_secret"], access_token=SECRETS["access_token"], **options)
    with serve(double) as url:
        yield Jd(double, url)


@dataclass
class Pushing:
    """`case` and `cover` of the shop are goods of the JD shop now; `case_id` and `cover_id` are its ids of them."""

    shop: Shop
    jd: Jd
    database: Database
    flagship: Flagships
    source_id: UUID
    case_id: str
    cover_id: str

    @property
    def brand_id(self) -> int:
        return self.shop.brand_id

    def sell(self, now: datetime = NOON) -> UUID:
        """An order of one case and two covers, paid: its id."""
        return paid(self.shop, now, codes=()).order_id

    def work(self, now: datetime = NOON) -> str:
        """The worker's turn with the newest push."""
        return work_push(self.database, brand_id=self.brand_id, push_id=self.push().id, flagship=self.flagship, now=now, chance=lambda: 0.0)

    def work_stock(self, now: datetime = NOON) -> list[str]:
        return [work_write(self.database, brand_id=self.brand_id, write_id=write.id, flagship=self.flagship, now=now, chance=lambda: 0.0)
                for write in self.writes()]

    def pushes(self) -> list[OrderPush]:
        with self.database.transaction(self.brand_id) as session:
            return list(session.scalars(select(OrderPush).order_by(OrderPush.id)))

    def push(self) -> OrderPush:
        return self.pushes()[-1]

    def writes(self) -> list[StockWrite]:
        with self.database.transaction(self.brand_id) as session:
            return list(session.scalars(select(StockWrite).order_by(StockWrite.id)))

    def history(self) -> list[str]:
        """Of the newest push, oldest first."""
        with self.database.transaction(self.brand_id) as session:
            return list(session.scalars(select(OrderPushEvent.kind).where(OrderPushEvent.push_id == self.push().id).order_by(OrderPushEvent.id)))


def pushing(session: BrandSession, database: Database, jd: Jd, flagship: Flagships, *, sends_back: str = "orders") -> Pushing:
    shop = a_shop(session)
    source = FlagshipSource(id=new_id(), kind="jd", name="京东旗舰店", status="active", sends_back=sends_back, settings={
        "gateway_url": f"{jd.url}/routerjson", "app_key": jd.double.app_key, "customer_id": "1", "channel_id": "1", "pin": "brand"})
    replace_secrets(source, SECRETS)
    session.add(source)
    session.flush()
    on_sale = list({sku["wareId"]: sku for sku in jd.double.goods.skus.values() if jd.double.goods.wares[sku["wareId"]]["wareStatus"] == 8
                    and not jd.double.goods.wares[sku["wareId"]]["deleted"]}.values())
    for variant_id, sku in zip((shop.case, shop.cover), on_sale, strict=False):
        variant = session.scalars(select(Variant).where(Variant.id == variant_id)).one()
        variant.source_id, variant.external_id, variant.price_minor = source.id, str(sku["skuId"]), sku["price"]
        product = session.scalars(select(Product).where(Product.id == variant.product_id)).one()
        product.origin, product.source_id, product.external_id = "flagship", source.id, str(sku["wareId"])
    session.commit()
    return Pushing(shop, jd, database, flagship, source.id, str(on_sale[0]["skuId"]), str(on_sale[1]["skuId"]))


@pytest.fixture
def jd() -> Iterator[Jd]:
    with a_jd_shop() as shop:
        yield shop


@pytest.fixture
def selling(session: BrandSession, database: Database, app: Application, jd: Jd) -> Pushing:
    return pushing(session, database, jd, app.gateways.flagship)
