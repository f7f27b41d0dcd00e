"""Yesterday, from five in the brand's morning, for every flagship that has orders of ours; what was missed or failed is made up for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.domain.catalog.models import FlagshipSource
from app.domain.flagship_books.models import FlagshipDay
from app.extensions import Database
from app.flows.reconcile_flagship import queue_due_days
from app.jobs.flagship_days import find_due_flagship_days
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.flagship_books import DAY, MemoryBooks, a_push, read
from tests.builders.flagships import a_source
from tests.builders.shops import Shop, a_shop

FIVE = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
"""05:00 on the 23rd in Shanghai: the day after the order's."""


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def source(database: Database, shop: Shop) -> UUID:
    return a_source(database, shop.brand_id)


def tick(database: Database, shop: Shop, now: datetime, books: MemoryBooks | None = None) -> list[str]:
    """The days it took up, read to their end."""
    books = books or MemoryBooks(listed=False)
    with database.transaction(shop.brand_id) as session:
        count = queue_due_days(session, brand_id=shop.brand_id, flagship=books, now=now)
        queued = session.scalars(select(FlagshipDay).where(FlagshipDay.state == "queued").order_by(FlagshipDay.day)).all()
    assert count == len(queued)
    for day in queued:
        read(database, books, brand_id=shop.brand_id, day_id=day.id, now=now)
    return [day.day.isoformat() for day in queued]


def test_yesterday_at_five_and_once(database: Database, shop: Shop, source: UUID) -> None:
    a_push(shop, source, "F1")
    assert tick(database, shop, FIVE - timedelta(minutes=1)) == []
    assert tick(database, shop, FIVE) == ["2026-11-22"]
    assert tick(database, shop, FIVE + timedelta(hours=18)) == []
    assert tick(database, shop, FIVE + timedelta(days=1)) == ["2026-11-23"]


def test_a_flagship_without_orders_of_ours_is_not_asked(database: Database, shop: Shop, source: UUID) -> None:
    a_push(shop, a_source(database, shop.brand_id, "第二家"), "F1")
    tick(database, shop, FIVE)
    with database.transaction(shop.brand_id) as session:
        assert session.scalars(select(FlagshipDay.source_id)).all() != [source]


def test_what_was_missed_is_made_up_for_a_week_back(database: Database, shop: Shop, source: UUID) -> None:
    a_push(shop, source, "F1")
    assert tick(database, shop, FIVE + timedelta(days=2)) == ["2026-11-22", "2026-11-23", "2026-11-24"]
    assert tick(database, shop, FIVE + timedelta(days=12))[0] == "2026-11-28"


def test_who_could_not_be_reached_is_tried_again_in_half_an_hour(database: Database, shop: Shop, source: UUID) -> None:
    a_push(shop, source, "F1")
    assert tick(database, shop, FIVE, MemoryBooks(answers=0)) == ["2026-11-22"]
    assert tick(database, shop, FIVE + timedelta(minutes=29)) == []
    assert tick(database, shop, FIVE + timedelta(minutes=30)) == ["2026-11-22"]
    assert tick(database, shop, FIVE + timedelta(minutes=90)) == []


def test_a_day_whose_worker_died_is_taken_up_again(database: Database, shop: Shop, source: UUID) -> None:
    a_push(shop, source, "F1")
    tick(database, shop, FIVE)
    with database.transaction(shop.brand_id) as session:
        session.execute(update(FlagshipDay).values(state="running"))
    assert tick(database, shop, FIVE + timedelta(minutes=119)) == []
    assert tick(database, shop, FIVE + timedelta(minutes=120)) == ["2026-11-22"]


@pytest.mark.parametrize("values", [{"status": "removed"}, {"authorisation_ended_at": FIVE}])
def test_who_is_gone_or_has_locked_us_out_is_left_alone(database: Database, shop: Shop, source: UUID, values: dict[str, object]) -> None:
    a_push(shop, source, "F1")
    with database.transaction(shop.brand_id) as session:
        session.execute(update(FlagshipSource).values(**values))
    assert tick(database, shop, FIVE) == []


def test_the_job_asks_every_brand_and_a_kind_without_orders_is_no_trouble(app: Application, database: Database, shop: Shop, source: UUID) -> None:
    """A feed takes no orders: whatever went there once, there is nothing to ask."""
    a_push(shop, source, "F1")
    find_due_flagship_days(database, now=FIVE, gateways=app.gateways)
    with database.transaction(shop.brand_id) as session:
        assert session.scalars(select(FlagshipDay)).all() == []
        session.execute(update(FlagshipSource).values(kind="jd", settings={"app_key": "k", "gateway_url": "http://127.0.0.1:9/"}))
    find_due_flagship_days(database, now=FIVE, gateways=app.gateways)
    with database.transaction(shop.brand_id) as session:
        assert [(day.day, day.asked_by) for day in session.scalars(select(FlagshipDay))] == [(DAY, "自动")]
