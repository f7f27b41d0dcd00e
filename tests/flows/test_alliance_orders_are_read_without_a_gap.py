"""Rows of the alliance, over the real JD gateway: every change is taken in once, late ones too, and void ones say why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update

from app.domain.alliance.actions import read_alliance_of, take_in
from app.domain.alliance.models import AllianceOrder, AllianceReading
from app.domain.alliance.ports import AllianceRow, AllianceState
from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.secrets import SourceSecrets
from app.domain.ledger.models import LedgerTransaction
from app.extensions import Database
from app.flows.read_alliance import read_alliance
from app.kernel.errors import NotFound, Refused
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.flagships import a_source
from tests.builders.pushes import Jd, Pushing, pushing

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def house(app: Application, session: BrandSession, database: Database, jd: Jd) -> Pushing:
    made = pushing(session, database, jd, app.gateways.flagship)
    with database.transaction(made.brand_id) as opened:
        read_alliance_of(opened, brand_id=made.brand_id, source_id=made.source_id, active=True, doors=app.gateways.flagship, now=NOW)
        opened.execute(update(AllianceReading).values(read_until=NOW - HOUR))  # a week takes JD's limits a while
    return made


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def sold(house: Pushing, at: datetime, code: str = "") -> Any:
    """A row of one case, at 7.5 %, through a link with this code."""
    link = house.jd.double.orders.promote({"promotionCodeReq": {"materialId": f"https://item.jd.com/{house.case_id}.html", "subUnionId": code, "positionId": 7}})
    token = link["alliance"]["data"]["clickURL"].rpartition("=")[2]
    return house.jd.double.orders.union_order(token, at=ms(at))


def read(house: Pushing, now: datetime = NOW) -> str:
    return read_alliance(house.database, brand_id=house.brand_id, source_id=house.source_id, doors=house.flagship, now=now)


def rows(house: Pushing) -> list[AllianceOrder]:
    with house.database.transaction(house.brand_id) as session:
        return list(session.scalars(select(AllianceOrder).order_by(AllianceOrder.row_id)))


def reading(house: Pushing) -> AllianceReading:
    with house.database.transaction(house.brand_id) as session:
        return session.scalars(select(AllianceReading)).one()


def test_a_week_back_and_whose_link_it_was(house: Pushing) -> None:
    """One case at 7.5 %: what is due of it is rounded by JD."""
    old, mine, nobodys = sold(house, NOW - timedelta(days=8)), sold(house, NOW - timedelta(days=6), house.shop.link.code), sold(house, NOW - HOUR, "other-code")
    with house.database.transaction(house.brand_id) as session:
        session.execute(delete(AllianceReading))
        read_alliance_of(session, brand_id=house.brand_id, source_id=house.source_id, active=True, doors=house.flagship, now=NOW)
    assert read(house) == "more"
    assert read(house) == "read"
    found = {row.row_id: row for row in rows(house)}
    assert set(found) == {mine["id"], nobodys["id"]} and old["id"] not in found
    first = found[mine["id"]]
    assert (first.state, first.valid_code, first.guide_id, first.code, first.position) == ("unpaid", 15, house.shop.lin.id, house.shop.link.code, 7)
    assert (first.base_minor, first.estimate_minor, first.earned_minor) == (round(mine["estimateCosPrice"] * 100), round(mine["estimateFee"] * 100), 0)
    assert found[nobodys["id"]].guide_id is None
    assert reading(house).read_until == NOW


def test_every_change_is_taken_in_and_void_says_why(house: Pushing) -> None:
    first, second, third = (sold(house, NOW - HOUR) for _ in range(3))
    while read(house) == "more":
        pass
    orders = house.jd.double.orders
    orders.union_advance(first["orderId"], "paid", at=ms(NOW + timedelta(minutes=10)))
    orders.union_advance(second["orderId"], "21", at=ms(NOW + timedelta(minutes=20)))
    orders.union_advance(third["orderId"], "cancelled", at=ms(NOW + timedelta(minutes=30)))
    assert read(house, NOW + HOUR) == "read"
    found = {row.row_id: row for row in rows(house)}
    assert [(found[row["id"]].state, found[row["id"]].valid_code, found[row["id"]].through_own_shop) for row in (first, second, third)] == [
        ("paid", 16, False), ("void", 21, True), ("void", 3, False)]
    assert "云店订单" in found[second["id"]].void_reason and found[third["id"]].void_reason == "订单已取消"
    assert found[first["id"]].earned_minor == round(first["estimateFee"] * 100) and found[second["id"]].earned_minor == 0
    assert len(found) == 3


def test_a_row_that_shows_late_is_not_missed(house: Pushing) -> None:
    """It carries a moment of an hour and a half before the last reading, and was not there yet."""
    while read(house) == "more":
        pass
    late = sold(house, NOW - timedelta(minutes=90))
    assert read(house, NOW + HOUR) == "read"
    assert [row.row_id for row in rows(house)] == [late["id"]]


def test_hours_in_which_the_alliance_is_silent_are_made_up_for(house: Pushing) -> None:
    while read(house) == "more":
        pass
    sold(house, NOW + HOUR)
    house.jd.fault("error", "jd.union.open.order.row.query", code="21", count=1)
    assert read(house, NOW + 2 * HOUR) == "failed"
    assert (reading(house).read_until, reading(house).failed_at, rows(house)) == (NOW, NOW + 2 * HOUR, [])
    assert read(house, NOW + 30 * HOUR) == "read"
    assert len(rows(house)) == 1 and reading(house).error_code == ""


def test_twice_is_as_once_and_an_older_word_changes_nothing(house: Pushing) -> None:
    def row(state: AllianceState, changed: datetime, **more: Any) -> AllianceRow:
        facts: dict[str, Any] = {"id": "1", "order_id": "25", "external_id": "9", "quantity": 1, "returned": 0, "valid_code": 16, "void_reason": "",
                                 "through_own_shop": False, "commission_bp": 750, "base_minor": 10000, "estimate_minor": 750, "actual_minor": 0, "code": "",
                                 "position": 0, "same_shop": True, "settles_on": 0, "ordered_at": NOW, "finished_at": None}
        return AllianceRow(state=state, changed_at=changed, **{**facts, **more})

    paid, finished = row(AllianceState.PAID, NOW), row(AllianceState.FINISHED, NOW + HOUR, actual_minor=700)
    for told in ([paid, finished], [finished, paid], [finished], [paid]):
        with house.database.transaction(house.brand_id) as session:
            take_in(session, brand_id=house.brand_id, source_id=house.source_id, rows=told, now=NOW)
        assert [(one.state, one.earned_minor) for one in rows(house)] == [("finished", 700)]


def test_nothing_is_booked(house: Pushing) -> None:
    sold(house, NOW - HOUR, house.shop.link.code)
    while read(house) == "more":
        pass
    with house.database.transaction(house.brand_id) as session:
        assert session.scalar(select(func.count()).select_from(LedgerTransaction)) == 0


def test_only_a_source_that_was_switched_on_is_read(house: Pushing, database: Database) -> None:
    sold(house, NOW - HOUR)
    with database.transaction(house.brand_id) as session:
        read_alliance_of(session, brand_id=house.brand_id, source_id=house.source_id, active=False, doors=house.flagship, now=NOW)
    assert read(house) == "" and rows(house) == []
    feed = a_source(database, house.brand_id)
    for source_id, refusal in ((feed, Refused), (UUID(int=7), NotFound)):
        with database.transaction(house.brand_id) as session, pytest.raises(refusal):
            read_alliance_of(session, brand_id=house.brand_id, source_id=source_id, active=True, doors=house.flagship, now=NOW)


def test_secrets_of_another_key_are_said_and_stop_nobody_else(house: Pushing, database: Database) -> None:
    assert SourceSecrets(database, house.brand_id, house.source_id).read()
    with database.transaction(house.brand_id) as session:
        session.execute(update(AllianceReading).values(read_until=NOW - HOUR))
        session.execute(update(FlagshipSource).values(secrets_sealed=b"another key"))
    assert read(house) == "failed" and reading(house).error_code == "secrets_unreadable"
