"""From a paid order to a received parcel, against our double and the referees' emulator; with a lost answer on the way there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from jd_shops import KEY, Open
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, Variant
from app.domain.catalog.secrets import replace_secrets
from app.domain.fulfilment.models import FlagshipArea, OrderPush
from app.domain.orders.models import Order
from app.extensions import Database
from app.flows.hear_from_flagship import work_push
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.sales import paid
from tests.builders.shops import a_shop
from tests.conftest import NOON


@pytest.mark.parametrize("fault", ["", "lost"])
def test_there_and_back(session: BrandSession, database: Database, app: Application, brand: Brand, jd: Open, fault: str) -> None:
    there, shop = jd(), a_shop(session)
    source = FlagshipSource(id=new_id(), kind="jd", name="京东", status="active", sends_back="orders", settings={
        "gateway_url": f"{there.url}/routerjson", "app_key": KEY, "customer_id": "1", "channel_id": "1", "pin": "brand"})
    replace_secrets(source, there.secrets.values)
    session.add(source)
    session.flush()
    session.add(FlagshipArea(id=new_id(), source_id=source.id, province="上海", city="上海", district="静安区", province_id=2, city_id=2813, district_id=51976,
                             town_id=0))
    sku, told = min((sku, told) for sku, told in there.live().items() if told["ware"].get("wareStatus", 8) == 8)
    variant = session.scalars(select(Variant).where(Variant.id == shop.case)).one()
    variant.source_id, variant.external_id, variant.price_minor = source.id, sku, round(float(told["price"]) * 100)
    session.commit()
    placed = paid(shop, codes=())
    push_id = session.scalars(select(OrderPush.id)).one()
    session.commit()

    def work(minutes: int = 0) -> OrderPush:
        work_push(database, brand_id=brand.id, push_id=push_id, flagship=app.gateways.flagship, now=NOON + timedelta(minutes=minutes), chance=lambda: 0.0)
        with database.transaction(brand.id) as fresh:
            return fresh.scalars(select(OrderPush).where(OrderPush.id == push_id)).one()

    if fault:
        there.fault(fault, "jingdong.ctp.order.submitOrder")
    push = work()
    assert (push.state, push.last_code, len(there.control("state")["orders"])) == ("paid_told", "", 1), push.last_message
    assert there.live()[sku]["stock"] == told["stock"] - 1
    there.gateway().call("jingdong.pop.order.shipment", {"orderId": push.flagship_order_id, "logiCoprId": "467", "logiNo": "SF9"}, lambda body: body)
    assert work(16).state == "shipped"
    there.control("order/advance", {"orderId": int(push.flagship_order_id), "to": "finish"})
    assert work(40).state == "delivered"
    assert session.scalars(select(Order.state).where(Order.id == placed.order_id)).one() == "partly_shipped", "what is not the flagship's is ours to send"
