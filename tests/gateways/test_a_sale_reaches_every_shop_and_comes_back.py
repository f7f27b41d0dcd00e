"""From a paid order to a received parcel through each kind that takes orders: our flows, the real gateway, the shop's own protocol.

Signatures carry the time, so these shops live in the present.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text
from writers_by_name import WRITERS, writer

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, Variant
from app.domain.catalog.secrets import replace_secrets
from app.domain.fulfilment.models import Fulfilment, OrderPush, StockWrite
from app.domain.orders.models import Order
from app.extensions import Database
from app.flows.hear_from_flagship import work_push
from app.flows.push_orders import withdraw_push
from app.flows.write_stock import work_write
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.sales import paid
from tests.builders.shops import Shop, a_shop


def selling(session: BrandSession, database: Database, brand: Brand, trial: object, way: str) -> tuple[Shop, FlagshipSource, str]:
    """The shop's case is a good of the flagship; its id there."""
    desk, kind = trial.desk, trial.kind  # type: ignore[attr-defined]  # a WriterTrial
    with database.transaction(operator=True) as owner:
        owner.execute(text("UPDATE brands SET currency = :currency WHERE id = :id"), {"currency": desk.currency, "id": brand.id})
    shop = a_shop(session)
    source = FlagshipSource(id=new_id(), kind=kind.kind, name=kind.kind, status="active", sends_back=way, settings=dict(trial.settings))  # type: ignore[attr-defined]
    replace_secrets(source, trial.secrets)  # type: ignore[attr-defined]  # a WriterTrial
    session.add(source)
    session.flush()
    external_id, price = next((key, price) for key, price in desk.listed().items() if desk.stock_of(key) >= 5)
    variant = session.scalars(select(Variant).where(Variant.id == shop.case)).one()
    variant.source_id, variant.external_id, variant.price_minor = source.id, external_id, price
    session.commit()
    return shop, source, external_id


@pytest.mark.parametrize("name", WRITERS)
def test_pushed_shipped_and_withdrawn(session: BrandSession, database: Database, app: Application, brand: Brand, name: str) -> None:
    with writer(name) as trial:
        shop, _, external_id = selling(session, database, brand, trial, "orders")
        before, began = trial.desk.stock_of(external_id), datetime.now(UTC)

        def work(push_id: UUID) -> OrderPush:
            """Its turn, whenever that would be."""
            with database.transaction(brand.id) as waiting:
                waiting.execute(text("UPDATE order_pushes SET next_at = :now WHERE id = :id AND next_at IS NOT NULL"), {"now": began, "id": push_id})
            work_push(database, brand_id=brand.id, push_id=push_id, flagship=app.gateways.flagship, now=datetime.now(UTC), chance=lambda: 0.0)
            with database.transaction(brand.id) as fresh:
                return fresh.scalars(select(OrderPush).where(OrderPush.id == push_id)).one()

        placed = paid(shop, began, codes=())
        first = session.scalars(select(OrderPush.id)).one()
        push = work(first)
        assert (push.state, push.last_code) == ("paid_told", "") and trial.desk.ordered() == [push.flagship_order_id]
        assert trial.desk.stock_of(external_id) == before - 1
        trial.desk.send(push.flagship_order_id)
        assert work(first).state == "shipped"
        parcel = session.scalars(select(Fulfilment)).one()
        assert (parcel.push_id, parcel.source) == (first, "flagship")
        assert session.scalars(select(Order.state).where(Order.id == placed.order_id)).one() in ("partly_shipped", "shipped")
        session.commit()
        paid(shop, datetime.now(UTC), codes=())
        second = session.scalars(select(OrderPush.id).where(OrderPush.id != first)).one()
        session.commit()
        assert work(second).state == "paid_told" and len(trial.desk.ordered()) == 2
        with database.transaction(brand.id) as hq:
            withdraw_push(hq, brand_id=brand.id, push_id=second, now=datetime.now(UTC))
        for _ in range(3):
            push = work(second)
        assert push.state == "cancelled", (push.state, push.last_message)


@pytest.mark.parametrize("name", WRITERS)
def test_stock_is_lowered_there(session: BrandSession, database: Database, app: Application, brand: Brand, name: str) -> None:
    with writer(name) as trial:
        shop, _, external_id = selling(session, database, brand, trial, "stock")
        before, began = trial.desk.stock_of(external_id), datetime.now(UTC)
        paid(shop, began, codes=())
        write = session.scalars(select(StockWrite.id)).one()
        for _ in range(2):
            work_write(database, brand_id=brand.id, write_id=write, flagship=app.gateways.flagship, now=began)
        assert trial.desk.stock_of(external_id) == before - 1
