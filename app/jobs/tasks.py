"""Tasks by the clock, every five minutes: ten o'clock comes at another moment in every time zone."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from app.extensions import Database
from app.flows.work_tasks import work_tasks
from app.gateways.wiring import Gateways
from app.jobs import job
from app.jobs.brands import each_brand

log = structlog.get_logger()


@job("work_tasks", own_sessions=True, attempts=1, cron="*/5 * * * *")
def work_due_tasks(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Run twice it finds nothing left to do."""

    def look(session: Session, brand_id: int) -> None:
        asked, opened, late = work_tasks(session, brand_id=brand_id, now=now)
        if asked or opened or late:
            log.info("tasks worked", brand_id=brand_id, asked=asked, opened=opened, late=late)

    each_brand(database, look)
