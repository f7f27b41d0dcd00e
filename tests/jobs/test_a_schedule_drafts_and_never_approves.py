"""On the brand's day, from nine o'clock of its own time zone, a run is drafted: once, and by nobody who could approve it alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.domain.brands.models import BrandSettings
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.models import PayoutRun
from app.domain.settlement.rules import scheduled_day
from app.flows.pay_out import cancel_payout_run
from app.flows.withdraw import request_withdrawal
from app.jobs import REGISTRY
from app.jobs.worker import queue_app, run_job
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.money import due_to, whole
from tests.builders.payouts import credit, drafted
from tests.builders.shops import Shop, a_shop
from tests.conftest import TestClock

QUEUED = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'draft_scheduled_payout' AND (args ->> 'brand_id')::int = :brand")
TENTH_AT_NINE = datetime(2026, 12, 10, 1, 0, tzinfo=UTC)
"""09:00 in Shanghai; a Thursday."""


@pytest.mark.parametrize(("schedule", "day", "at", "zone", "due"), [
    ("none", 10, "2026-12-10T09:00:00+08:00", "Asia/Shanghai", None),
    ("monthly", 10, "2026-12-10T08:59:59+08:00", "Asia/Shanghai", None),
    ("monthly", 10, "2026-12-10T09:00:00+08:00", "Asia/Shanghai", date(2026, 12, 10)),
    ("monthly", 10, "2026-12-10T23:59:59+08:00", "Asia/Shanghai", date(2026, 12, 10)),
    ("monthly", 10, "2026-12-11T00:00:00+08:00", "Asia/Shanghai", None),
    ("weekly", 4, "2026-12-10T09:00:00+08:00", "Asia/Shanghai", date(2026, 12, 10)),
    ("weekly", 3, "2026-12-10T09:00:00+08:00", "Asia/Shanghai", None),
    ("weekly", 3, "2026-12-10T09:00:00+08:00", "America/New_York", date(2026, 12, 9)),  # there it is Wednesday, 20:00
    ("monthly", 10, "2026-12-10T09:00:00+05:30", "Asia/Kolkata", date(2026, 12, 10)),
])
def test_a_day_is_the_brands(schedule: str, day: int, at: str, zone: str, due: date | None) -> None:
    assert scheduled_day(schedule=schedule, day=day, timezone=zone, now=datetime.fromisoformat(at)) == due


@pytest.fixture
def shop(app: Application, session: BrandSession, clock: TestClock) -> Shop:
    shop = a_shop(session)
    settings = session.scalars(select(BrandSettings)).one()
    settings.payout_schedule, settings.payout_day = "monthly", 10
    act_as(session, command("one"))
    credit(session, shop.lin.payee_id, 10_000)
    session.commit()
    queue_app(app, by_itself=False)
    return shop


def tick(app: Application, shop: Shop) -> None:
    shop.session.rollback()
    with app.app_context():
        run_job(app, REGISTRY["find_scheduled_payouts"], {})
        run_job(app, REGISTRY["draft_scheduled_payout"], {"brand_id": shop.brand_id})
    shop.session.rollback()


def runs(shop: Shop) -> list[PayoutRun]:
    return list(shop.session.scalars(select(PayoutRun).order_by(PayoutRun.number).execution_options(populate_existing=True)))


def test_once_on_its_day_and_only_drafted(app: Application, shop: Shop, clock: TestClock) -> None:
    for moment, drafts in ((TENTH_AT_NINE - timedelta(seconds=1), 0), (TENTH_AT_NINE + timedelta(minutes=7), 1), (TENTH_AT_NINE + timedelta(hours=3), 1),
                           (TENTH_AT_NINE + timedelta(days=1), 1)):
        clock.now = moment
        tick(app, shop)
        assert len(runs(shop)) == drafts
    [run] = runs(shop)
    assert (run.state, run.scheduled_for, run.cutoff, run.drafted_by_id, run.approved_at) == (
        "draft", date(2026, 12, 10), TENTH_AT_NINE, "system:worker", None)
    assert shop.session.scalar(QUEUED, {"brand": shop.brand_id}) == 1, "nothing is queued before its time or after it was done"
    whole(shop)


def test_cancelled_it_is_not_drafted_again_that_day(app: Application, shop: Shop, clock: TestClock) -> None:
    clock.now = TENTH_AT_NINE
    tick(app, shop)
    cancel_payout_run(shop.session, brand_id=shop.brand_id, run_id=runs(shop)[0].id, now=TENTH_AT_NINE)
    shop.session.commit()
    tick(app, shop)
    assert len(runs(shop)) == 1
    clock.now = datetime(2027, 1, 10, 1, 0, tzinfo=UTC)
    tick(app, shop)
    assert len(runs(shop)) == 2


def test_an_open_run_is_waited_for_and_the_cut_off_stays_nine(app: Application, shop: Shop, clock: TestClock) -> None:
    """What is asked for between nine and the draft is not paid twice; what comes in after nine waits for the next run."""
    clock.now = TENTH_AT_NINE
    open_one = drafted(shop.session, now=TENTH_AT_NINE)
    tick(app, shop)
    assert len(runs(shop)) == 1
    later = clock.now = TENTH_AT_NINE + timedelta(hours=2)
    cancel_payout_run(shop.session, brand_id=shop.brand_id, run_id=open_one.id, now=later)
    credit(shop.session, shop.lin.payee_id, 500, now=later)
    request_withdrawal(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=3_000, now=later)
    shop.session.commit()
    tick(app, shop)
    assert [run.amount_minor for run in runs(shop)][1:] == [7_000]
    assert due_to(shop, shop.lin.payee_id) == {"available": 500, "requested": 3_000, "in_payout": 7_000}
    whole(shop)


def test_nothing_to_pay_drafts_nothing(app: Application, shop: Shop, clock: TestClock) -> None:
    clock.now = TENTH_AT_NINE
    credit(shop.session, shop.lin.payee_id, -10_000)
    shop.session.commit()
    tick(app, shop)
    assert runs(shop) == []


def test_a_day_twice_is_refused_by_the_schema(app: Application, shop: Shop, clock: TestClock) -> None:
    """The twin: the row as a second worker would write it."""
    clock.now = TENTH_AT_NINE
    tick(app, shop)
    with pytest.raises(IntegrityError, match="scheduled_for"):
        shop.session.execute(text(
            "INSERT INTO payout_runs (brand_id, id, number, state, cutoff, scheduled_for, drafted_by_id, drafted_by, drafted_at) "
            "SELECT brand_id, gen_random_uuid(), number + 1, 'cancelled', cutoff, scheduled_for, 'x', 'x', drafted_at FROM payout_runs WHERE brand_id = :brand"),
            {"brand": shop.brand_id})
    shop.session.rollback()
