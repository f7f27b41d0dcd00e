"""A flagship that knows of our order lists fewer; the pieces are reserved here too, and yet they are missing only once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.catalog.models import Variant
from app.extensions import Database
from app.flows.ship_order import ship_order
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.flagships import sync
from tests.builders.pushes import Jd, Pushing, pushing
from tests.conftest import NOON


def sellable(selling: Pushing) -> int:
    variant = selling.shop.session.scalars(select(Variant).where(Variant.id == selling.shop.cover).execution_options(populate_existing=True)).one()
    selling.shop.session.commit()
    return variant.stock - variant.reserved


@pytest.mark.parametrize("way", ["orders", "stock"])
def test_sellable_is_the_flagships_stock_at_every_step(session: BrandSession, database: Database, app: Application, jd: Jd, way: str) -> None:
    selling = pushing(session, database, jd, app.gateways.flagship, sends_back=way)

    def read(minutes: int) -> int:
        run = sync(database, app.gateways.flagship, brand_id=selling.brand_id, source_id=selling.source_id,  # type: ignore[arg-type]  # the real gateway
                   now=NOON + timedelta(minutes=minutes))
        assert run.state == "succeeded", (run.state, run.error_message, run.counts)
        return sellable(selling)

    there = jd.sku(selling.cover_id)["stock"]
    assert read(1) == there
    order_id = selling.sell(NOON + timedelta(minutes=2))
    assert read(3) == there - 2, "not told yet: the flagship lists all, two are reserved here"
    now = NOON + timedelta(minutes=4)
    selling.work(now) if way == "orders" else selling.work_stock(now)
    assert jd.sku(selling.cover_id)["stock"] == there - 2
    assert read(5) == there - 2, "two are missing, not four"
    if way == "orders":
        jd.ship(selling.push().flagship_order_id)
        selling.work(now + timedelta(minutes=20))
    else:
        with database.transaction(selling.brand_id) as transaction:
            ship_order(transaction, brand_id=selling.brand_id, order_id=order_id, now=now)
    assert sellable(selling) == there - 2 and read(30) == there - 2
