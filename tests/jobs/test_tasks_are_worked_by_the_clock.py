"""The job looks at every brand; one brand's trouble stays its own, and twice is once."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from app.domain.tasks.actions import add_template
from app.domain.tasks.models import TaskAssignment
from app.domain.tasks.rules import Terms
from app.jobs.tasks import work_due_tasks
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.shops import a_shop
from tests.conftest import NOON


def test_run_twice_asks_once(app: Application, session: BrandSession) -> None:
    shop = a_shop(session)
    day = date(2026, 11, 22)
    add_template(session, brand_id=shop.brand_id, terms=Terms(title="发一款", kind="other", from_day=day), within=None, today=day)
    session.commit()
    for _ in range(2):
        work_due_tasks(app.database, now=NOON, gateways=app.gateways)
    assert session.scalar(select(func.count()).select_from(TaskAssignment)) == 2
