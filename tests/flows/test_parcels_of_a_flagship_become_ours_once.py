"""A flagship that sends in parts and says what is in each parcel; with tracking numbers and without."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.fulfilment.models import Fulfilment
from app.domain.fulfilment.ports import FlagshipOrder, Stage, Track
from app.domain.fulfilment.queries import order_push
from app.domain.orders.models import Order
from app.domain.orders.queries import locked_order
from app.extensions import Database
from app.flows.take_over_parcels import take_over_parcels
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.pushes import Jd, Pushing, pushing
from tests.conftest import NOON


@pytest.fixture
def selling(session: BrandSession, database: Database, app: Application, jd: Jd) -> Pushing:
    """One case and two covers, taken by the flagship."""
    selling = pushing(session, database, jd, app.gateways.flagship)
    selling.sell()
    selling.work()
    return selling


def hear(selling: Pushing, stage: Stage, *tracks: Track) -> tuple[str, list[tuple[str, list[int]]], str]:
    """(order's state, our parcels by number with their pieces, trouble) after the flagship has said so."""
    with selling.database.transaction(selling.brand_id) as session:
        push = order_push(session, brand_id=selling.brand_id, push_id=selling.push().id)
        order = locked_order(session, brand_id=selling.brand_id, order_id=push.order_id)
        trouble = take_over_parcels(session, order=order, push=push, seen=FlagshipOrder(push.flagship_order_id, stage, ""), tracks=tracks, now=NOON)
    with selling.database.transaction(selling.brand_id) as session:
        parcels = session.scalars(select(Fulfilment).order_by(Fulfilment.id))
        return (session.scalars(select(Order.state)).one(), [(parcel.tracking_no, sorted(part.quantity for part in parcel.lines)) for parcel in parcels], trouble)


def test_part_by_part(selling: Pushing) -> None:
    case = Track("顺丰", "SF1", (), ((selling.case_id, 1),))
    cover = Track("顺丰", "SF2", (), ((selling.cover_id, 1),))
    for _ in range(2):
        assert hear(selling, Stage.PREPARING, case) == ("partly_shipped", [("SF1", [1])], "")
    assert hear(selling, Stage.PREPARING, case, cover) == ("partly_shipped", [("SF1", [1]), ("SF2", [1])], "")
    for _ in range(2):
        assert hear(selling, Stage.SHIPPED, case, cover) == ("shipped", [("SF1", [1]), ("SF2", [1]), ("", [1])], ""), "the rest left in a parcel nobody told of"
    assert hear(selling, Stage.DELIVERED, case, cover)[0] == "delivered"


def test_without_numbers_the_difference_is_new(selling: Pushing) -> None:
    first, second = Track("", "", (), ((selling.cover_id, 1),)), Track("", "", (), ((selling.cover_id, 1), (selling.case_id, 1)))
    for _ in range(2):
        assert hear(selling, Stage.PREPARING, first) == ("partly_shipped", [("", [1])], "")
    for _ in range(2):
        assert hear(selling, Stage.SHIPPED, first, second) == ("shipped", [("", [1]), ("", [1, 1])], "")


def test_received_parcel_by_parcel(selling: Pushing) -> None:
    case = Track("顺丰", "SF1", (), ((selling.case_id, 1),), NOON)
    cover = Track("顺丰", "SF2", (), ((selling.cover_id, 2),))
    state, _, _ = hear(selling, Stage.SHIPPED, case, cover)
    assert state == "shipped"
    with selling.database.transaction(selling.brand_id) as session:
        assert [(parcel.tracking_no, bool(parcel.delivered_at)) for parcel in session.scalars(select(Fulfilment).order_by(Fulfilment.id))] == [
            ("SF1", True), ("SF2", False)]


def test_more_than_was_wanted_is_not_believed(selling: Pushing) -> None:
    strange = Track("顺丰", "SF1", (), ((selling.cover_id, 99), ("no such good", 3)))
    assert hear(selling, Stage.PREPARING, strange) == ("partly_shipped", [("SF1", [2])], "")
