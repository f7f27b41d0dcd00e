"""At three o'clock on the brand's clock the last 31 days are reconciled, once; what was missed is made up for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.domain.settlement.models import ReconciliationRun
from app.jobs.reconciling import due, reconcile_last_days
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.money import paid_order
from tests.builders.shops import a_shop

THREE = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
"""03:00 of 23 November in Shanghai."""


def test_once_a_night_by_the_brands_clock(app: Application, session: BrandSession) -> None:
    shop = a_shop(session)
    paid_order(shop, (shop.case, 1))
    assert not due(session, brand_id=shop.brand_id, now=THREE - timedelta(minutes=1))
    for _ in range(2):
        reconcile_last_days(session, now=THREE, gateways=app.gateways, brand_id=shop.brand_id)
        session.commit()
    [run] = session.scalars(select(ReconciliationRun)).all()
    assert (run.order_count, run.exception_count, run.run_by) == (1, 0, "系统")
    assert run.to_at == datetime(2026, 11, 22, 16, 0, tzinfo=UTC) and run.to_at - run.from_at == timedelta(days=31)
    assert not due(session, brand_id=shop.brand_id, now=THREE + timedelta(hours=20))
    assert due(session, brand_id=shop.brand_id, now=THREE + timedelta(hours=30)), "missed at three, made up for at nine"
