"""Every night, on the brand's own clock, the last 31 days are reconciled four ways."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.queries import brand
from app.domain.people.actors import SYSTEM
from app.domain.settlement.models import ReconciliationRun
from app.extensions import Database
from app.flows.reconcile import reconcile
from app.gateways.wiring import Gateways
from app.jobs import job
from app.jobs.brands import queue_where
from app.kernel.clock import day_start, local_day

log = structlog.get_logger()
DAYS, HOUR = 31, 3
"""Payouts that the bank has not spoken of for days are still inside."""


@job("find_unreconciled", own_sessions=True, attempts=1, cron="37 * * * *")
def find_unreconciled(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Hourly, because three o'clock comes at another moment in every time zone; what was missed is made up for."""
    queue_where(database, lambda session, brand_id: due(session, brand_id=brand_id, now=now), "reconcile_last_days")


@job("reconcile_last_days", attempts=3)
def reconcile_last_days(session: Session, *, now: datetime, gateways: Gateways, brand_id: int) -> None:
    """Up to and without the present day. Queued twice, the second finds it done."""
    if not due(session, brand_id=brand_id, now=now):
        return
    timezone = brand(session, brand_id=brand_id).timezone
    today = local_day(now, timezone)
    run = reconcile(session, brand_id=brand_id, from_=day_start(today - timedelta(days=DAYS), timezone), to=day_start(today, timezone), now=now)
    log.info("reconciled", number=run.number, exceptions=run.exception_count)


def due(session: Session, *, brand_id: int, now: datetime) -> bool:
    """It is three o'clock or later, and no run of today was made by itself."""
    timezone = brand(session, brand_id=brand_id).timezone
    begins = day_start(local_day(now, timezone), timezone) + timedelta(hours=HOUR)
    done = select(ReconciliationRun.id).where(ReconciliationRun.run_by == SYSTEM.name, ReconciliationRun.ran_at >= begins)
    return now >= begins and session.scalar(done.limit(1)) is None
