"""Sold here, fewer there; called off before it left, more again: each movement once, whatever gets lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.fulfilment.stock import drop_write, retry_write
from app.domain.orders.models import OrderLine
from app.extensions import Database
from app.flows.cancel_order import cancel_order
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.errors import Conflict
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.pushes import STOCK, Jd, Pushing, pushing
from tests.conftest import NOON


@pytest.fixture
def selling(session: BrandSession, database: Database, app: Application, jd: Jd) -> Pushing:
    return pushing(session, database, jd, app.gateways.flagship, sends_back="stock")


def stock(selling: Pushing) -> tuple[int, int]:
    return selling.jd.sku(selling.case_id)["stock"], selling.jd.sku(selling.cover_id)["stock"]


def test_sold_it_is_fewer_there_and_no_order_is_pushed(selling: Pushing) -> None:
    case, cover = stock(selling)
    selling.sell()
    assert stock(selling) == (case, cover) and selling.pushes() == []
    assert selling.work_stock() == ["done", "done"]
    assert stock(selling) == (case - 1, cover - 2)
    assert selling.work_stock() == ["", ""] and stock(selling) == (case - 1, cover - 2)


def test_an_answer_lost_after_the_effect_counts_once(selling: Pushing, jd: Jd) -> None:
    case, cover = stock(selling)
    jd.fault("lost", STOCK)
    selling.sell()
    selling.work_stock()
    assert stock(selling) == (case - 1, cover - 2) and jd.calls(STOCK) == 3


def test_called_off_before_it_left_it_comes_back(selling: Pushing) -> None:
    before = stock(selling)
    order_id = selling.sell()
    selling.work_stock()
    with selling.database.transaction(selling.brand_id) as session:
        two = session.scalars(select(OrderLine).where(OrderLine.quantity == 2)).one()
        refund_order(session, brand_id=selling.brand_id, order_id=order_id, lines=[RefundAsk(two.id, 1)], now=NOON)
    selling.work_stock()
    assert stock(selling) == (before[0] - 1, before[1] - 1)
    with selling.database.transaction(selling.brand_id) as session:
        cancel_order(session, brand_id=selling.brand_id, order_id=order_id, now=NOON)
    selling.work_stock()
    assert stock(selling) == before
    assert sorted(write.by for write in selling.writes()) == [-2, -1, 1, 1, 1]


def test_what_was_never_taken_is_not_given_back(selling: Pushing, jd: Jd) -> None:
    """JD refuses to take; the order is cancelled; a person drops the movement: JD's stock is as it was."""
    jd.sku(selling.case_id)["stock"] = 0
    before = stock(selling)
    order_id = selling.sell()
    assert sorted(selling.work_stock()) == ["declined", "done"]
    with selling.database.transaction(selling.brand_id) as session:
        cancel_order(session, brand_id=selling.brand_id, order_id=order_id, now=NOON)
    selling.work_stock(NOON + timedelta(days=9))
    assert stock(selling) == before
    refused = next(write for write in selling.writes() if write.state == "declined")
    assert refused.last_code == "out_of_stock" and refused.last_message % refused.last_data
    with selling.database.transaction(selling.brand_id) as session:
        drop_write(session, brand_id=selling.brand_id, write_id=refused.id, now=NOON)
    assert {write.by: write.state for write in selling.writes() if write.external_id == selling.case_id} == {-1: "dropped", 1: "dropped"}


def test_retried_after_it_was_mended(selling: Pushing, jd: Jd) -> None:
    jd.sku(selling.case_id)["stock"] = 0
    selling.sell()
    selling.work_stock()
    jd.sku(selling.case_id)["stock"] = 5
    refused = next(write for write in selling.writes() if write.state == "declined")
    with selling.database.transaction(selling.brand_id) as session:
        retry_write(session, brand_id=selling.brand_id, write_id=refused.id, now=NOON)
    selling.work_stock()
    assert jd.sku(selling.case_id)["stock"] == 4
    with selling.database.transaction(selling.brand_id) as session, pytest.raises(Conflict):
        retry_write(session, brand_id=selling.brand_id, write_id=refused.id, now=NOON)
