"""Every morning, on the brand's own clock, yesterday's orders are held against each flagship's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.people.actors import Actor
from app.domain.people.audit import act_as
from app.extensions import Database
from app.flows.reconcile_flagship import queue_due_days, reconcile_day
from app.gateways.wiring import Gateways
from app.jobs import job
from app.kernel.errors import msgid

log = structlog.get_logger()


@job("find_due_flagship_days", own_sessions=True, attempts=1, cron="*/10 * * * *")
def find_due_flagship_days(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Five o'clock comes at another moment in every time zone. One brand's trouble stays its own."""
    with database.transaction() as session:
        brands = session.scalars(select(Brand.id).where(Brand.status == "approved")).all()
    for brand_id in brands:
        try:
            with database.transaction(brand_id) as session:
                act_as(session, Actor("system", "schedule", msgid("自动")))
                queue_due_days(session, brand_id=brand_id, flagship=gateways.flagship, now=now)
        except Exception:
            log.exception("due flagship days not queued", brand_id=brand_id)


@job("reconcile_flagship_day", own_sessions=True)
def reconcile_flagship_day(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, day_id: str) -> None:
    """Run twice it goes on where it stopped, or finds nothing left to do. What failed is queued again by the search above."""
    state = reconcile_day(database, brand_id=brand_id, day_id=UUID(day_id), flagship=gateways.flagship, now=now)
    log.info("flagship day reconciled", day_id=day_id, state=state)
