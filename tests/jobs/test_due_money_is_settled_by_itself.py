"""A guide was told the day her money unlocks; it does on that day, whether or not anyone presses a button (R12)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text

from app.domain.ledger.queries import balances
from app.domain.settlement.models import SettlementRun
from app.jobs import REGISTRY
from app.jobs.worker import queue_app, run_job
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.sales import received
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON, TestClock

QUEUED = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'settle_due_money' AND (args ->> 'brand_id')::int = :brand_id")


def a_received_order(session: BrandSession) -> Shop:
    shop = a_shop(session)
    received(shop, codes=())
    session.commit()
    return shop


def test_the_clock_queues_it_on_its_day(app: Application, session: BrandSession, clock: TestClock) -> None:
    shop = a_received_order(session)
    queue_app(app, by_itself=False)
    for days, queued in ((14, 0), (16, 1)):
        clock.now = NOON + timedelta(days=days)
        with app.app_context():
            run_job(app, REGISTRY["find_due_money"], {})
        session.rollback()
        assert session.scalar(QUEUED, {"brand_id": shop.brand_id}) == queued


def test_it_is_released_once(app: Application, session: BrandSession, clock: TestClock) -> None:
    shop = a_received_order(session)
    queue_app(app, by_itself=False)
    for days, available in ((14, 0), (16, 3588 + 958), (17, 3588 + 958)):
        clock.now = NOON + timedelta(days=days)
        with app.app_context():
            run_job(app, REGISTRY["settle_due_money"], {"brand_id": shop.brand_id})
        session.rollback()
        assert balances(session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id)["available"] == available
    assert len(session.scalars(select(SettlementRun)).all()) == 1
