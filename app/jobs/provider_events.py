"""What the payment provider tells, and what it did not: the inbox every time something comes and every minute, the gaps every ten."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.domain.provider.inbox import JOB, forget_done, has_due
from app.extensions import Database
from app.flows.hear_provider import has_gaps, poll_gaps, sweep_events, work_inbox
from app.gateways.wiring import Gateways
from app.jobs import job
from app.jobs.brands import each_brand
from app.kernel.db import gather
from app.kernel.queue import waiting

log = structlog.get_logger()
LONG_ENOUGH = 60.0
"""Seconds after which a job leaves the rest to the next one."""


@job(JOB, own_sessions=True, attempts=1)
def work_provider_inbox(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Batch after batch, until nothing is due or another job should have its turn. Several at a time keep out of each other's way."""
    began = time.monotonic()
    while gateways.online and work_inbox(database, provider=gateways.online, now=now + timedelta(seconds=time.monotonic() - began)):
        if time.monotonic() - began > LONG_ENOUGH:
            return _queue(database, now)
    return None


@job("find_provider_events", own_sessions=True, attempts=1, cron="* * * * *")
def find_provider_events(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """What is to be tried again, and what a dead worker left."""
    if gateways.online:
        _queue(database, now)


def _queue(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        if has_due(session, now=now):
            gather(session, waiting(JOB))


@job("sweep_provider_events", own_sessions=True, attempts=1, cron="*/10 * * * *")
def sweep_provider_events(database: Database, *, now: datetime, gateways: Gateways) -> None:
    if gateways.online:
        log.info("events swept", found=sweep_events(database, provider=gateways.online, now=now))


@job("find_provider_gaps", own_sessions=True, attempts=1, cron="3-59/10 * * * *")
def find_provider_gaps(database: Database, *, now: datetime, gateways: Gateways) -> None:
    online = gateways.online
    if online is None:
        return

    def look(session: Session, brand_id: int) -> None:
        if has_gaps(session, provider=online.name, now=now):
            gather(session, waiting("poll_provider_gaps", brand_id=brand_id))

    each_brand(database, look)


@job("poll_provider_gaps", own_sessions=True, attempts=1)
def poll_provider_gaps(database: Database, *, now: datetime, gateways: Gateways, brand_id: int) -> None:
    if gateways.online:
        log.info("open things read", count=poll_gaps(database, brand_id=brand_id, provider=gateways.online, now=now))


@job("forget_provider_events", own_sessions=True, attempts=1, cron="41 3 * * *")
def forget_provider_events(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Done a month ago: what was ours is in its brand."""
    with database.transaction() as session:
        log.info("old events forgotten", count=forget_done(session, now=now))
