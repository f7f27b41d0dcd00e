"""Every morning, on the brand's own clock, yesterday's movements at the payment provider are held against ours."""

from __future__ import annotations

from datetime import date, datetime

import structlog
from sqlalchemy.orm import Session

from app.domain.people.actors import Actor
from app.domain.people.audit import act_as
from app.extensions import Database
from app.flows.reconcile_provider import JOB, queue_due_days, read_provider_day
from app.gateways.wiring import Gateways
from app.jobs import job
from app.jobs.brands import each_brand
from app.kernel.errors import msgid

log = structlog.get_logger()


@job("find_due_provider_days", own_sessions=True, attempts=1, cron="*/10 * * * *")
def find_due_provider_days(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Five o'clock comes at another moment in every time zone."""
    online = gateways.online
    if online is None:
        return

    def look(session: Session, brand_id: int) -> None:
        act_as(session, Actor("system", "schedule", msgid("自动")))
        queue_due_days(session, brand_id=brand_id, provider=online.name, now=now)

    each_brand(database, look)


@job(JOB, own_sessions=True)
def read_day(database: Database, *, now: datetime, gateways: Gateways, day: str, timezone: str) -> None:
    """Run twice it finds nothing queued. What failed is queued again by the search above."""
    if gateways.online is not None:
        states = read_provider_day(database, provider=gateways.online, day=date.fromisoformat(day), timezone=timezone, now=now)
        log.info("provider day read", day=day, timezone=timezone, states=states)
